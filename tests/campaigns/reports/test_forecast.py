"""Who comes before an ask in the next thirty days, and what is expected beside."""

from datetime import timedelta

import pytest

from campaigns.flows.edits import new_step
from campaigns.models import AskBudget, Moment, SendingRate
from campaigns.reports.forecast import forecast, people_on
from referrals.models import AskPreference
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TODAY = NOW.date()


def make_running(*steps, state="running", **changes):
    wait = new_step("delay", key="wait", name="Wait", amount=2, unit="days")
    ask = new_step("email", key="ask", name="Ask")
    return make_campaign(steps=list(steps) or [wait, ask], state=state, **changes)


def stand(campaign, key="ask", *, days=0, **changes):
    return make_enrollment(
        campaign, step_key=key, due_at=NOW + days * DAY, **changes
    ).contact


def look(*campaigns):
    return forecast(list(campaigns), now=NOW, zone="UTC")


def who(word, *campaigns, day=None):
    return list(people_on(list(campaigns), now=NOW, zone="UTC", word=word, day=day))


def table(shown):
    return {(day.on - TODAY).days: day.counts for day in shown.days if day.counts}


def test_known_people_come_at_the_earliest_moment_and_open_by_day():
    campaign = make_running()
    late, soon = stand(campaign, days=-3), stand(campaign, "wait", days=1)
    planned = make_contact()
    Moment.objects.create(
        contact=planned,
        campaign=campaign,
        key="date:1",
        moment_at=NOW,
        came_at=NOW,
        waits_for="date",
        due_at=NOW + 5 * DAY,
    )
    stand(campaign, days=31)
    stand(campaign, "", days=1)
    make_enrollment(campaign, state="exited", due_at=None)

    shown = look(campaign)

    assert [shown.days[0].on, shown.days[-1].on] == [TODAY, TODAY + 29 * DAY]
    assert table(shown) == {0: {"askable": 1}, 3: {"askable": 1}, 7: {"askable": 1}}
    assert (shown.known, shown.askable, shown.twice) == (3, 3, 0)
    assert who("known", campaign) == [late, soon, planned]
    assert who("known", campaign, day=TODAY + 3 * DAY) == [soon]
    assert who("askable", campaign, day=TODAY) == [late]


def test_who_is_capped_or_rests_by_then_is_told_apart():
    campaign = make_running()
    capped, free, rests, never = (stand(campaign, days=2) for _ in range(4))
    for contact, days in ((capped, 3), (free, 2)):
        AskBudget.objects.create(contact=contact, next_on=TODAY + days * DAY)
    AskPreference.objects.create(
        contact=rests, snoozed_until=NOW + 9 * DAY, changed_at=NOW
    )
    AskPreference.objects.create(contact=never, never_since=NOW, changed_at=NOW)

    shown = look(campaign)

    assert table(shown) == {2: {"capped": 1, "askable": 1, "rests": 1, "never": 1}}
    for word, contact in (("capped", capped), ("rests", rests), ("never", never)):
        assert who(word, campaign) == [contact]
    free_days = {(day.on - TODAY).days: day.free for day in shown.days if day.free}
    assert free_days == {2: 1, 3: 1, 9: 1}
    assert who("free", campaign, day=TODAY + 9 * DAY) == [rests]


def test_who_comes_before_two_campaigns_is_a_collision():
    first, second = make_running(), make_running()
    both = stand(first, days=1)
    stand(second, days=4, contact=both)
    stand(second)

    shown = look(first, second)

    assert (shown.known, shown.twice) == (3, 1)
    assert who("twice", first, second) == [both]
    assert look(first).twice == 0


def test_moments_are_expected_by_weekday_after_the_first_wait():
    campaign = make_running()
    for days in (7, 14, 15, 29):
        make_enrollment(
            campaign,
            state="completed",
            due_at=None,
            moment_key="event:1",
            enrolled_at=NOW - days * DAY,
        )
    make_enrollment(campaign, state="completed", due_at=None, enrolled_at=NOW - 7 * DAY)

    shown = look(campaign)

    guessed = {
        (day.on - TODAY).days: day.estimated for day in shown.days if day.estimated
    }
    # The flow waits for two days before it asks.
    assert guessed == {
        **dict.fromkeys((2, 9, 16, 23), 0.5),
        **dict.fromkeys((8, 15, 22, 29), 0.25),
    }
    assert shown.estimated == 3.0


def test_a_day_may_have_more_than_may_leave():
    campaign = make_running()
    for _ in range(3):
        stand(campaign, days=1)
    assert look(campaign).per_day is None
    SendingRate.objects.create(
        channel="email", per_second=2 / 86_400, burst=1, filled_at=NOW, changed_at=NOW
    )

    shown = look(campaign)

    assert shown.per_day == 2
    assert [(day.on - TODAY).days for day in shown.crowded] == [1]
    assert shown.most == 3


def test_a_paused_campaign_moves_nobody():
    paused = make_running(state="paused")
    stand(paused)

    assert look(paused).known == 0
    assert who("known", paused) == []
