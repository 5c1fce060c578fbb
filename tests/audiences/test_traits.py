"""Making, changing and deleting traits."""

import pytest

from audiences import usage
from audiences.conditions.errors import ConditionError
from audiences.memberships.fill import fill_next
from audiences.models import AudienceRefresh, Membership, Trait
from audiences.traits import (
    TraitInUse,
    change_trait,
    check_definition,
    create_trait,
    definitions_of,
    delete_trait,
)
from contacts.models import WatchedEvent
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact, make_event

COUNT = {"kind": "count", "event": "order_completed"}


def make(name="Orders", definition=COUNT):
    return create_trait(name=name, definition=definition, now=NOW)


def rule_with(trait, value=2):
    return {
        "kind": "trait",
        "trait": trait.pk,
        "operator": "at_least",
        "value": value,
    }


def formula(left, right):
    return {
        "kind": "formula",
        "left": left.pk,
        "operator": "divide",
        "right": right.pk,
    }


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (
            "90-day purchasers – total purchases",
            "90_day_purchasers_total_purchases",
        ),
        ("Größe & Länge", "groe_lange"),
        ("購入", "trait_1"),
        ("Trait", "trait"),
        ("  ", "trait_1"),
        ("x" * 120, "x" * 120),
    ],
)
def test_a_key_is_made_of_the_name(db, name, key):
    assert make(name).key == key


def test_keys_are_unique_and_stay(db):
    first, second, third = make("Orders!"), make("orders?"), make("注文")
    changed = change_trait(second, name="Something else", definition=COUNT, now=NOW)

    assert [first.key, second.key, third.key] == ["orders", "orders_2", "trait_3"]
    assert (changed.key, changed.version) == ("orders_2", 1)


def test_a_definition_is_written_in_its_one_form(db):
    assert make().definition == {
        "kind": "count",
        "event": "order_completed",
        "filters": [],
        "window": {"kind": "ever"},
        "level": "contact",
    }


def test_another_definition_fills_the_audiences_anew(db):
    contact = make_contact()
    make_event(contact)
    make_event(contact, name="visited")
    make_event(contact, name="visited")
    orders, other = make(), make("Other", {**COUNT, "event": "visited"})
    ratio = make("Ratio", formula(orders, other))
    plain = make_audience(rule=rule_with(orders))
    nested = make_audience(rule=rule_with(ratio, 1))
    untouched = make_audience(rule=rule_with(other))
    assert list(Membership.objects.values_list("audience", flat=True)) == [untouched.pk]

    changed = change_trait(
        orders, name="Orders", definition={**COUNT, "event": "visited"}, now=NOW
    )
    pending = AudienceRefresh.objects.filter(finished_at=None)
    filling = set(pending.values_list("audience", flat=True))
    while fill_next(NOW):
        pass

    assert changed.version == 2
    assert filling == {plain.pk, nested.pk}
    assert set(Membership.objects.values_list("audience", flat=True)) == {
        plain.pk,
        nested.pk,
        untouched.pk,
    }
    assert set(WatchedEvent.objects.values_list("name", flat=True)) >= {"visited"}
    assert "order_completed" not in WatchedEvent.objects.values_list("name", flat=True)


def test_what_is_used_is_not_deleted(db):
    orders, other = make(), make("Other")
    ratio = make("Ratio", formula(orders, other))
    audience = make_audience(name="Buyers", rule=rule_with(orders))

    with pytest.raises(TraitInUse) as caught:
        delete_trait(orders)
    delete_trait(ratio)
    delete_trait(other)

    assert [(use.kind, use.name) for use in caught.value.uses] == [
        ("Audience", "Buyers"),
        ("Trait", "Ratio"),
    ]
    assert [
        (use.kind, use.name) for use in usage.uses_of_traits([orders.pk])[orders.pk]
    ] == [("Audience", audience.name)]
    assert list(Trait.objects.values_list("name", flat=True)) == ["Orders"]


def test_a_formula_takes_numbers_that_are_there(db):
    orders = make()
    city = make("City", {**COUNT, "kind": "latest", "property": "city"})
    ratio = make("Ratio", formula(orders, orders))
    gone = Trait(pk=99)

    def error(definition, trait=None):
        with pytest.raises(ConditionError) as caught:
            check_definition(definition, trait_id=trait and trait.pk)
        return str(caught.value)

    no_formula = "Choose a trait that is a number and no formula."
    assert error(formula(gone, orders)) == (
        "This trait is gone. Choose another. (at left)"
    )
    assert error(formula(orders, city)) == f"{no_formula} (at right)"
    assert error(formula(ratio, orders)) == f"{no_formula} (at left)"
    assert error(formula(orders, orders), orders) == f"{no_formula} (at left)"
    assert error(city.definition, orders) == (
        "“Ratio” is computed from this trait, which must stay a number and no formula."
        " (at kind)"
    )


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ([], "Choose what to compute. (at the whole condition)"),
        ({}, "(at kind)"),
        ({"kind": "count"}, "Choose an event. (at event)"),
        ({**COUNT, "kind": "sum"}, "Choose a property. (at property)"),
        ({**COUNT, "level": "team"}, "(at level)"),
        (
            {**COUNT, "window": {"kind": "between", "from": "2026-01-01", "until": "2026-02-01"}},
            "Choose “ever” or “in the last”. (at window)",
        ),
        ({"kind": "formula", "operator": "add"}, "Choose a trait. (at left)"),
    ],
)  # fmt: skip
def test_a_definition_names_the_place_of_an_error(db, definition, message):
    with pytest.raises(ConditionError) as caught:
        make("X", definition)

    assert str(caught.value).endswith(message)


def test_what_can_not_be_read_any_more_has_no_definition(db):
    trait = Trait.objects.create(name="Old", key="old", definition={"kind": "magic"})

    assert definitions_of([trait.pk]) == {}
