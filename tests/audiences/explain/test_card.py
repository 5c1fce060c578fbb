"""The explanation of a rule for one contact."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiences import selection
from audiences.conditions.errors import ConditionError
from audiences.conditions.parse import dump_condition
from audiences.explain import explain
from audiences.explain.nearly import people_near
from audiences.traits import create_trait
from contacts import lists
from contacts.models import Contact, ContactList, Event
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact, make_event, make_list
from tests.factories.receipts import make_receipt
from tests.factories.tracking import make_source

DAY = timedelta(days=1)
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def did(name="order_completed", operator="at_least", count=1, days=None, filters=()):
    window = {"kind": "last", "amount": days, "unit": "days"} if days else None
    return {
        "kind": "event",
        "name": name,
        "operator": operator,
        "count": count,
        "window": window or {"kind": "ever"},
        "filters": list(filters),
    }


def group(kind, *conditions):
    return {"kind": kind, "conditions": list(conditions)}


def leaf_of(document, contact, now=NOW):
    return explain(document, contact.pk, as_of=now).tree


def test_each_condition_is_answered_with_what_was_found_and_what_is_missing(db):
    contact = make_contact(attributes={"plan": "free", "seats": 7.5})
    make_event(contact, at=NOW - 2 * DAY, total=20)
    seats = {"kind": "attribute", "name": "seats", "operator": "at_least", "value": 10}

    explanation = explain(
        group("all", did(count=3), group("any", PRO, seats)), contact.pk, as_of=NOW
    )

    assert explanation.holds is False
    assert [
        (leaf.sentence, leaf.holds, leaf.found, leaf.needed, leaf.distance)
        for leaf in explanation.leaves
    ] == [
        (
            "Did “Order completed” at least 3 times",
            False,
            "once",
            "",
            "2 more",
        ),
        ("Plan is “pro”", False, "free", "is “pro”", ""),
        ("Seats is at least 10", False, "7.5", "is at least 10", "2.5 short"),
    ]
    assert explanation.obstacles == explanation.leaves
    assert [(node.word, node.holds) for node in explanation.tree.walk()] == [
        ("all", False),
        ("event", False),
        ("any", False),
        ("attribute", False),
        ("attribute", False),
    ]


def test_only_what_stands_in_the_way_is_an_obstacle(db):
    contact = make_contact(attributes={"plan": "pro"})
    on_list = {"kind": "list", "list": make_list(name="VIP").pk, "operator": "on"}

    explanation = explain(
        group("all", PRO, {"kind": "not", "condition": PRO}, on_list),
        contact.pk,
        as_of=NOW,
    )

    assert [(leaf.sentence, leaf.is_wanted) for leaf in explanation.obstacles] == [
        ("Plan is “pro”", False),
        ("Is on the list “VIP”", True),
    ]
    assert [leaf.is_fine for leaf in explanation.leaves] == [True, False, False]


def test_what_must_not_hold_misses_nothing(db):
    contact = make_contact()

    explanation = explain(
        {"kind": "not", "condition": did(count=2)}, contact.pk, as_of=NOW
    )

    (leaf,) = explanation.leaves
    assert (explanation.holds, leaf.holds, leaf.is_fine) == (True, False, True)
    assert (leaf.found, leaf.distance) == ("never", "")


def test_a_named_audience_has_an_explanation_of_its_own(db):
    contact = make_contact(attributes={"plan": "pro"})
    audience = make_audience(name="Paying")
    inside = {"kind": "audience", "audience": audience.pk, "operator": "in"}

    leaf = leaf_of(inside, contact)

    assert (leaf.sentence, leaf.holds, leaf.found, leaf.audience_id) == (
        "Is in the audience “Paying”",
        True,
        "",
        audience.pk,
    )


def test_events_that_counted_lead_to_their_messages(db):
    contact = make_contact()
    source = make_source()
    receipt = make_receipt(source, message_id="m:1")
    told = make_event(contact, at=NOW - DAY, key=f"{source.pk}:m:1", total=5)
    Event.objects.filter(pk=told.pk).update(source=source)
    own = make_event(contact, at=NOW - 2 * DAY, total=7, currency="EUR")
    make_event(contact, at=NOW + DAY)

    leaf = leaf_of(did(), contact)

    assert [(one.pk, one.at, one.sentence, one.receipt_id) for one in leaf.events] == [
        (told.pk, told.occurred_at, "Ordered for 5", receipt.pk),
        (own.pk, own.occurred_at, "Ordered for 7 EUR", None),
    ]


def test_only_the_newest_events_are_named(db):
    contact = make_contact()
    for number in range(23):
        make_event(contact, at=NOW - number * DAY)

    leaf = leaf_of(did(), contact)

    assert (leaf.found, len(leaf.events), leaf.more_events) == ("23 times", 20, 3)
    assert leaf.events[0].at == NOW


def test_an_event_leaves_its_window_to_the_microsecond(db):
    contact = make_contact()
    at = NOW - 3 * DAY + timedelta(microseconds=7)
    make_event(contact, at=at)
    make_event(contact, at=NOW - 8 * DAY)

    change = explain(did(days=10, count=2), contact.pk, as_of=NOW).change
    later = explain(did(days=10), contact.pk, as_of=NOW).change

    assert change.at == NOW + 2 * DAY
    assert later.at == at + 10 * DAY


def test_an_absence_becomes_true_by_itself(db):
    contact = make_contact()
    make_event(contact, at=NOW - 3 * DAY)
    make_event(contact, at=NOW - 5 * DAY)

    explanation = explain(
        did(operator="at_most", count=0, days=10), contact.pk, as_of=NOW
    )

    assert (explanation.holds, explanation.change.at) == (False, NOW + 7 * DAY)
    assert explanation.tree.distance == "2 times too often"


def test_the_rule_of_a_named_audience_is_looked_into_for_the_future(db):
    contact = make_contact()
    make_event(contact, at=NOW - 3 * DAY)
    inner = make_audience(rule=did(days=10))
    outside = {"kind": "audience", "audience": inner.pk, "operator": "not_in"}
    outer = make_audience(rule=group("all", outside))
    nested = {"kind": "audience", "audience": outer.pk, "operator": "in"}

    explanation = explain(nested, contact.pk, as_of=NOW)

    assert (explanation.holds, explanation.change.at) == (False, NOW + 7 * DAY)


def test_members_that_are_being_looked_up_are_taken_as_they_are(db):
    contact = make_contact()
    inner = make_audience(rule=did(days=10))
    make_event(contact, at=NOW - 3 * DAY)
    inside = {"kind": "audience", "audience": inner.pk, "operator": "in"}

    explanation = explain(inside, contact.pk, as_of=NOW)

    assert (explanation.holds, explanation.change.at) == (False, None)


def test_many_moments_are_bounded_and_it_says_so(db):
    contact = make_contact()
    Event.objects.bulk_create(
        Event(
            contact=contact,
            name="order_completed",
            key=str(number),
            occurred_at=NOW - timedelta(minutes=number),
        )
        for number in range(300)
    )

    few = explain(did(days=1, count=200), contact.pk, as_of=NOW).change
    many = explain(did(days=1, count=50), contact.pk, as_of=NOW).change

    assert few.at == NOW + DAY - timedelta(minutes=199)
    assert (many.at, many.is_cut) == (None, True)
    assert many.seen_until == NOW + DAY - timedelta(minutes=100)


def test_who_was_forgotten_is_in_nothing(db):
    contact = make_contact(attributes={"plan": "pro"})
    Contact.objects.filter(pk=contact.pk).update(erased_at=NOW)

    explanation = explain(PRO, contact.pk, as_of=NOW)

    assert (explanation.holds, explanation.is_erased) == (False, True)
    assert explanation.change.at is None


def test_nobody_is_in_nothing(db):
    explanation = explain(PRO, 987_654_321, as_of=NOW)

    assert (explanation.holds, explanation.tree.found) == (False, "")


def test_what_does_not_exist_is_refused(db):
    contact = make_contact()

    with pytest.raises(ConditionError):
        explain({"kind": "list", "list": 404, "operator": "on"}, contact.pk, as_of=NOW)


names = st.sampled_from(["bought", "opened"])
leaves = st.one_of(
    st.builds(
        lambda operator, value: {
            "kind": "attribute",
            "name": "n",
            "operator": operator,
            "value": value,
        },
        st.sampled_from(["is", "is_not", "greater_than", "at_most"]),
        st.integers(0, 3),
    ),
    st.builds(
        did,
        names,
        st.sampled_from(["at_least", "at_most", "exactly"]),
        st.integers(1, 3),
        st.sampled_from([None, 1, 2, 5]),
    ),
    st.sampled_from(["on", "not_on"]).map(
        lambda operator: {"kind": "list", "list": 9_001, "operator": operator}
    ),
    st.builds(
        lambda operator, amount: {
            "kind": "attribute",
            "name": "on",
            "operator": operator,
            "value": {"amount": amount, "unit": "days"},
        },
        st.sampled_from(["in_the_last", "in_the_next", "longer_ago", "later_than"]),
        st.integers(1, 3),
    ),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: group("all", *some)),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: group("any", *some)),
        inner.map(lambda one: {"kind": "not", "condition": one}),
    ),
    max_leaves=5,
)
offsets = st.integers(-6 * 24, 2 * 24).map(lambda hours: timedelta(hours=hours))
people = st.fixed_dictionaries(
    {
        "attributes": st.fixed_dictionaries(
            {},
            optional={
                "n": st.sampled_from([0, 1, 2, "2", " 3 ", "three", None, True]),
                "on": offsets.map(lambda offset: (NOW + offset).isoformat()),
            },
        ),
        "events": st.lists(st.tuples(names, offsets), max_size=4),
        "is_listed": st.booleans(),
    }
)


def store(person):
    contact = Contact.objects.create(attributes=person["attributes"], created_at=NOW)
    for number, (name, offset) in enumerate(person["events"]):
        make_event(contact, name=name, key=str(number), at=NOW + offset)
    if person["is_listed"]:
        chosen = ContactList.objects.get(pk=9_001)
        lists.add_contacts(contact_list=chosen, contact_ids=[contact.pk], now=NOW)
    return contact


def selects(document, contact, at):
    return bool(selection.matching_ids(document, as_of=at, contact_ids=[contact.pk]))


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(document=trees, person=people)
def test_an_explanation_agrees_with_the_rule(db, document, person):
    with transaction.atomic():
        ContactList.objects.create(pk=9_001, name="Chosen")
        contact = store(person)
        node, _ = selection.prepare(document, as_of=NOW)
        explanation = explain(document, contact.pk, as_of=NOW)
        expected = [
            selects(dump_condition(inner), contact, NOW)
            for inner in selection.nodes.walk(node)
        ]
        at = explanation.change.at
        edges = sorted(
            edge
            for days in (-3, -2, -1, 0, 1, 2, 3, 5)
            for edge in moments(person, days)
            if edge > NOW and (at is None or edge < at)
        )
        stays = [selects(document, contact, edge) for edge in edges]
        then = at and selects(document, contact, at)
        transaction.set_rollback(True)

    assert [one.holds for one in explanation.tree.walk()] == expected
    assert explanation.holds == expected[0]
    assert set(stays) <= {explanation.holds}
    if at:
        assert then is not explanation.holds


def moments(person, days):
    """What may be the edge of a window: the times of a person, shifted."""
    told = [NOW + offset for _, offset in person["events"]]
    if "on" in person["attributes"]:
        told.append(datetime.fromisoformat(person["attributes"]["on"]))
    return [at + days * DAY for at in told]


def test_an_amount_is_told_in_its_currency(db):
    contact = make_contact()
    for total in (100, "387.60"):
        make_event(contact, at=NOW - DAY, total=total, currency="USD")
    spent = create_trait(
        name="Spent",
        definition={"kind": "sum", "event": "order_completed", "property": "total"},
        now=NOW,
    )
    rule = {
        "kind": "trait",
        "trait": spent.pk,
        "operator": "greater_than",
        "value": 500,
    }

    leaf = leaf_of(rule, contact)
    make_event(contact, at=NOW, total="12.40", currency="USD")
    edge = leaf_of(rule, contact)
    (near,) = people_near(rule, 0, as_of=NOW, offset=0, size=5)

    assert (leaf.sentence, leaf.found, leaf.distance) == (
        "“Spent” is greater than 500",
        "$487.60",
        "$12.40 short",
    )
    assert len(leaf.events) == 2
    assert (edge.found, edge.distance) == (
        "$500.00",
        "exactly at the limit, which does not count",
    )
    assert (near.contact, near.found) == (contact, "500")


def test_kinds_of_all_sorts_say_what_they_found(db):
    contact = make_contact(
        attributes={"renews_at": "2026-03-11", "plan": "pro", "ok": True},
        time_zone="Europe/Berlin",
    )
    make_event(contact, at=NOW - 40 * DAY)
    make_event(contact, at=NOW - 3 * DAY)
    week = {"amount": 1, "unit": "weeks"}
    base = {"name": "order_completed", "filters": []}
    renews = {"kind": "attribute", "name": "renews_at"}
    rules = [
        {**renews, "operator": "in_the_next", "value": week},
        {**renews, "operator": "before", "value": "2026-03-01"},
        {**renews, "operator": "after", "value": "2026-04-01"},
        {**renews, "operator": "in_the_last", "value": week},
        {**renews, "operator": "longer_ago", "value": week},
        {
            **renews,
            "operator": "later_than",
            "value": {"amount": 3, "unit": "weeks"},
        },
        {"kind": "attribute", "name": "ok", "operator": "is_false"},
        {"kind": "attribute", "name": "plan", "operator": "at_least", "value": 3},
        {"kind": "attribute", "name": "none", "operator": "at_least", "value": 3},
        {"kind": "attribute", "name": "none", "operator": "in_the_last", "value": week},
        {
            **base,
            "kind": "stopped",
            "times": 2,
            "active": {"amount": 60, "unit": "days"},
            "quiet": week,
        },
        {
            **base,
            "kind": "regular",
            "times": 1,
            "period": week,
            "at_least": 3,
            "of": 4,
        },
        {
            **base,
            "kind": "resumed",
            "quiet": {"amount": 50, "unit": "days"},
            "window": {"kind": "last", "amount": 7, "unit": "days"},
        },
        {
            "kind": "local_time",
            "from": "09:00",
            "until": "10:00",
            "days": ["mon"],
        },
        {
            **base,
            "kind": "sequence",
            "window": {"kind": "ever"},
            "then": [{"did": True, "name": "opened", "filters": [], "within": week}],
        },
    ]

    leaves = explain(group("any", *rules), contact.pk, as_of=NOW).leaves

    assert [(leaf.holds, leaf.found, leaf.distance) for leaf in leaves] == [
        (False, "2026-03-11", "2 days 12 hours too early"),
        (False, "2026-03-11", "10 days too late"),
        (False, "2026-03-11", "22 days too early"),
        (False, "2026-03-11", "not before 9 days 12 hours from now"),
        (False, "2026-03-11", "16 days 12 hours too early"),
        (False, "2026-03-11", "11 days 12 hours too soon"),
        (False, "yes", ""),
        (False, "pro", "can't be compared"),
        (False, "nothing", "nothing is known"),
        (False, "nothing", "nothing is known"),
        (False, "once, and once since", "once since"),
        (False, "1 of 4 periods (from now back: 1, 0, 0, 0)", "2 more periods"),
        (False, "37 days", "13 days short"),
        (False, "Sunday 13:00 in Europe/Berlin", ""),
        (False, "1 of 2 steps", "1 more step"),
    ]
