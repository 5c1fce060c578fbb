"""The time of the day where people live."""

from datetime import UTC, datetime

import pytest

from audiences import selection
from audiences.conditions.kind import Clock, Flip
from audiences.conditions.waiting import flips_of, waiting_of
from tests.audiences.conditions.selecting import found_of, selected
from tests.factories.contacts import NOW, make_contact

ALL = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def local_time(start, end, days=ALL):
    return {"kind": "local_time", "from": start, "until": end, "days": days}


def make_people():
    zones = {
        "utc": "UTC",
        "berlin": "Europe/Berlin",
        "tokyo": "Asia/Tokyo",
        "nepal": "Asia/Kathmandu",
        "unknown": "",
        "wrong": "Mars/Base",
    }
    people = {name: make_contact() for name in zones}
    for name, zone in zones.items():
        type(people[name]).objects.filter(pk=people[name].pk).update(time_zone=zone)
    return people


@pytest.mark.parametrize(
    ("start", "end", "days", "at", "expected"),
    [
        # It is Sunday.
        ("09:00", "17:00", ALL, "2026-03-01T08:00", {"berlin", "nepal"}),
        ("09:00", "17:00", ALL, "2026-03-01T07:59:59", {"tokyo", "nepal"}),
        ("09:00", "17:00", ALL, "2026-03-01T16:00", {"utc"}),
        ("13:45", "13:46", ALL, "2026-03-01T08:00", {"nepal"}),
        ("09:00", "17:00", ["mon"], "2026-03-01T08:00", set()),
        ("22:00", "06:00", ["sun"], "2026-03-01T21:00", {"berlin", "nepal"}),
        ("22:00", "06:00", ["sun"], "2026-03-01T20:59", {"tokyo", "nepal"}),
        ("22:00", "06:00", ["sat"], "2026-03-01T05:00", {"utc"}),
        ("22:00", "06:00", ["mon"], "2026-03-01T05:00", set()),
        ("08:00", "08:00", ["sat"], "2026-03-01T07:00", {"utc"}),
        # Summer time begins: it is 03:30 in Berlin.
        ("03:00", "04:00", ALL, "2026-03-29T01:30", {"berlin"}),
    ],
)  # fmt: skip
def test_whose_clock_shows_it(db, start, end, days, at, expected):
    people = make_people()
    found = selected(
        local_time(start, end, days),
        people,
        as_of=datetime.fromisoformat(at).replace(tzinfo=UTC),
    )

    assert found == expected


def test_it_is_said_and_flips_at_both_ends(db):
    document = local_time("09:00", "17:00", ["tue", "mon"])
    node, _ = selection.prepare(document, as_of=NOW)

    assert flips_of(node, {}) == {
        Flip(Clock.LOCAL, "09:00"),
        Flip(Clock.LOCAL, "17:00"),
    }
    assert waiting_of(node, {}).own == {"contact_changed"}
    assert selection.describe(document) == (
        "Contacts where it is between 09:00 and 17:00 on Monday or Tuesday."
    )
    assert selection.describe(local_time("09:00", "17:00")) == (
        "Contacts where it is between 09:00 and 17:00."
    )
    assert found_of(document, make_people()["tokyo"]) == {"value": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (local_time("9", "17:00"), "Enter a time, like 09:00. (at from)"),
        (local_time("09:00", "24:00"), "Enter a time, like 09:00. (at until)"),
        (local_time("09:00", "17:00", []), "(at days)"),
        (local_time("09:00", "17:00", ["xyz"]), "(at days)"),
        (local_time("09:00", "17:00", None), "(at days)"),
    ],
)
def test_errors_name_the_place(document, message, db):
    assert str(selection.check(document)[0]).endswith(message)
