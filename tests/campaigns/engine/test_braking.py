"""A ramp that pauses itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from campaigns.engine import braking, lifecycle
from campaigns.engine.braking import Counted
from campaigns.models import Campaign, Message, MessageFact
from contacts.background import Backlog
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_enrollment,
    make_message,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
RAMP = {"days": [50, 500], "most_complaints": 0.3, "most_bounces": 5}


def make_ramp(**changes):
    return make_campaign(state="running", trigger={"ramp": RAMP | changes})


def send(campaign, count, *, at=NOW + HOUR, **changes):
    """Hand over so many mails."""
    enrollment = make_enrollment(campaign)
    first = make_message(
        make_ask(campaign, enrollment=enrollment),
        state="accepted",
        handed_over_at=at,
        finished_at=at,
    )
    Message.objects.filter(pk=first.pk).update(**changes)
    made = [first]
    for number in range(1, count):
        copy = Message.objects.get(pk=first.pk)
        copy.pk, copy.visit, copy.tag = (
            None,
            first.visit + number,
            f"{first.tag}x{number}",
        )
        copy._state.adding = True
        made.append(copy)
    Message.objects.bulk_create(made[1:])
    return made


def complain(message, at=NOW + 2 * HOUR):
    MessageFact.objects.create(
        contact_id=message.contact_id,
        message_id=message.pk,
        kind="complained",
        happened_at=at,
        noted_at=at,
        source="test",
        key=str(message.pk),
    )


def look(now=NOW + 3 * HOUR):
    braking.brake_ramps(now=now)
    return Campaign.objects.get().state


def test_complaints_pause_a_ramp_and_say_why():
    campaign = make_ramp()
    mails = send(campaign, 60)
    assert look() == "running"
    complain(mails[0])

    assert look(now=NOW + 4 * HOUR) == "paused"

    change = campaign.changes.get()
    assert (change.change, change.changed_at, change.changed_by) == (
        "paused",
        NOW + 4 * HOUR,
        None,
    )
    assert change.details == {
        "because": "complaints",
        "count": 1,
        "of": 60,
        "limit": 0.3,
    }
    campaign.refresh_from_db()
    assert braking.why_paused(campaign) == (
        "1 of 60 people marked the mail as spam: 1.7%, and the limit is 0.3%."
    )


@pytest.mark.parametrize("cause", ["bounced", "address_unknown", "address_invalid"])
def test_hard_bounces_pause_a_ramp(cause):
    campaign = make_ramp()
    send(campaign, 57)
    send(campaign, 3, state="refused", cause=cause)
    assert look() == "running"
    send(campaign, 1, state="refused", cause=cause)

    assert look(now=NOW + 4 * HOUR) == "paused"
    assert campaign.changes.get().details == {
        "because": "bounces",
        "count": 4,
        "of": 61,
        "limit": 5,
    }


def test_what_is_no_hard_bounce_does_not_count():
    campaign = make_ramp()
    send(campaign, 60)
    send(campaign, 30, state="refused", cause="refused")
    send(campaign, 30, channel="in_app")
    send(campaign, 30, at=NOW - HOUR)

    assert braking.count_mails(campaign, since=NOW) == Counted(60, 0, 0)
    assert look() == "running"


def test_a_ramp_is_looked_at_once_a_minute_until_the_day_after_it():
    make_ramp()
    assert braking.to_brake(NOW) == Backlog(1, NOW)
    assert braking.brake_ramps(now=NOW) == 1
    assert braking.to_brake(NOW + MINUTE / 2) == Backlog(0, None)
    assert braking.brake_ramps(now=NOW + MINUTE / 2) == 0
    assert braking.to_brake(NOW + 2 * MINUTE) == Backlog(1, NOW + MINUTE)
    # Two days of the ramp, and one more for complaints that come late.
    assert braking.to_brake(NOW + timedelta(days=2)).count == 1
    assert braking.to_brake(NOW + timedelta(days=3)).count == 0


@pytest.mark.parametrize("trigger", [{}, {"ramp": {"days": [50]}}])
def test_what_has_no_brake_is_not_looked_at(trigger):
    campaign = make_campaign(state="running", trigger=trigger)
    complain(send(campaign, 60)[0])

    assert look() == "running"
    assert braking.to_brake(NOW) == Backlog(0, None)


def test_after_a_resume_only_new_trouble_pauses_it_again():
    campaign = make_ramp()
    complain(send(campaign, 60)[0])
    assert look() == "paused"
    lifecycle.resume(campaign=campaign, user=None, now=NOW + 4 * HOUR)

    assert look(now=NOW + 5 * HOUR) == "running"
    complain(send(campaign, 50, at=NOW + 6 * HOUR)[0])
    assert look(now=NOW + 7 * HOUR) == "paused"


def test_a_pause_by_hand_says_nothing():
    campaign = make_ramp()
    complain(send(campaign, 60)[0])
    look()
    lifecycle.resume(campaign=campaign, user=None, now=NOW + 4 * HOUR)
    campaign.refresh_from_db()
    assert braking.why_paused(campaign) == ""
    lifecycle.pause(campaign=campaign, user=None, now=NOW + 5 * HOUR)

    campaign.refresh_from_db()
    assert braking.why_paused(campaign) == ""


def test_a_worker_that_dies_leaves_the_look_to_the_next(monkeypatch):
    campaign = make_ramp()
    complain(send(campaign, 60)[0])

    def die(**kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("campaigns.engine.braking.pause", die)
        with pytest.raises(KeyboardInterrupt):
            look()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.ramp_checked_at) == ("running", None)
    assert look() == "paused"


@pytest.mark.django_db(transaction=True)
def test_two_workers_pause_it_once():
    campaign = make_ramp()
    complain(send(campaign, 60)[0])
    barrier = Barrier(2)

    def worker(_):
        try:
            barrier.wait(timeout=20)
            return braking.brake_ramps(now=NOW + 3 * HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        looked = sorted(pool.map(worker, range(2)))

    assert looked == [0, 1]
    assert campaign.changes.count() == 1
