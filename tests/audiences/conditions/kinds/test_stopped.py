"""Doing something no more."""

from datetime import timedelta

import pytest

from audiences.conditions.describe import describe_condition
from audiences.conditions.errors import ConditionError
from audiences.conditions.kind import Clock, Flip, Names
from audiences.conditions.kinds import stopped
from audiences.conditions.parse import dump_condition, parse_condition
from tests.audiences.conditions.selecting import found_of, selects
from tests.factories.contacts import NOW, make_contact, make_event

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
DOCUMENT = {
    "kind": "stopped",
    "name": "visited",
    "filters": [],
    "times": 2,
    "active": {"amount": 30, "unit": "days"},
    "quiet": {"amount": 14, "unit": "days"},
}


def visit(contact, *ago, **properties):
    return [
        make_event(contact, name="visited", at=NOW - back, **properties) for back in ago
    ]


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        ([14 * DAY, 15 * DAY], True),
        ([14 * DAY - MICROSECOND, 15 * DAY, 16 * DAY], False),
        ([20 * DAY, 44 * DAY], False),
        ([20 * DAY, 44 * DAY - MICROSECOND], True),
        ([-MICROSECOND, 20 * DAY, 20 * DAY], True),
        ([0 * DAY, 20 * DAY, 20 * DAY], False),
        ([20 * DAY], False),
        ([DAY, DAY], False),
        ([], False),
    ],
)
def test_stopped_selects(db, ago, expected):
    contact = make_contact()
    visit(contact, *ago)
    visit(make_contact(), 20 * DAY, 21 * DAY)

    assert selects(DOCUMENT, contact) == expected


def test_stopped_counts_what_the_filters_and_the_beginning_leave(db):
    contact = make_contact()
    visit(contact, 20 * DAY, 21 * DAY, page="home")
    visit(contact, DAY, page="prices")
    home = {"name": "page", "operator": "is", "value": "home"}

    assert not selects(DOCUMENT, contact)
    assert selects({**DOCUMENT, "filters": [home]}, contact)
    assert not selects(
        {**DOCUMENT, "filters": [home]}, contact, counts_from=NOW - 21 * DAY
    )


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"times": 0}, ("times",), "Enter a number of at least 1."),
        ({"active": 5}, ("active",), "Enter how long, like 90 days."),
        ({"quiet": {"amount": 0, "unit": "days"}}, ("quiet", "amount"), "Enter a number of at least 1."),
        ({"filters": ["x"]}, ("filters", 0), "Choose a property."),
    ],
)  # fmt: skip
def test_stopped_names_the_place_of_what_is_wrong(changes, path, message):
    with pytest.raises(ConditionError) as caught:
        parse_condition({**DOCUMENT, **changes})

    assert (caught.value.path, caught.value.message) == (path, message)


def test_stopped_is_written_as_it_was_read():
    assert dump_condition(parse_condition(DOCUMENT)) == DOCUMENT


def test_stopped_says():
    assert describe_condition(parse_condition(DOCUMENT), Names()) == (
        "Contacts who did “Visited” at least 2 times in 30 days, then not in the last"
        " 14 days."
    )


def test_stopped_flips_at_both_ends_of_the_active_time():
    assert list(stopped.KIND.flips(parse_condition(DOCUMENT), {})) == [
        Flip(Clock.EVENT, "visited", after) for after in (0 * DAY, 14 * DAY, 44 * DAY)
    ]


def test_stopped_tells_both_times(db):
    contact = make_contact()
    made = visit(contact, DAY, 20 * DAY, 21 * DAY, 50 * DAY)

    assert found_of(DOCUMENT, contact) == {
        "unit": "times",
        "value": 2,
        "needed": 2,
        "since": 1,
        "newest": "2026-02-28T12:00:00+00:00",
        "events": [one.pk for one in made[:3]],
    }
