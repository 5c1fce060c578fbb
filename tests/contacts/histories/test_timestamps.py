from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contacts.histories.timestamps import (
    BadTime,
    Detected,
    detect,
    looks_like_time,
    read_timestamp,
)

BERLIN = ZoneInfo("Europe/Berlin")
TOKYO = ZoneInfo("Asia/Tokyo")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("2026-03-04T10:15:00Z", "", utc(2026, 3, 4, 10, 15)),
        ("2026-03-04T10:15:00.123456+02:00", "", utc(2026, 3, 4, 8, 15, 0, 123456)),
        ("2026-03-04 10:15:00 UTC", "", utc(2026, 3, 4, 10, 15)),
        ("2026-03-04 10:15:00 +0100", "", utc(2026, 3, 4, 9, 15)),
        ("2026-03-04 10:15", "", utc(2026, 3, 4, 9, 15)),
        ("2026-3-4 9:05", "", utc(2026, 3, 4, 8, 5)),
        ("2026/03/04 10:15", "", utc(2026, 3, 4, 9, 15)),
        ("2026-03-04", "", utc(2026, 3, 3, 23)),
        ("20260304", "", utc(2026, 3, 3, 23)),
        ("1772619300", "", utc(2026, 3, 4, 10, 15)),
        ("1772619300000", "", utc(2026, 3, 4, 10, 15)),
        ("3/4/2026", "month", utc(2026, 3, 3, 23)),
        ("3/4/2026 1:15 PM", "day", utc(2026, 4, 3, 11, 15)),
        ("12/31/2025 12:00 AM", "month", utc(2025, 12, 30, 23)),
        ("04.03.2026 10:15:30", "", utc(2026, 3, 4, 9, 15, 30)),
        ("04-03-26 10.15", "day", utc(2026, 3, 4, 9, 15)),
        ("4/4/2026", "", utc(2026, 4, 3, 22)),
        ("4 Mar 2026 10:15", "", utc(2026, 3, 4, 9, 15)),
        ("March 4th, 2026, 10:15 am", "", utc(2026, 3, 4, 9, 15)),
        ("Mar 4, 2026 10:15:00 GMT", "", utc(2026, 3, 4, 10, 15)),
        ("4-Mar-26", "", utc(2026, 3, 3, 23)),
        ("Wed, 04 Mar 2026 10:15:00 +0000", "", utc(2026, 3, 4, 10, 15)),
    ],
)
def test_time_is_read_as_it_was_meant(text, order, moment):
    assert read_timestamp(text, zone=BERLIN, order=order) == moment


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "time_missing"),
        ("  ", "time_missing"),
        ("yesterday", "time_invalid"),
        ("13/13/2026", "time_invalid"),
        ("2026-02-30", "time_invalid"),
        ("3/4/2026", "time_invalid"),
        ("31/12/2025 25:00", "time_invalid"),
        ("3/3/2026 13:15 PM", "time_invalid"),
        ("2026-03-04 soon", "time_invalid"),
        ("123", "time_invalid"),
        ("99999999999999999999", "time_invalid"),
        ("1969-12-31", "time_absurd"),
        ("2026-03-04 00:06", "time_in_future"),
    ],
)
def test_what_is_no_time_is_refused(text, code):
    with pytest.raises(BadTime, match=f"^{code}$"):
        read_timestamp(text, zone=UTC, order="", now=utc(2026, 3, 4))


def test_zone_decides_naive_times_also_where_clocks_change():
    # At 2:30 on this day clocks in Berlin showed 3:30; in autumn they showed 2:30 twice.
    assert read_timestamp("2026-03-29 02:30", zone=BERLIN, order="") == utc(
        2026, 3, 29, 1, 30
    )
    assert read_timestamp("2026-10-25 02:30", zone=BERLIN, order="") == utc(
        2026, 10, 25, 0, 30
    )
    assert read_timestamp("2028-02-29 08:00", zone=TOKYO, order="") == utc(
        2028, 2, 28, 23
    )


def test_column_with_zones_leaves_nothing_open():
    assert detect(["2026-03-04T10:15:00Z", "", "2026-03-05T10:15:00+01:00", "x"]) == (
        Detected(
            ways=(("Year first, such as 2026-03-04 10:15", "2026-03-04T10:15:00Z"),),
            unread=1,
            has_zone=True,
            lacks_zone=False,
            order="",
            is_open=False,
        )
    )


@pytest.mark.parametrize(
    ("values", "order", "is_open"),
    [
        (["3/4/2026", "5/6/2026"], "", True),
        (["3/4/2026", "25/6/2026"], "day", False),
        (["3/4/2026 10:00", "6/25/2026 11:00"], "month", False),
        (["25/3/2026", "6/25/2026"], "", True),
        (["3.4.2026"], "day", False),
        (["2026-03-04"], "", False),
    ],
)
def test_order_of_day_and_month_is_seen_or_asked(values, order, is_open):
    found = detect(values)

    assert (found.order, found.is_open, found.lacks_zone) == (order, is_open, True)


def test_several_ways_are_shown_with_examples():
    found = detect(["1772619300", "1772619301", "4 Mar 2026"])

    assert found.ways == (
        ("Seconds or milliseconds since 1970", "1772619300"),
        ("With the month's name, such as 4 Mar 2026", "4 Mar 2026"),
    )
    assert found.lacks_zone


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-03-04", True), ("4.3.2026", True), ("Ana", False), ("12", False)],
)
def test_cells_that_may_be_times(text, expected):
    assert looks_like_time(text) is expected


def test_clock_of_the_file_may_be_ahead_a_little():
    now = utc(2026, 3, 4)

    moment = read_timestamp("2026-03-04 00:04", zone=UTC, order="", now=now)

    assert moment == now + timedelta(minutes=4)
