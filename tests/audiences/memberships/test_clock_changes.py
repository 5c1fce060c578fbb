"""Clocks that are moved in spring and in autumn, and states that end: on the moment."""

from datetime import UTC, datetime, timedelta

import pytest

from audiences.memberships.clock import pass_time
from audiences.memberships.live import react_next
from audiences.models import Membership
from referrals import preferences
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def at(*parts):
    return datetime(2026, *parts, tzinfo=UTC)


# Zone, begin, end, days; the day before, and the moments at which who lives there enters and
# leaves, in turn.
CHANGES = {
    "nine in Berlin before and after clocks go forward": (
        ("Europe/Berlin", "09:00", "17:00", EVERY_DAY),
        at(3, 27, 22),
        [at(3, 28, 8), at(3, 28, 16), at(3, 29, 7), at(3, 29, 15)],
    ),
    "an hour in which clocks go forward begins as they do": (
        ("Europe/Berlin", "02:30", "04:00", EVERY_DAY),
        at(3, 28, 12),
        [at(3, 29, 1), at(3, 29, 2), at(3, 30, 0, 30)],
    ),
    "a time that is left out altogether": (
        ("Europe/Berlin", "02:15", "02:45", EVERY_DAY),
        at(3, 28, 12),
        [at(3, 30, 0, 15), at(3, 30, 0, 45)],
    ),
    "an hour that comes twice": (
        ("Europe/Berlin", "02:15", "02:45", EVERY_DAY),
        at(10, 24, 12),
        [
            at(10, 25, 0, 15),
            at(10, 25, 0, 45),
            at(10, 25, 1, 15),
            at(10, 25, 1, 45),
            at(10, 26, 1, 15),
        ],
    ),
    "a night over the change in New York": (
        ("America/New_York", "22:00", "06:00", ["sat"]),
        at(10, 31, 12),
        [at(11, 1, 2), at(11, 1, 11), at(11, 8, 3)],
    ),
    "a day that begins at one": (
        ("Africa/Cairo", "00:00", "08:00", ["fri"]),
        at(4, 23, 12),
        [at(4, 23, 22), at(4, 24, 5), at(4, 30, 21)],
    ),
    "half an hour, ahead of UTC": (
        ("Australia/Lord_Howe", "09:00", "10:00", EVERY_DAY),
        at(4, 3, 12),
        [at(4, 3, 22), at(4, 3, 23), at(4, 4, 22, 30), at(4, 4, 23, 30)],
    ),
}


def follow(contact, moments):
    """Let time pass to just before each moment, and to it: whether he is in it there."""
    found = []
    for moment in moments:
        for now in (moment - TICK, moment):
            while pass_time(now):
                pass
            found.append(Membership.objects.filter(contact=contact).exists())
    return found


@pytest.mark.parametrize("change", CHANGES)
def test_local_time_follows_the_clocks_as_they_are_moved(change):
    (zone, start, end, days), before, moments = CHANGES[change]
    ada = make_contact(time_zone=zone)
    make_contact(time_zone="Asia/Tokyo")
    make_audience(
        rule={"kind": "local_time", "from": start, "until": end, "days": days},
        now=before,
    )

    turns = [place % 2 == 1 for place in range(len(moments) + 1)]

    assert follow(ada, moments) == [
        is_in for pair in zip(turns, turns[1:], strict=False) for is_in in pair
    ]


@pytest.mark.parametrize(
    ("wedding", "begins"),
    [
        # On the morning of the 29th in Berlin it is the 28th in UTC, whose day counts.
        ("2020-03-29T00:30:00+01:00", at(3, 28)),
        ("2020-03-29T04:30:00+02:00", at(3, 29)),
        ("2020-10-25T02:30:00+02:00", at(10, 25)),
        ("2020-10-26", at(10, 26)),
    ],
)
def test_anniversaries_are_days_of_24_hours_whatever_the_clocks_do(wedding, begins):
    ada = make_contact(attributes={"wedding": wedding}, time_zone="Europe/Berlin")
    make_audience(
        rule={"kind": "attribute", "name": "wedding", "operator": "anniversary_today"}
    )

    assert follow(ada, [begins, begins + timedelta(hours=24)]) == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("operator", ["is", "is_not"])
def test_a_snooze_ends_on_the_moment(operator):
    ada = make_contact()
    make_audience(rule={"kind": "state", "state": "snoozed", "operator": operator})

    until = preferences.snooze(contact_id=ada.pk, days=60, now=NOW)
    while react_next(NOW):
        pass

    is_out = operator == "is_not"
    assert follow(ada, [until]) == [not is_out, is_out]


def test_who_resumes_before_the_end_does_not_turn_again():
    ada = make_contact()
    make_audience(rule={"kind": "state", "state": "snoozed", "operator": "is"})
    until = preferences.snooze(contact_id=ada.pk, days=60, now=NOW)
    preferences.resume(contact_id=ada.pk, now=NOW + timedelta(days=1))
    while react_next(NOW + timedelta(days=1)):
        pass

    assert follow(ada, [until]) == [False, False]
