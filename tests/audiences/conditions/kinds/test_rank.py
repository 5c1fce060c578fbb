"""The best and the last of all."""

import pytest

from audiences import selection
from audiences.conditions.kind import Clock, Flip
from audiences.conditions.waiting import flips_of, waiting_of
from tests.audiences.conditions.selecting import found_of, selected
from tests.factories.audiences import make_trait
from tests.factories.contacts import NOW, make_contact, make_event


def rank(operator, value, **of):
    return {
        "kind": "rank",
        "of": of or {"attribute": "points"},
        "operator": operator,
        "value": value,
    }


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("top_count", 1, {"a"}),
        ("top_count", 2, {"a", "b", "c"}),
        ("top_count", 3, {"a", "b", "c"}),
        ("top_count", 99, {"a", "b", "c", "d"}),
        ("bottom_count", 1, {"d"}),
        ("bottom_count", 2, {"b", "c", "d"}),
        ("top_percent", "0.01", {"a"}),
        ("top_percent", 25, {"a"}),
        ("top_percent", "25.01", {"a", "b", "c"}),
        ("bottom_percent", 50, {"b", "c", "d"}),
        ("top_percent", 100, {"a", "b", "c", "d"}),
    ],
)
def test_equal_values_stand_or_fall_together(db, operator, value, expected):
    people = {
        name: make_contact(attributes={"points": points})
        for name, points in {"a": 9, "b": "7", "c": 7.0, "d": -1, "e": "x"}.items()
    }
    people["f"] = make_contact()

    assert selected(rank(operator, value), people) == expected


def test_a_trait_ranks_those_without_events_too(db):
    people = {name: make_contact() for name in ("two", "one", "none")}
    for name in ("two", "two", "one"):
        make_event(people[name], city="Ghent")
    orders = {"event": "order_completed"}
    count = make_trait({**orders, "kind": "count"}, name="Orders")
    latest = make_trait({**orders, "kind": "days_since_latest"})

    assert selected(rank("bottom_count", 1, trait=count.pk), people) == {"none"}
    assert selected(rank("top_percent", 34, trait=count.pk), people) == {"two", "one"}
    assert selected(rank("bottom_count", 9, trait=latest.pk), people) == {"two", "one"}
    node, setting = selection.prepare(rank("top_count", 1, trait=count.pk), as_of=NOW)
    assert waiting_of(node, setting.traits).own == {"order_completed"}
    assert flips_of(node, setting.traits) == {Flip(Clock.POLL)}
    assert selection.describe(rank("top_percent", 5, trait=count.pk)) == (
        "Contacts who are in the top 5 % by “Orders”."
    )
    assert found_of(rank("top_count", 1, trait=count.pk), people["two"]) == {"value": 2}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (rank("top_count", 0), "Enter a number above 0, like 10. (at value)"),
        (rank("top_percent", 101), "Enter a number above 0, like 10. (at value)"),
        (rank("best", 1), "(at operator)"),
        (rank("top_count", 1, other=1), "Choose a trait or an attribute. (at of)"),
        (rank("top_count", 1, trait=99), "This trait is gone. Choose another. (at of/trait)"),
        (rank("top_count", 1, attribute=""), "Choose an attribute. (at of/name)"),
        (
            rank("top_count", 1, attribute="created_at"),
            "“created_at” is a date. Choose a number. (at of)",
        ),
    ],
)  # fmt: skip
def test_errors_name_the_place(db, document, message):
    assert str(selection.check(document)[0]).endswith(message)


def test_an_attribute_waits_for_changes(db):
    node, _ = selection.prepare(rank("top_count", 1), as_of=NOW)

    assert waiting_of(node, {}).own == {"contact_changed"}
    assert found_of(rank("top_count", 1), make_contact(attributes={"points": "4"})) == {
        "value": 4
    }
