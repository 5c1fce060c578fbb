"""Passes that an error has stopped go on, or are given up."""

from datetime import timedelta

import pytest

from campaigns.engine import failed, lifecycle
from campaigns.models import Enrollment
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
STOPPED = {
    "state": "failed",
    "end_reason": "error",
    "error": "ValueError: odd",
    "ended_at": NOW,
    "due_at": None,
    "attempts": 8,
    "step_key": "ask",
    "visit": 3,
}


def stands(enrollment):
    enrollment.refresh_from_db()
    return (
        enrollment.state,
        enrollment.step_key,
        enrollment.visit,
        enrollment.due_at,
        enrollment.attempts,
        enrollment.ended_at,
        enrollment.end_reason,
    )


def test_a_pass_goes_on_where_it_stood():
    stopped = make_enrollment(make_campaign(state="running"), **STOPPED)

    retried = [failed.retry([stopped], now=LATER) for _ in range(2)]

    assert retried == [failed.Retried(1, 0), failed.Retried(0, 1)]
    assert stands(stopped) == ("active", "ask", 3, LATER, 0, None, "")


def test_who_is_in_it_again_or_whose_campaign_ended_stays():
    campaign = make_campaign(state="running")
    contact = make_contact()
    again = make_enrollment(campaign, contact=contact, **STOPPED)
    make_enrollment(campaign, contact=contact, entry_key="episode:2")
    over = make_campaign(state="running")
    ended = make_enrollment(over, **STOPPED)
    lifecycle.stop(campaign=over, user=None, now=NOW)
    twice = [
        make_enrollment(over_again, contact=other, entry_key=key, **STOPPED)
        for over_again, other in [(make_campaign(state="running"), make_contact())]
        for key in ("episode:1", "episode:2")
    ]

    retried = failed.retry([again, ended, *twice], now=LATER)

    assert retried == failed.Retried(1, 3)
    states = [stands(one)[0] for one in (again, ended, *twice)]
    assert states == ["failed", "failed", "failed", "active"]


def test_what_is_given_up_waits_no_more():
    campaign = make_campaign(state="running")
    stopped = make_enrollment(campaign, **STOPPED)
    other = make_enrollment(campaign, **STOPPED)

    given_up = [failed.give_up([stopped]) for _ in range(2)]

    assert given_up == [1, 0]
    assert list(failed.failed_enrollments()) == [other]
    assert stands(stopped)[-1] == "given_up"


def test_what_is_repeated_by_itself_is_told_apart():
    campaign = make_campaign(state="running")
    failing = make_enrollment(campaign, attempts=2, error="ValueError: odd")
    make_enrollment(campaign)
    make_enrollment(campaign, **STOPPED)

    assert list(failed.failing_enrollments()) == [failing]
    assert Enrollment.objects.count() == 3
