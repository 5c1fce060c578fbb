"""Two ways to go on after a pause."""

from datetime import timedelta

import pytest

from campaigns.engine import lifecycle, resuming
from campaigns.engine.advance import advance_round
from campaigns.engine.resuming import Resumption
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment, Hold, Message
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_enrollment,
    make_hold,
    make_message,
    make_reachable,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LATER = NOW + 2 * DAY
SETTINGS = {"quiet_from": "00:00", "quiet_until": "00:00"}


def make_paused(*, hours=36, fresh_from="moment", **changes):
    """A campaign, paused now, with an ask that is fresh for a while."""
    ask = new_step("email", key="ask", freshness_hours=hours, fresh_from=fresh_from)
    campaign = make_campaign(
        steps=[ask, new_step("delay", key="rest")],
        state="running",
        settings=SETTINGS,
        **changes,
    )
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    campaign.refresh_from_db()
    return campaign


def stand(campaign, due_at, step_key="ask", **changes):
    """Let somebody wait before a step since before the pause."""
    values = {"contact": make_reachable(), "enrolled_at": NOW - DAY} | changes
    return make_enrollment(campaign, due_at=due_at, step_key=step_key, **values)


def due_times():
    return dict(Enrollment.objects.values_list("pk", "due_at"))


@pytest.fixture
def paused():
    """One waits on, three came due in the pause, one was due before it, one came in it."""
    campaign = make_paused()
    people = {
        "waiting": stand(campaign, NOW + 9 * DAY),
        # Its moment was 37 hours before the end of the pause, and 36 are allowed.
        "stale": stand(campaign, NOW + HOUR, moment_at=LATER - 37 * HOUR),
        "fresh": stand(campaign, NOW + 2 * HOUR, moment_at=LATER - 35 * HOUR),
        "no_ask": stand(campaign, NOW + DAY, step_key="rest", moment_at=NOW - DAY),
        "due": stand(campaign, NOW),
        "new": stand(campaign, NOW + HOUR, enrolled_at=NOW + HOUR),
    }
    return campaign, people


def test_both_ways_are_counted_before_the_click(paused):
    campaign, _ = paused

    assert resuming.count_shifted(campaign) == 4
    assert resuming.foresee(campaign, now=LATER) == Resumption(1, 3, 1)
    assert resuming.foresee(campaign, now=LATER).fresh == 2
    # Spread over a day the second of three goes on in twelve hours: too late as well.
    assert resuming.foresee(campaign, now=LATER, spread=DAY) == Resumption(1, 3, 2)
    assert lifecycle.Campaign.objects.get(pk=campaign.pk).state == "paused"


def test_what_was_counted_is_what_happens(paused):
    campaign, people = paused

    lifecycle.resume(campaign=campaign, user=None, now=LATER, keeps_times=True)
    advance_round(now=LATER)

    assert campaign.changes.latest("pk").details == {
        "seconds": 2 * 86_400,
        "going": 3,
        "stale": 1,
        "state": "running",
    }
    held = Hold.objects.filter(reason="stale_moment")
    assert set(held.values_list("enrollment_id", flat=True)) >= {people["stale"].pk}
    assert people["fresh"].pk not in held.values_list("enrollment_id", flat=True)
    assert Message.objects.filter(enrollment_id=people["fresh"].pk).exists()
    assert not Message.objects.filter(enrollment_id=people["stale"].pk).exists()
    waiting = Enrollment.objects.get(pk=people["waiting"].pk)
    assert waiting.due_at == NOW + 9 * DAY


def test_who_goes_on_is_spread_in_the_order_in_which_they_would_have_gone(paused):
    campaign, people = paused
    before = due_times()

    lifecycle.resume(
        campaign=campaign, user=None, now=LATER, keeps_times=True, spread=4 * HOUR
    )

    after = due_times()
    assert [after[people[name].pk] for name in ("stale", "fresh", "no_ask")] == [
        LATER,
        LATER + 2 * HOUR,
        LATER + 4 * HOUR,
    ]
    for name in ("waiting", "due", "new"):
        assert after[people[name].pk] == before[people[name].pk]


def test_an_ask_that_counts_from_the_step_is_late_by_its_first_hold():
    campaign = make_paused(fresh_from="step")
    held = stand(campaign, NOW + HOUR)
    make_hold(
        campaign,
        enrollment=held,
        visit=held.visit,
        held_at=LATER - 37 * HOUR,
        then="wait",
    )
    stand(campaign, NOW + HOUR)

    assert resuming.foresee(campaign, now=LATER) == Resumption(0, 2, 1)


def test_an_ask_without_a_limit_is_never_too_late():
    campaign = make_paused(hours=None)
    stand(campaign, NOW + HOUR, moment_at=NOW - 99 * DAY)

    assert resuming.foresee(campaign, now=LATER) == Resumption(0, 1, 0)


def test_messages_keep_their_age_only_where_times_are_kept():
    campaign = make_paused()
    message = make_message(make_ask(campaign), created_at=NOW)

    lifecycle.resume(campaign=campaign, user=None, now=LATER, keeps_times=True)

    message.refresh_from_db()
    assert message.created_at == NOW


def test_a_worker_that_dies_in_a_resume_leaves_it_paused(paused, monkeypatch):
    campaign, _ = paused
    before = due_times()

    def die(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("campaigns.engine.lifecycle.note", die)
        with pytest.raises(KeyboardInterrupt):
            lifecycle.resume(
                campaign=campaign, user=None, now=LATER, keeps_times=True, spread=DAY
            )

    campaign.refresh_from_db()
    assert (campaign.state, due_times()) == ("paused", before)
