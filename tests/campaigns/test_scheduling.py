"""A start at a chosen time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from audiences.models import Audience
from campaigns import scheduling
from campaigns.emails.starters import starter_content
from campaigns.engine import lifecycle
from campaigns.engine.history import WrongState
from campaigns.flows.edits import new_step
from campaigns.models import Campaign, CampaignChange, StartRun
from campaigns.publishing import NotPublishable
from contacts.background import Backlog
from tests.factories.campaigns import NOW, make_audience, make_campaign, make_reachable
from tests.factories.contacts import make_user

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(hours=3)


def make_ready(**changes):
    content = starter_content("thank_you")
    campaign = make_campaign(
        steps=[new_step("email", key="ask", name="Ask", content=content)], **changes
    )
    audience = make_audience(make_reachable())
    campaign.draft["trigger"] |= {"audience": audience.pk, "existing": True}
    campaign.save()
    return campaign


def schedule(campaign, **changes):
    values = {"revision": campaign.revision, "starts_at": SOON, "user": None}
    scheduling.schedule(campaign=campaign, now=NOW, **values | changes)
    campaign.refresh_from_db()


def history(campaign):
    changes = campaign.changes.order_by("pk")
    return list(changes.values_list("change", "changed_at", "details"))


def test_a_campaign_starts_at_its_time_and_not_before():
    user = make_user()
    campaign = make_ready()
    schedule(campaign, user=user)

    assert (campaign.state, campaign.starts_at) == ("scheduled", SOON)
    assert scheduling.start_next(now=SOON - timedelta(seconds=1)) == 0
    assert scheduling.due(SOON - timedelta(seconds=1)) == Backlog(0, None)
    assert scheduling.due(SOON) == Backlog(1, SOON)
    assert scheduling.start_next(now=SOON) == 1

    campaign.refresh_from_db()
    assert (campaign.state, campaign.starts_at, campaign.started_at) == (
        "running",
        None,
        SOON,
    )
    assert campaign.started_by == user
    assert StartRun.objects.get().total_count == 1
    assert history(campaign) == [
        ("published", NOW, {"version": 1}),
        ("scheduled", NOW, {"starts_at": SOON.isoformat(), "version": 1}),
        ("started", SOON, {"version": 1}),
    ]


def test_a_start_happens_once():
    campaign = make_ready()
    schedule(campaign)

    assert [scheduling.start_next(now=SOON) for _ in range(3)] == [1, 0, 0]
    assert StartRun.objects.count() == 1


def test_another_time_takes_the_place_of_the_first():
    campaign = make_ready()
    schedule(campaign)
    schedule(campaign, starts_at=SOON + timedelta(days=1))

    assert scheduling.start_next(now=SOON) == 0
    assert scheduling.start_next(now=SOON + timedelta(days=1)) == 1


def test_a_start_that_is_canceled_does_not_come():
    campaign = make_ready()
    schedule(campaign)
    scheduling.unschedule(campaign=campaign, user=None, now=NOW)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.starts_at) == ("draft", None)
    assert scheduling.start_next(now=SOON) == 0
    assert history(campaign)[-1] == ("unscheduled", NOW, {})
    with pytest.raises(WrongState, match="is not scheduled"):
        scheduling.unschedule(campaign=campaign, user=None, now=NOW)


def test_a_draft_whose_start_was_canceled_can_be_started_and_scheduled():
    campaign = make_ready()
    schedule(campaign)
    scheduling.unschedule(campaign=campaign, user=None, now=NOW)
    schedule(campaign)
    lifecycle.start(campaign=campaign, user=None, now=NOW)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.starts_at) == ("running", None)
    assert scheduling.start_next(now=SOON) == 0


def test_what_has_become_impossible_is_called_off_with_the_reason():
    campaign = make_ready(name="Autumn")
    schedule(campaign)
    Audience.objects.update(archived_at=NOW, name="Fans")

    assert scheduling.start_next(now=SOON) == 1

    campaign.refresh_from_db()
    because = ["“Fans” was deleted. Choose another audience."]
    assert (campaign.state, campaign.starts_at, campaign.started_at) == (
        "draft",
        None,
        None,
    )
    assert scheduling.why_not_started(campaign) == because
    assert scheduling.list_not_started() == [(campaign, because)]
    assert history(campaign)[-1] == ("not_started", SOON, {"because": because})


def test_a_start_waits_for_an_audience_that_is_being_filled():
    campaign = make_ready()
    schedule(campaign)
    Audience.objects.update(refresh_due_at=None)

    assert scheduling.start_next(now=SOON) == 1
    campaign.refresh_from_db()
    assert (campaign.state, campaign.starts_at) == (
        "scheduled",
        SOON + timedelta(minutes=1),
    )
    Audience.objects.update(refresh_due_at=NOW)
    assert scheduling.start_next(now=SOON + timedelta(minutes=1)) == 1
    campaign.refresh_from_db()
    assert campaign.state == "running"


def test_the_reason_is_forgotten_when_it_is_scheduled_again():
    campaign = make_ready()
    schedule(campaign)
    Audience.objects.update(archived_at=NOW)
    scheduling.start_next(now=SOON)
    Audience.objects.update(archived_at=None)
    schedule(campaign, starts_at=SOON + timedelta(days=1))

    assert scheduling.why_not_started(campaign) == []
    assert scheduling.list_not_started() == []


def test_only_a_draft_with_a_time_to_come_is_scheduled():
    campaign = make_ready()
    running = make_ready()
    running.published = None
    schedule(running)
    scheduling.start_next(now=SOON)
    archived = make_ready(archived_at=NOW)

    with pytest.raises(WrongState, match="That time is over"):
        schedule(campaign, starts_at=NOW)
    with pytest.raises(WrongState, match="is running, so its start"):
        schedule(running)
    with pytest.raises(WrongState, match="can't be scheduled"):
        schedule(archived)
    with pytest.raises(NotPublishable):
        schedule(make_campaign())
    assert CampaignChange.objects.filter(campaign=campaign).count() == 0


def test_a_worker_that_dies_in_the_middle_leaves_the_start_to_the_next(monkeypatch):
    campaign = make_ready()
    schedule(campaign)

    def die(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("campaigns.engine.lifecycle.note", die)
        with pytest.raises(KeyboardInterrupt):
            scheduling.start_next(now=SOON)
    campaign.refresh_from_db()
    assert (campaign.state, StartRun.objects.count()) == ("scheduled", 0)

    assert scheduling.start_next(now=SOON) == 1
    assert StartRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_start_it_once():
    campaign = make_ready()
    schedule(campaign)
    barrier = Barrier(2)

    def worker(_):
        try:
            barrier.wait(timeout=20)
            return scheduling.start_next(now=SOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        started = sorted(pool.map(worker, range(2)))

    assert started == [0, 1]
    assert StartRun.objects.count() == 1
    assert Campaign.objects.get().state == "running"
