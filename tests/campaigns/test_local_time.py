"""Wall clocks: gaps, repeated hours, leap days, zones ahead of UTC."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from campaigns.local_time import (
    after_days,
    choose_zone,
    instant,
    local_day,
    next_opening,
    parse_time,
    start_of_day,
)

BERLIN = ZoneInfo("Europe/Berlin")
APIA = ZoneInfo("Pacific/Apia")
EVENING, MORNING = time(20), time(8)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "wall", "zone", "expected"),
    [
        (date(2026, 7, 1), time(9), BERLIN, at(2026, 7, 1, 7)),
        # The clock jumps from 2 to 3 at 1 o'clock UTC.
        (date(2026, 3, 29), time(2, 30), BERLIN, at(2026, 3, 29, 1)),
        (date(2026, 3, 29), time(3), BERLIN, at(2026, 3, 29, 1)),
        # From 3 back to 2: the first 2:30.
        (date(2026, 10, 25), time(2, 30), BERLIN, at(2026, 10, 25, 0, 30)),
        (
            date(2026, 10, 4),
            time(2, 15),
            ZoneInfo("Australia/Lord_Howe"),
            at(2026, 10, 3, 15, 30),
        ),
        # A day that Samoa left out.
        (date(2011, 12, 30), time(9), APIA, at(2011, 12, 30, 10)),
    ],
)
def test_instant_of_a_wall_time(day, wall, zone, expected):
    assert instant(day, wall, zone) == expected


def test_start_of_day_ahead_of_utc():
    assert start_of_day(date(2026, 1, 2), APIA) == at(2026, 1, 1, 11)
    assert local_day(at(2026, 1, 1, 11), APIA) == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("moment", "days", "wall", "expected"),
    [
        # The same wall time over the change of the clock: 23 hours later.
        (at(2026, 3, 28, 8), 1, None, at(2026, 3, 29, 7)),
        (at(2026, 3, 28, 8), 1, time(2, 30), at(2026, 3, 29, 1)),
        (at(2028, 2, 28, 8), 1, time(9), at(2028, 2, 29, 8)),
        (at(2027, 2, 28, 8), 1, time(9), at(2027, 3, 1, 8)),
        (at(2026, 10, 24, 0, 30), 1, None, at(2026, 10, 25, 0, 30)),
    ],
)
def test_after_days_keeps_the_wall_time(moment, days, wall, expected):
    assert after_days(moment, days, wall, BERLIN) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(2026, 7, 1, 10), None),
        (at(2026, 7, 1, 17, 59), None),
        (at(2026, 7, 1, 18), at(2026, 7, 2, 6)),
        (at(2026, 7, 1, 23), at(2026, 7, 2, 6)),
        (at(2026, 7, 2, 5, 59), at(2026, 7, 2, 6)),
        (at(2026, 7, 2, 6), None),
        # The night in which the clock goes back is an hour longer.
        (at(2026, 10, 24, 19), at(2026, 10, 25, 7)),
    ],
)
def test_next_opening_after_quiet_hours(moment, expected):
    assert next_opening(moment, EVENING, MORNING, BERLIN) == expected


def test_next_opening_of_quiet_hours_by_day():
    noon, two = time(12), time(14)

    assert next_opening(at(2026, 7, 1, 10), noon, two, BERLIN) == at(2026, 7, 1, 12)
    assert next_opening(at(2026, 7, 1, 12), noon, two, BERLIN) is None


def test_next_opening_is_not_in_the_past_when_an_hour_repeats():
    half_past_two = time(2, 30)

    opening = next_opening(at(2026, 10, 25, 1, 10), EVENING, half_past_two, BERLIN)

    assert opening is None


def test_equal_ends_mean_no_quiet_hours():
    assert next_opening(at(2026, 7, 1, 0), time(0), time(0), BERLIN) is None


@pytest.mark.parametrize(
    ("name", "fallback", "expected"),
    [
        ("Europe/Berlin", "UTC", "Europe/Berlin"),
        ("", "Asia/Tokyo", "Asia/Tokyo"),
        ("Mars/Olympus", "Asia/Tokyo", "Asia/Tokyo"),
        ("../etc/passwd", "nowhere", "UTC"),
        ("Europe", "UTC", "UTC"),
    ],
)
def test_choose_zone_replaces_what_nobody_knows(name, fallback, expected):
    assert str(choose_zone(name, fallback)) == expected


def test_parse_time_refuses_what_is_none():
    assert parse_time("09:05") == time(9, 5)
    with pytest.raises(ValueError, match="25:00"):
        parse_time("25:00")
