"""An audience at another time: the rule of today beside the ledger."""

from datetime import date, timedelta

import pytest

from audiences.explain.past import (
    Period,
    Then,
    begins_at,
    count_then,
    history,
    people_then,
    sample_moments,
    size_then,
)
from audiences.memberships.refresh import refresh_audience
from audiences.models.membership import Cause
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact, make_event

DAY = timedelta(days=1)
BOUGHT = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "last", "amount": 10, "unit": "days"},
    "filters": [],
}


@pytest.fixture
def told(db):
    """Ann bought and was seen, Bob's order was told later, Cy left while nobody looked."""
    ann, bob, cy = (make_contact(now=NOW - 90 * DAY) for _ in range(3))
    make_event(cy, at=NOW - 11 * DAY)
    audience = make_audience(rule=BOUGHT, now=NOW - 5 * DAY)
    make_event(ann, at=NOW - 4 * DAY)
    refresh_audience(audience, now=NOW - 4 * DAY, cause=Cause.EVENT)
    make_event(bob, at=NOW - 4 * DAY)
    return audience, ann, bob, cy


def test_both_answers_stand_side_by_side(told):
    audience, ann, bob, cy = told
    at = NOW - DAY / 2

    then = count_then(audience, at)

    assert then == Then(both=1, rule=1, ledger=1)
    assert (then.fitting, then.members) == (2, 2)
    assert {
        side: people_then(audience, at, side, offset=0, size=9)
        for side in ("both", "rule", "ledger")
    } == {"both": [ann], "rule": [bob], "ledger": [cy]}
    assert people_then(audience, at, "both", offset=1, size=9) == []
    assert size_then(audience, at) == 2


def test_before_the_audience_there_were_no_members(told):
    audience, *_ = told

    assert count_then(audience, NOW - 6 * DAY) == Then(both=0, rule=1, ledger=0)
    assert begins_at(audience) == NOW - 5 * DAY


def test_who_left_was_a_member_until_then(told):
    audience, ann, bob, cy = told
    refresh_audience(audience, now=NOW, cause=Cause.REFRESHED)

    assert count_then(audience, NOW) == Then(both=2)
    assert people_then(audience, NOW - DAY / 2, "ledger", offset=0, size=9) == [cy]


def test_the_history_has_each_day_with_what_moved(told):
    audience, *_ = told
    refresh_audience(audience, now=NOW, cause=Cause.REFRESHED)

    days = history(audience, NOW, days=3)
    whole = history(audience, NOW, days=None)

    def day(number, size, entered=0, left=0):
        at = date(2026, 2, 24) + number * DAY
        return Period(at, at, size, entered, left)

    assert whole == [
        day(0, 1, entered=1),
        day(1, 2, entered=1),
        *(day(number, 2) for number in (2, 3, 4)),
        day(5, 2, entered=1, left=1),
    ]
    assert days == whole[-3:]


def test_a_long_history_comes_in_longer_parts(told):
    audience, *_ = told
    refresh_audience(audience, now=NOW, cause=Cause.REFRESHED)

    assert history(audience, NOW, days=None, most=4) == [
        Period(date(2026, 2, 24), date(2026, 2, 25), 2, 2, 0),
        Period(date(2026, 2, 26), date(2026, 2, 27), 2, 0, 0),
        Period(date(2026, 2, 28), date(2026, 3, 1), 2, 1, 1),
    ]
    assert [
        (one.since.day, one.until.day) for one in history(audience, NOW, days=5, most=3)
    ] == [(25, 25), (26, 27), (28, 1)]


def test_nothing_has_no_history(db):
    audience = make_audience()

    assert history(audience, NOW, days=30) == []
    assert begins_at(audience) is None


def test_moments_spread_evenly():
    assert sample_moments(NOW - 2 * DAY, NOW, 3) == [NOW - 2 * DAY, NOW - DAY, NOW]
