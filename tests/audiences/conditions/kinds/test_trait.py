"""Traits: the value of each kind, and whom a comparison with it selects in both shapes."""

from datetime import timedelta

import pytest
from django.db import connection

from audiences import selection
from audiences.conditions.errors import ConditionError
from audiences.conditions.kind import Names, Setting
from audiences.conditions.kinds import KINDS
from audiences.conditions.parse import parse_condition
from audiences.conditions.traits import describe_trait, dump_trait, parse_trait
from audiences.conditions.values import (
    value_of_one,
    value_without_events,
    values_of_all,
)
from audiences.models.trait import definitions_of
from contacts.models import Account, AccountMember
from tests.audiences.conditions.selecting import found_of
from tests.factories.audiences import make_trait
from tests.factories.contacts import NOW, make_contact, make_event


def days(amount):
    return {"kind": "last", "amount": amount, "unit": "days"}


def ago(**span):
    return NOW - timedelta(**span)


def make_people():
    """Four contacts with numbers, texts, nulls and nothing."""
    people = {name: make_contact() for name in ("mixed", "even", "words", "nobody")}
    mixed, even, words, _ = people.values()
    make_event(mixed, at=ago(days=100), total=10.5, city="Ghent")
    make_event(mixed, at=ago(days=90), total="1000", city="")
    make_event(mixed, at=ago(days=90) + timedelta(seconds=1), total=" +0.25 ", city="b")
    make_event(mixed, at=ago(days=2), total=None, city=None)
    make_event(mixed, at=ago(days=2), total="x", city="a")
    make_event(mixed, at=ago(days=1, hours=12), total=True, city="Ghent")
    make_event(mixed, at=NOW + timedelta(seconds=1), total=5_000, city="later")
    make_event(even, at=ago(days=3), total=1, city="b")
    make_event(even, at=ago(days=3), total=2, city=["x", 1])
    make_event(even, at=ago(hours=1), total=2, city=7)
    make_event(words, at=NOW, name="order_completed", city="日本")
    make_event(words, name="other", total=9)
    return people


def computed(definition, people):
    """The value of each, by looking at one and at all."""
    trait = make_trait(definition)
    given = Setting(as_of=NOW, traits=definitions_of([trait.pk]))
    one = value_of_one(trait.pk, given)
    every = values_of_all(trait.pk, given)
    ids = [contact.pk for contact in people.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT contact.id, to_jsonb({one.text})::text FROM contacts_contact AS contact"
            " WHERE contact.id = ANY(%s)",
            [*one.params, ids],
        )
        looked_up = dict(cursor.fetchall())
        cursor.execute(
            f"SELECT contact_id, to_jsonb(value)::text FROM ({every.text}) AS every",
            every.params,
        )
        all_at_once = dict(cursor.fetchall())
    default = value_without_events(given.traits[trait.pk], given)
    for pk in ids:
        other = None if default is None else "0"
        assert looked_up[pk] == all_at_once.get(pk, other)
    return [looked_up[pk] for pk in ids]


ORDERS = {"event": "order_completed", "window": {"kind": "ever"}}


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ({"kind": "count"}, ["6", "3", "1", "0"]),
        ({"kind": "sum", "property": "total"}, ["1010.75", "5", "0", "0"]),
        (
            {"kind": "sum", "property": "total", "window": days(90)},
            ["0.25", "5", "0", "0"],
        ),
        (
            {"kind": "average", "property": "total"},
            ["336.9166666667", "1.6666666667", None, None],
        ),
        ({"kind": "min", "property": "total"}, ["0.25", "1", None, None]),
        ({"kind": "max", "property": "total"}, ["1000", "2", None, None]),
        (
            {"kind": "most_frequent", "property": "city"},
            ['"Ghent"', '"7"', '"日本"', None],
        ),
        ({"kind": "first", "property": "city"}, ['"Ghent"', '"b"', '"日本"', None]),
        ({"kind": "latest", "property": "city"}, ['"Ghent"', '"7"', '"日本"', None]),
        (
            {"kind": "unique_values", "property": "city"},
            ['["Ghent", "a", "b"]', '["7", "[\\"x\\", 1]", "b"]', '["日本"]', None],
        ),
        ({"kind": "unique_count", "property": "city"}, ["3", "3", "1", "0"]),
        ({"kind": "days_active"}, ["4", "2", "1", "0"]),
        ({"kind": "days_since_first"}, ["100", "3", "0", None]),
        ({"kind": "days_since_latest"}, ["1", "0", "0", None]),
        (
            {
                "kind": "count",
                "filters": [{"name": "total", "operator": "at_least", "value": 1}],
            },
            ["2", "3", "0", "0"],
        ),
    ],
)
def test_each_kind_has_its_value(db, definition, expected):
    people = make_people()

    assert computed({**ORDERS, **definition}, people) == expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("add", {"mixed": 7, "even": 5, "words": 1, "nobody": 0}),
        ("subtract", {"mixed": 5, "even": 1, "words": 1, "nobody": 0}),
        ("multiply", {"mixed": 6, "even": 6, "words": 0, "nobody": 0}),
        ("divide", {"mixed": 6, "even": "1.5"}),
    ],
)
def test_a_formula_puts_two_traits_together(db, operator, expected):
    people = make_people()
    count = make_trait({**ORDERS, "kind": "count"})
    over_one = [{"name": "total", "operator": "between", "value": [2, 100]}]
    some = make_trait({**ORDERS, "kind": "count", "filters": over_one})
    definition = {"kind": "formula", "left": count.pk, "operator": operator}
    definition["right"] = some.pk
    trait = make_trait(definition)

    values = computed(definition, people)

    assert [value and float(value) for value in values] == [
        float(expected[name]) if name in expected else None for name in people
    ]
    for name, number in expected.items():
        assert selected(trait, "is", number, people) == {
            other for other, same in expected.items() if same == number
        }, name


