"""Counting events within a window."""

from datetime import timedelta

import pytest

from audiences.conditions.kind import Clock, Flip
from audiences.conditions.kinds import event
from audiences.conditions.parse import parse_condition
from tests.audiences.conditions.selecting import found_of, selects
from tests.factories.contacts import NOW, make_contact, make_event

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def days(amount):
    return {"amount": amount, "unit": "days"}


def ordered(**changes):
    return {"kind": "event", "name": "order_completed", **changes}


AGO = {"kind": "ago", "nearest": days(30), "farthest": days(60)}


@pytest.mark.parametrize(
    ("window", "at", "expected"),
    [
        ({"kind": "last", **days(90)}, NOW - 90 * DAY, False),
        ({"kind": "last", **days(90)}, NOW - 90 * DAY + MICROSECOND, True),
        ({"kind": "last", **days(90)}, NOW + MICROSECOND, False),
        (AGO, NOW - 30 * DAY, True),
        (AGO, NOW - 30 * DAY + MICROSECOND, False),
        (AGO, NOW - 60 * DAY, False),
        (AGO, NOW - 60 * DAY + MICROSECOND, True),
    ],
)
def test_event_counts_within_the_window(db, window, at, expected):
    contact = make_contact()
    make_event(contact, at=at)

    assert selects(ordered(window=window), contact) == expected


def test_event_counts_nothing_up_to_the_beginning_of_counting(db):
    contact = make_contact()
    make_event(contact, at=NOW - DAY)

    assert not selects(ordered(), contact, counts_from=NOW - DAY)
    assert selects(ordered(), contact, counts_from=NOW - DAY - MICROSECOND)
    assert selects(ordered(operator="exactly", count=0), contact, counts_from=NOW - DAY)


def test_event_looks_inside_properties(db):
    contact = make_contact()
    make_event(contact, items=[{"sku": "a", "price": 5}, {"sku": "b"}, 7])

    def bought(operator, value, *path):
        test = {"name": "items", "path": list(path), "operator": operator}
        return selects(ordered(filters=[{**test, "value": value}]), contact)

    assert bought("is", "b", "*", "sku")
    assert not bought("is_not", "b", "*", "sku")
    assert bought("is_not", "c", "*", "sku")
    assert bought("at_least", 5, "*", "price")
    assert not bought("greater_than", 5, "*", "price")
    assert not bought("is", "a", "sku")


@pytest.mark.parametrize(
    ("stored", "operator", "bound", "expected"),
    [
        (500, "greater_than", 500, False),
        (500.01, "greater_than", 500, True),
        ("500.01", "greater_than", 500, True),
        (" +7 ", "is", 7, True),
        (-3.25, "less_than", "-3.2", True),
        (-3, "between", [-3, -1], True),
        ([7], "is", 7, False),
        ({"a": 7}, "is", 7, False),
        (True, "at_least", 0, False),
        ("x", "at_least", 0, False),
        (None, "at_least", 0, False),
        (2**53 + 1, "is", 2**53 + 1, True),
        (2**53 + 1, "is", 2**53, False),
    ],
)
def test_event_compares_numbers_where_they_lie(db, stored, operator, bound, expected):
    contact = make_contact()
    name = 'to"tal \\ %'
    make_event(contact, **{name: stored})
    test = {"name": name, "operator": operator, "value": bound}

    assert selects(ordered(filters=[test]), contact) == expected


def test_event_flips_at_the_ends_of_its_window():
    def flips(window, **changes):
        node = parse_condition(ordered(window=window, **changes))
        return list(event.KIND.flips(node, {}))

    happens = Flip(Clock.EVENT, "order_completed")
    lately = {"name": "due", "operator": "in_the_last", "value": days(2)}
    assert flips({"kind": "ever"}) == [happens]
    assert flips({"kind": "last", **days(90)}) == [
        happens,
        Flip(Clock.EVENT, "order_completed", 90 * DAY),
    ]
    assert flips(AGO) == [
        happens,
        Flip(Clock.EVENT, "order_completed", 30 * DAY),
        Flip(Clock.EVENT, "order_completed", 60 * DAY),
    ]
    first, *others = flips({"kind": "ever"}, filters=[lately])
    assert first == happens
    assert [(one.clock, one.after) for one in others] == [
        (Clock.DATE, 0 * DAY),
        (Clock.DATE, 2 * DAY),
    ]


def test_event_tells_how_many_and_the_newest(db):
    contact = make_contact()
    made = [make_event(contact, at=NOW - n * DAY) for n in range(23)]
    make_event(make_contact())

    assert found_of(ordered(count=30), contact) == {
        "unit": "times",
        "value": 23,
        "needed": 30,
        "events": [one.pk for one in made[:20]],
    }
