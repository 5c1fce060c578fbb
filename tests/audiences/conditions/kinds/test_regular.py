"""Doing something again and again."""

from datetime import timedelta

import pytest

from audiences.conditions.describe import describe_condition
from audiences.conditions.errors import ConditionError
from audiences.conditions.kind import Clock, Flip, Names
from audiences.conditions.kinds import regular
from audiences.conditions.parse import dump_condition, parse_condition
from tests.audiences.conditions.selecting import found_of, selects
from tests.factories.contacts import NOW, make_contact, make_event

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


def visits(**changes):
    return {
        "kind": "regular",
        "name": "visited",
        "filters": [],
        "times": 1,
        "period": {"amount": 1, "unit": "weeks"},
        "at_least": 2,
        "of": 3,
        **changes,
    }


def visit(contact, *ago, **properties):
    return [
        make_event(contact, name="visited", at=NOW - back, **properties) for back in ago
    ]


@pytest.mark.parametrize(
    ("ago", "changes", "expected"),
    [
        ([0 * DAY, 7 * DAY], {}, True),
        ([0 * DAY, 7 * DAY - MICROSECOND], {}, False),
        ([7 * DAY, 14 * DAY], {}, True),
        ([7 * DAY, 21 * DAY], {}, False),
        ([7 * DAY, 21 * DAY - MICROSECOND], {}, True),
        ([-MICROSECOND, 7 * DAY], {}, False),
        ([DAY, 2 * DAY, 8 * DAY], {"times": 2}, False),
        ([DAY, DAY, 8 * DAY, 8 * DAY], {"times": 2}, True),
        ([DAY, 8 * DAY], {"at_least": 3}, False),
        ([DAY, 8 * DAY, 15 * DAY], {"at_least": 3}, True),
        ([], {"at_least": 1}, False),
    ],
)
def test_regular_selects(db, ago, changes, expected):
    contact = make_contact()
    visit(contact, *ago)
    visit(make_contact(), DAY, 8 * DAY, 15 * DAY)

    assert selects(visits(**changes), contact) == expected


def test_regular_counts_what_the_filters_and_the_beginning_leave(db):
    contact = make_contact()
    visit(contact, DAY, page="home")
    visit(contact, 8 * DAY, page="prices")
    home = {"name": "page", "operator": "is", "value": "home"}

    assert selects(visits(), contact)
    assert not selects(visits(filters=[home]), contact)
    assert not selects(visits(), contact, counts_from=NOW - 8 * DAY)


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"of": 61}, ("of",), "Use at most 60 periods."),
        ({"of": 0}, ("of",), "Enter a number of at least 1."),
        ({"period": {"amount": 90_000, "unit": "hours"}, "of": 60}, ("of",), "Choose at most a hundred years in all."),
        ({"at_least": 4}, ("at_least",), "There are 3 periods. Enter a number up to 3."),
        ({"at_least": 0}, ("at_least",), "Enter a number of at least 1."),
        ({"times": 0}, ("times",), "Enter a number of at least 1."),
        ({"period": None}, ("period",), "Enter how long, like 90 days."),
        ({"name": ""}, ("name",), "Choose an event."),
    ],
)  # fmt: skip
def test_regular_names_the_place_of_what_is_wrong(changes, path, message):
    with pytest.raises(ConditionError) as caught:
        parse_condition(visits(**changes))

    assert (caught.value.path, caught.value.message) == (path, message)


def test_regular_is_written_as_it_was_read():
    assert dump_condition(parse_condition(visits(times=2))) == visits(times=2)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Contacts who did “Visited” in at least 2 of the last 3 weeks."),
        (
            {"times": 2, "at_least": 3, "period": {"amount": 30, "unit": "days"}},
            "Contacts who did “Visited” at least 2 times in each of the last 3 periods of 30 days.",
        ),
    ],
)  # fmt: skip
def test_regular_says(changes, sentence):
    node = parse_condition(visits(**changes))

    assert describe_condition(node, Names()) == sentence


def test_regular_flips_as_an_event_passes_from_period_to_period():
    flips = regular.KIND.flips(parse_condition(visits()), {})

    assert list(flips) == [
        Flip(Clock.EVENT, "visited", weeks * 7 * DAY) for weeks in range(4)
    ]


def test_regular_tells_the_periods(db):
    contact = make_contact()
    made = visit(contact, DAY, 2 * DAY, 20 * DAY, 21 * DAY)

    assert found_of(visits(), contact) == {
        "unit": "periods",
        "value": 2,
        "needed": 2,
        "periods": [2, 0, 1],
        "events": [one.pk for one in made[:3]],
    }