def selected(trait, operator, value, people):
    """Whom a comparison selects: the same in both shapes, and none of the rest negated."""
    document = {"kind": "trait", "trait": trait.pk, "operator": operator}
    if value is not None:
        document["value"] = value
    ids = [contact.pk for contact in people.values()]
    opposite = {"kind": "not", "condition": document}
    few = selection.matching_ids(document, as_of=NOW, contact_ids=ids)
    everybody = {
        contact.pk
        for contact in selection.sample_contacts(document, as_of=NOW, size=100)
    }
    assert everybody == few
    assert {
        contact.pk
        for contact in selection.sample_contacts(opposite, as_of=NOW, size=100)
    } == set(ids) - few
    assert selection.matching_ids(opposite, as_of=NOW, contact_ids=ids) == (
        set(ids) - few
    )
    return {name for name, contact in people.items() if contact.pk in few}


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("greater_than", "0.24", {"mixed", "even"}),
        ("greater_than", "0.25", {"even"}),
        ("less_than", 1, {"mixed", "words", "nobody"}),
        ("less_than", 0, set()),
        ("at_most", 0, {"words", "nobody"}),
        ("at_least", 0, {"mixed", "even", "words", "nobody"}),
        ("between", [0, 0], {"words", "nobody"}),
        ("between", [1, 9], {"even"}),
        ("is", 0, {"words", "nobody"}),
        ("is", "0", {"words", "nobody"}),
        ("is", "0.25", {"mixed"}),
        ("is_not", 0, {"mixed", "even"}),
        ("is_not", 5, {"mixed", "words", "nobody"}),
        ("is_one_of", [0, "5"], {"even", "words", "nobody"}),
        ("is_none_of", [0, "5"], {"mixed"}),
        ("contains", "0", {"mixed", "words", "nobody"}),
        ("not_contains", "0", {"even"}),
        ("starts_with", "0", {"mixed", "words", "nobody"}),
        ("ends_with", "5", {"mixed", "even"}),
        ("is_set", None, {"mixed", "even", "words", "nobody"}),
        ("is_not_set", None, set()),
        ("is_false", None, {"words", "nobody"}),
        ("is_true", None, set()),
        ("before", "2026-01-01", set()),
        ("in_the_last", {"amount": 1, "unit": "days"}, set()),
        ("anniversary_today", None, set()),
    ],
)
def test_a_sum_selects(db, operator, value, expected):
    people = make_people()
    trait = make_trait(
        {**ORDERS, "kind": "sum", "property": "total", "window": days(90)}
    )

    assert selected(trait, operator, value, people) == expected


@pytest.mark.parametrize(
    ("kind", "operator", "value", "expected"),
    [
        ("latest", "is", "Ghent", {"mixed"}),
        ("latest", "is", 7, {"even"}),
        ("latest", "is_not", "Ghent", {"even", "words", "nobody"}),
        ("latest", "is_not_set", None, {"nobody"}),
        ("latest", "at_least", 1, {"even"}),
        ("unique_values", "contains", '"a"', {"mixed"}),
        ("unique_values", "not_contains", '"a"', {"even", "words", "nobody"}),
        ("unique_values", "is", '["日本"]', {"words"}),
        ("max", "is_not_set", None, {"words", "nobody"}),
        ("max", "is_not", 2, {"mixed", "words", "nobody"}),
    ],
)
def test_a_value_that_may_be_missing_selects(db, kind, operator, value, expected):
    people = make_people()
    name = "total" if kind == "max" else "city"
    trait = make_trait({**ORDERS, "kind": kind, "property": name})

    assert selected(trait, operator, value, people) == expected


