"""Doing something again after a break."""

from datetime import timedelta

import pytest

from audiences.conditions.describe import describe_condition
from audiences.conditions.errors import ConditionError
from audiences.conditions.kind import Clock, Flip, Names
from audiences.conditions.kinds import resumed
from audiences.conditions.parse import dump_condition, parse_condition
from tests.audiences.conditions.selecting import found_of, selects
from tests.factories.contacts import NOW, make_contact, make_event

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
DOCUMENT = {
    "kind": "resumed",
    "name": "visited",
    "filters": [],
    "quiet": {"amount": 30, "unit": "days"},
    "window": {"kind": "last", "amount": 7, "unit": "days"},
}


def visit(contact, *ago, **properties):
    return [
        make_event(contact, name="visited", at=NOW - back, **properties) for back in ago
    ]


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        ([DAY, 31 * DAY], True),
        ([DAY, 31 * DAY - MICROSECOND], False),
        ([DAY, 2 * DAY, 40 * DAY], True),
        ([DAY, 8 * DAY, 50 * DAY], False),
        ([DAY], False),
        ([7 * DAY, 50 * DAY], False),
        ([7 * DAY - MICROSECOND, 50 * DAY], True),
        ([-MICROSECOND, 50 * DAY], False),
        ([DAY, DAY, 31 * DAY, 31 * DAY], True),
        ([DAY, 37 * DAY], True),
        ([6 * DAY, 37 * DAY + MICROSECOND], True),
        ([50 * DAY, 90 * DAY], False),
    ],
)
def test_resumed_selects(db, ago, expected):
    contact = make_contact()
    visit(contact, *ago)
    visit(make_contact(), 2 * DAY, 60 * DAY)

    assert selects(DOCUMENT, contact) == expected


def test_resumed_counts_what_the_filters_and_the_beginning_leave(db):
    contact = make_contact()
    visit(contact, DAY, 50 * DAY, page="home")
    visit(contact, 5 * DAY, 20 * DAY, page="prices")
    home = {"name": "page", "operator": "is", "value": "home"}

    assert not selects(DOCUMENT, contact)
    assert selects({**DOCUMENT, "filters": [home]}, contact)
    assert not selects(
        {**DOCUMENT, "filters": [home]}, contact, counts_from=NOW - 50 * DAY
    )


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"quiet": None}, ("quiet",), "Enter how long, like 90 days."),
        ({"window": {"kind": "ever"}}, ("window",), "Enter a time, like the last 7 days."),
        ({"window": None}, ("window",), "Window must be one of ever, last, ago, between; got None."),
    ],
)  # fmt: skip
def test_resumed_names_the_place_of_what_is_wrong(changes, path, message):
    with pytest.raises(ConditionError) as caught:
        parse_condition({**DOCUMENT, **changes})

    assert (caught.value.path, caught.value.message) == (path, message)


def test_resumed_is_written_as_it_was_read():
    assert dump_condition(parse_condition(DOCUMENT)) == DOCUMENT


def test_resumed_says():
    assert describe_condition(parse_condition(DOCUMENT), Names()) == (
        "Contacts who did “Visited” again in the last 7 days, after none for 30 days."
    )


def test_resumed_flips_as_the_event_leaves_the_window():
    assert list(resumed.KIND.flips(parse_condition(DOCUMENT), {})) == [
        Flip(Clock.EVENT, "visited"),
        Flip(Clock.EVENT, "visited", 7 * DAY),
    ]


def test_resumed_tells_the_longest_break(db):
    contact = make_contact()
    made = visit(contact, DAY, 3 * DAY, 13 * DAY, 90 * DAY)

    assert found_of(DOCUMENT, contact) == {
        "unit": "seconds",
        "value": 10 * 86_400,
        "needed": 30 * 86_400,
        "events": [made[1].pk, made[2].pk],
    }
    assert found_of(DOCUMENT, make_contact()) == {
        "unit": "seconds",
        "value": None,
        "needed": 30 * 86_400,
        "events": [],
    }
