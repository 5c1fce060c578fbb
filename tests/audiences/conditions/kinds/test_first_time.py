"""Doing something for the first time."""

from datetime import timedelta

import pytest

from audiences.conditions.describe import describe_condition
from audiences.conditions.kind import Names
from audiences.conditions.parse import parse_condition
from tests.audiences.conditions.selecting import found_of, selects
from tests.factories.contacts import NOW, make_contact, make_event

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
BIG = {"name": "total", "operator": "at_least", "value": 100}


def first(window, *filters):
    return {
        "kind": "first_time",
        "name": "order_completed",
        "window": window,
        "filters": list(filters),
    }


WEEK = {"kind": "last", "amount": 7, "unit": "days"}
FEBRUARY = {"kind": "between", "from": "2026-02-01", "until": "2026-02-28"}


@pytest.mark.parametrize(
    ("window", "times", "expected"),
    [
        (WEEK, [NOW, NOW - DAY], True),
        (WEEK, [NOW, NOW - 7 * DAY], False),
        (WEEK, [NOW - 7 * DAY + MICROSECOND], True),
        (WEEK, [NOW - 7 * DAY], False),
        (WEEK, [NOW + MICROSECOND], False),
        (WEEK, [], False),
        (FEBRUARY, [NOW, NOW - 28 * DAY], True),
        (FEBRUARY, [NOW], False),
        (FEBRUARY, [NOW - 5 * DAY, NOW - 40 * DAY], False),
        ({"kind": "ever"}, [NOW], True),
        ({"kind": "ever"}, [], False),
    ],
)
def test_first_time_selects(db, window, times, expected):
    contact = make_contact()
    for at in times:
        make_event(contact, at=at)
    make_event(contact, name="link_shared", at=NOW - DAY)
    make_event(make_contact(), at=NOW - DAY)

    assert selects(first(window), contact) == expected


def test_first_time_is_the_first_of_those_that_count(db):
    contact = make_contact()
    make_event(contact, at=NOW - 100 * DAY, total=5)
    make_event(contact, at=NOW - DAY, total=100)

    assert selects(first(WEEK, BIG), contact)
    assert not selects(first(WEEK), contact)
    assert selects(first(WEEK), contact, counts_from=NOW - 100 * DAY)


def test_first_time_says():
    def say(window, *filters):
        return describe_condition(parse_condition(first(window, *filters)), Names())

    assert say(WEEK) == (
        "Contacts who did “Order completed” for the first time in the last 7 days."
    )
    assert say({"kind": "ever"}, BIG) == (
        "Contacts who did “Order completed” at least once where total is at least 100."
    )


def test_first_time_tells_the_first(db):
    contact = make_contact()
    make_event(contact, at=NOW)
    event = make_event(contact, at=NOW - DAY)

    assert found_of(first(WEEK), contact) == {
        "unit": "moment",
        "value": "2026-02-28T12:00:00+00:00",
        "events": [event.pk],
    }
    assert found_of(first(WEEK), make_contact()) == {
        "unit": "moment",
        "value": None,
        "events": [],
    }
