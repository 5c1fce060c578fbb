"""Start, pause, resume, stop."""

from datetime import timedelta

import pytest

from audiences.models import MembershipReaction, WatchedAudience
from campaigns.asks import harm
from campaigns.engine import lifecycle
from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.models import (
    Ask,
    AskBudget,
    Campaign,
    CampaignChange,
    Enrollment,
    Message,
)
from contacts.models import WatchedEvent
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_message,
    make_reachable,
    make_version,
)
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
ORDERED = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}


def make_published(**changes):
    audience = make_audience()
    campaign = make_campaign(
        steps=[new_step("email", key="ask")],
        trigger={"audience": audience.pk},
        **changes,
    )
    campaign.published = make_version(campaign)
    campaign.save()
    return campaign


def history():
    return list(
        CampaignChange.objects.order_by("pk").values_list(
            "change", "changed_at", "changed_by", "details"
        )
    )


def test_start_watches_and_is_remembered():
    user = make_user()
    vip = make_audience()
    campaign = make_published(
        goal={"condition": {"kind": "any", "conditions": [ORDERED]}},
        exit={
            "condition": {
                "kind": "not",
                "condition": {"kind": "audience", "audience": vip.pk, "operator": "in"},
            }
        },
    )

    lifecycle.start(campaign=campaign, user=user, now=NOW)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.started_at, campaign.started_by) == (
        "running",
        NOW,
        user,
    )
    assert set(WatchedAudience.objects.values_list("consumer", "audience")) == {
        (f"campaign:{campaign.pk}", campaign.draft["trigger"]["audience"]),
        ("campaigns.goals", vip.pk),
    }
    ours = WatchedEvent.objects.filter(consumer__startswith="campaign")
    assert set(ours.values_list("consumer", "name")) == {
        ("campaigns.goals", "order_completed"),
        ("campaigns.asks", "link_shared"),
        ("campaigns.asks", "link_visited"),
        ("campaigns.asks", "referral_lead"),
        ("campaigns.asks", "referral_qualified"),
        ("campaigns.asks", "referral_opportunity"),
        ("campaigns.asks", "referral_won"),
        *(("campaigns.asks", name) for name in harm.WATCHED),
    }
    assert history() == [("started", NOW, user.pk, {"version": 1})]


def test_start_needs_a_published_draft_and_happens_once():
    draft = make_campaign()
    campaign = make_published()
    lifecycle.start(campaign=campaign, user=None, now=NOW)

    for wrong in (draft, campaign):
        with pytest.raises(lifecycle.WrongState, match="can't be started"):
            lifecycle.start(campaign=wrong, user=None, now=NOW)


def test_resume_keeps_waiting_messages_as_fresh_as_they_were():
    campaign = make_campaign(state=Campaign.State.RUNNING)
    waiting = make_message(make_ask(campaign), created_at=NOW)
    sent = make_message(make_ask(campaign), created_at=NOW, state="accepted")
    lifecycle.pause(campaign=campaign, user=None, now=NOW)

    lifecycle.resume(campaign=campaign, user=None, now=NOW + timedelta(days=3))

    waiting.refresh_from_db()
    sent.refresh_from_db()
    assert waiting.created_at == NOW + timedelta(days=3)
    assert sent.created_at == NOW


def test_resume_shifts_waits_by_the_length_of_the_pause():
    campaign = make_campaign(steps=[new_step("delay", key="d")], state="running")
    waiting, due, entered = [make_enrollment(campaign, step_key="d") for _ in range(3)]
    Enrollment.objects.filter(pk=waiting.pk).update(due_at=NOW + timedelta(days=2))
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    Enrollment.objects.filter(pk=entered.pk).update(
        enrolled_at=LATER, due_at=LATER + timedelta(hours=1)
    )

    lifecycle.resume(campaign=campaign, user=None, now=NOW + timedelta(days=5))

    campaign.refresh_from_db()
    assert (campaign.state, campaign.paused_at) == ("running", None)
    assert dict(Enrollment.objects.values_list("pk", "due_at")) == {
        waiting.pk: NOW + timedelta(days=7),
        due.pk: NOW,
        entered.pk: LATER + timedelta(hours=1),
    }
    assert history()[1][3] == {
        "shifted": 1,
        "seconds": 432_000,
        "state": "running",
    }


def test_pause_keeps_messages_and_places():
    campaign = make_campaign(steps=[new_step("email", key="ask")], state="running")
    make_enrollment(campaign, contact=make_reachable(), step_key="ask")
    advance_round(now=NOW)
    waiting = make_enrollment(campaign, contact=make_reachable(), step_key="ask")

    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    moved = advance_round(now=LATER)

    waiting.refresh_from_db()
    assert (moved, waiting.state, Message.objects.get().state) == (
        0,
        "active",
        "queued",
    )