@pytest.mark.parametrize(
    ("kind", "of_two", "of_one", "of_none"),
    [
        ("count", "4", "3", "0"),
        ("sum", "8", "4", "0"),
        ("latest", '"1"', '"1"', None),
        ("first", '"4"', '"2"', None),
        ("unique_values", '["1", "2", "4"]', '["1", "2"]', None),
    ],
)
def test_an_account_counts_each_event_of_its_people_once(
    db, kind, of_two, of_one, of_none
):
    people = {name: make_contact() for name in ("ann", "bob", "carl", "cy", "dan")}
    ann, bob, carl, cy, dan = people.values()
    one, two = (
        Account.objects.create(group_id=str(number), created_at=NOW)
        for number in range(2)
    )
    for contact, account, identifier in [
        (ann, one, 1),
        (ann, two, 1),
        (ann, one, 2),
        (bob, one, 3),
        (bob, two, 3),
        (carl, one, 4),
        (cy, two, 5),
    ]:
        AccountMember.objects.create(
            contact=contact,
            account_id=account.pk,
            identifier_id=identifier,
            first_at=NOW,
        )
    make_event(bob, at=ago(days=2, hours=1), total=2)
    make_event(ann, at=ago(days=2), total=1)
    make_event(cy, at=ago(days=3), total=4)
    make_event(bob, at=ago(days=1), total=1)
    make_event(dan, total=99)

    definition = {**ORDERS, "kind": kind, "property": "total", "level": "account"}

    assert computed(definition, people) == [of_two, of_two, of_one, of_two, of_none]


def test_a_trait_that_is_gone_is_refused(db):
    document = {"kind": "trait", "trait": 10**9, "operator": "is_set"}

    assert [
        str(error) for error in selection.check({"kind": "not", "condition": document})
    ] == ["This trait is gone. Choose another. (at condition/trait)"]


def test_a_trait_reads_as_a_phrase():
    definition = {
        **ORDERS,
        "kind": "sum",
        "property": "total",
        "window": days(90),
        "level": "account",
        "filters": [{"name": "currency", "operator": "is", "value": "EUR"}],
    }
    node = parse_condition(
        {"kind": "trait", "trait": 4, "operator": "greater_than", "value": 500}
    )

    assert describe_trait(parse_trait(definition), Names()) == (
        "sum of total of “Order completed” by anybody of the account in the last 90 days"
        " where currency is “EUR”"
    )
    assert KINDS["trait"].say(node, Names(traits={4: "Spent"})) == (
        "whose “Spent” is greater than 500"
    )


def test_a_formula_tells_what_counted(db):
    contact = make_contact()
    older = make_event(contact, at=ago(days=2), total=3)
    newer = make_event(contact, at=ago(days=1), total=4)
    ticket = make_event(contact, name="ticket")
    count = make_trait({**ORDERS, "kind": "count"}, name="Orders")
    tickets = make_trait({"kind": "count", "event": "ticket"}, name="Tickets")
    definition = {"kind": "formula", "left": count.pk, "operator": "divide"}
    definition["right"] = tickets.pk
    trait = make_trait(definition, name="Ratio")
    document = {"kind": "trait", "trait": trait.pk, "operator": "is_set"}

    found = found_of(document, contact)

    assert found == {"value": 2, "events": [newer.pk, older.pk, ticket.pk]}
    assert dump_trait(parse_trait(definition)) == definition
    names = Names(traits={count.pk: "Orders", tickets.pk: "Tickets"})
    assert describe_trait(parse_trait(definition), names) == "“Orders” ÷ “Tickets”"


def test_a_formula_needs_numbers_that_are_there(db):
    city = make_trait({**ORDERS, "kind": "latest", "property": "city"})
    definition = {"kind": "formula", "left": city.pk, "operator": "add"}
    trait = make_trait({**definition, "right": city.pk})
    document = {"kind": "trait", "trait": trait.pk, "operator": "is_set"}
    broken = make_trait({**definition, "right": 10**9})

    with pytest.raises(ConditionError) as caught:
        selection.predicate(document, as_of=NOW)

    assert caught.value.message == (
        "A formula takes traits that are numbers and no formulas."
    )
    assert [
        str(error) for error in selection.check({**document, "trait": broken.pk})
    ] == ["This trait is gone. Choose another. (at trait)"]
