from datetime import UTC, datetime, timedelta

import pytest

from contacts.tracking.times import happened_at, read_time

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-02T03:04:05.678Z", at(2026, 1, 2, 3, 4, 5, 678000)),
        ("2026-01-02T03:04:05.678+00:00", at(2026, 1, 2, 3, 4, 5, 678000)),
        ("2026-01-02T03:04:05+02:00", at(2026, 1, 2, 1, 4, 5)),
        ("2026-01-02T03:04:05", at(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02 03:04:05", at(2026, 1, 2, 3, 4, 5)),
        ("2026-01-02", at(2026, 1, 2)),
        ("2015-2-02T00:30:12.984Z", at(2015, 2, 2, 0, 30, 12, 984000)),
        ("2015-2-2T0:3:1 -0530", at(2015, 2, 2, 5, 33, 1)),
        ("2015-2-2 1:02 +5:30", at(2015, 2, 1, 19, 32)),
        ("2015-2-2 1:02 +5", at(2015, 2, 1, 20, 2)),
        ("2015-2-2 1:02 UTC", at(2015, 2, 2, 1, 2)),
        ("2026-01-02T03:04:05.123456789Z", at(2026, 1, 2, 3, 4, 5, 123456)),
        ("2026-1-02T03:04:05,123456789Z", at(2026, 1, 2, 3, 4, 5, 123456)),
        (1767323045, at(2026, 1, 2, 3, 4, 5)),
        (1767323045.5, at(2026, 1, 2, 3, 4, 5, 500000)),
        (1767323045678, at(2026, 1, 2, 3, 4, 5, 678000)),
        (1767323045678000, at(2026, 1, 2, 3, 4, 5, 678000)),
        (1767323045678000000, at(2026, 1, 2, 3, 4, 5, 678000)),
        ("1767323045", at(2026, 1, 2, 3, 4, 5)),
        ("1767323045678", at(2026, 1, 2, 3, 4, 5, 678000)),
        ("٢٠٢٦-1-2", at(2026, 1, 2)),
        ("1970-01-01T00:00:00Z", at(1970, 1, 1)),
        ("9999-12-31T23:59:59Z", at(9999, 12, 31, 23, 59, 59)),
    ],
)
def test_read_time_reads_what_clients_write(value, moment):
    assert read_time(value) == moment


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "yesterday",
        "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "2026-13-01",
        "2026-02-30T00:00:00Z",
        "9999-12-31T23:59:59-23:00",
        "2026-1-2 25:00",
        "2026-1-2 1:00 +99:99",
        "2026",
        "nan",
        "inf",
        0,
        -1,
        2026,
        1e300,
        float("nan"),
        float("inf"),
        10**400,
        True,
        [],
        {},
        "\ud800",
        "9" * 100_000,
    ],
)
def test_read_time_reads_nothing_into_what_is_none(value):
    assert read_time(value) is None


def test_a_wrong_clock_is_put_right():
    told = "2026-03-01T09:59:50Z"

    occurred = happened_at(told=told, sent_at=at(2026, 3, 1, 10), received_at=NOW)

    assert occurred == (NOW - timedelta(seconds=10), "")


@pytest.mark.parametrize(
    ("told", "sent_at", "expected"),
    [
        # No clock to compare with: the time as it was told.
        ("2026-02-01T00:00:00Z", None, (at(2026, 2, 1), "")),
        # Nothing told: the time of arrival, and nothing unusual.
        (None, at(2026, 3, 1, 11), (NOW, "")),
        ("", None, (NOW, "")),
        # What happened long ago and is sent now stays where it was.
        ("2019-05-05T00:00:00Z", NOW, (at(2019, 5, 5), "")),
        # A little ahead is a clock; more is a mistake.
        ("2026-03-01T12:05:00Z", None, (NOW + timedelta(minutes=5), "")),
        ("2026-03-01T12:05:01Z", None, (NOW, "clamped")),
        ("2126-03-01T12:00:00Z", NOW, (NOW, "clamped")),
        # The time of sending before the event: it would lie ahead.
        ("2026-03-01T12:00:00Z", at(2026, 3, 1, 11), (NOW, "clamped")),
        ("yesterday", None, (NOW, "undated")),
        ("0001-01-01T00:00:00Z", NOW, (NOW, "undated")),
        ("1970-01-01T00:00:00Z", at(2026, 3, 1, 12, 0, 1), (NOW, "undated")),
        ("1971-01-01T00:00:00Z", at(9999, 1, 1), (NOW, "undated")),
        ("9999-01-01T00:00:00Z", at(1971, 1, 1), (NOW, "undated")),
    ],
)
def test_happened_at_never_takes_a_time_nobody_can_mean(told, sent_at, expected):
    assert happened_at(told=told, sent_at=sent_at, received_at=NOW) == expected