def test_stop_ends_passes_and_calls_back_what_has_not_left():
    campaign = make_published()
    lifecycle.start(campaign=campaign, user=None, now=NOW)
    version = campaign.published
    asked = make_enrollment(
        campaign, contact=make_reachable(), step_key="ask", version=version
    )
    advance_round(now=NOW)
    waiting = make_enrollment(campaign, step_key="ask", version=version)
    MembershipReaction.objects.create(
        contact=make_contact(),
        consumer=f"campaign:{campaign.pk}",
        audience_id=campaign.draft["trigger"]["audience"],
        episode=1,
        change="entered",
        changed_at=NOW,
    )

    lifecycle.stop(campaign=campaign, user=None, now=LATER)

    message, ask, budget = (
        Message.objects.get(),
        Ask.objects.get(),
        AskBudget.objects.get(),
    )
    assert (message.state, message.cause) == ("canceled", "campaign_stopped")
    assert (ask.refunded_at, budget.next_on) == (LATER, None)
    assert {
        row.pk: (row.state, row.end_reason) for row in Enrollment.objects.all()
    } == {asked.pk: ("completed", ""), waiting.pk: ("exited", "campaign_stopped")}
    assert WatchedAudience.objects.count() == MembershipReaction.objects.count() == 0
    assert history()[-1] == ("stopped", LATER, None, {"ended": 1, "canceled": 1})


def test_stop_leaves_what_others_watch_and_what_people_may_still_reach():
    first, second, third = [
        make_published(
            goal={"condition": ORDERED | {"name": f"goal {number}"}},
            exit={"condition": ORDERED | {"name": f"exit {number}"}},
        )
        for number in (1, 2, 3)
    ]
    for campaign in (first, second, third):
        lifecycle.start(campaign=campaign, user=None, now=NOW)

    lifecycle.stop(campaign=first, user=None, now=LATER)
    lifecycle.stop(campaign=second, user=None, now=LATER + timedelta(days=365))

    watched = WatchedEvent.objects.filter(consumer="campaigns.goals")
    assert sorted(watched.values_list("name", flat=True)) == [
        "exit 3",
        "goal 2",
        "goal 3",
    ]
    assert list(WatchedAudience.objects.values_list("consumer", flat=True)) == [
        f"campaign:{third.pk}"
    ]


def test_stop_cancels_a_start_that_is_under_way():
    campaign = make_published()
    document = campaign.draft | {
        "trigger": campaign.draft["trigger"] | {"existing": True}
    }
    type(campaign.published).objects.update(definition=document)
    campaign = Campaign.objects.get()
    run = lifecycle.start(campaign=campaign, user=None, now=NOW)

    lifecycle.stop(campaign=campaign, user=None, now=LATER)

    run.refresh_from_db()
    assert run.state == "canceled"


@pytest.mark.parametrize(
    ("operation", "state"),
    [
        (lifecycle.pause, "paused"),
        (lifecycle.resume, "running"),
        (lifecycle.stop, "stopped"),
        (lifecycle.pause, "draft"),
    ],
)
def test_what_does_not_fit_the_state_is_refused(operation, state):
    campaign = make_campaign(state=state)

    with pytest.raises(lifecycle.WrongState):
        operation(campaign=campaign, user=None, now=NOW)

    assert CampaignChange.objects.count() == 0


def test_a_large_campaign_is_ended_in_the_background(monkeypatch):
    monkeypatch.setattr(lifecycle, "ENDED_WITH_STOP", 0)
    campaign = make_published()
    lifecycle.start(campaign=campaign, user=None, now=NOW)
    enrollment = make_enrollment(
        campaign,
        contact=make_reachable(),
        step_key="ask",
        version=campaign.published,
    )

    lifecycle.stop(campaign=campaign, user=None, now=LATER)
    moved = advance_round(now=LATER)
    left = lifecycle.still_on()
    monkeypatch.setattr(lifecycle, "MOST_COUNTED", 0)
    nobody_counted = lifecycle.still_on()
    monkeypatch.undo()
    rounds = [lifecycle.end_stopped(now=LATER) for _ in range(2)]

    enrollment.refresh_from_db()
    assert (moved, left.count, left.oldest) == (0, 1, LATER)
    assert nobody_counted.count == 0
    assert (rounds, lifecycle.still_on().count) == ([1, 0], 0)
    assert (enrollment.state, enrollment.end_reason) == ("exited", "campaign_stopped")
    assert history()[-1][3] == {"ended": 1, "canceled": 0}
