"""The instant before a message leaves, at which a stop still wins."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from campaigns.guardrails import budget
from campaigns.messaging import hand_over, send
from campaigns.models import Ask, AskBudget, Campaign, Enrollment, Message
from contacts import consents
from contacts.events import Fact, record
from contacts.models import Contact
from referrals import preferences
from tests.factories.campaigns import make_enrollment
from tests.factories.messages import (
    NOW,
    make_content,
    make_due_message,
    make_mail_campaign,
    make_reachable_contact,
)

pytestmark = pytest.mark.django_db

State = Message.State


def send_due(now=NOW):
    return send.send_due(owner="me", clock=lambda: now)


def outcome(message):
    message.refresh_from_db()
    return (message.state, message.cause)


def withdraw(contact):
    consents.withdraw(contact=contact, source="test", now=NOW)


def suppress(contact):
    consents.suppress(address=contact.email, reason="complained", now=NOW)


def never(contact):
    preferences.never(contact_id=contact.pk, now=NOW)


def snooze(contact):
    preferences.snooze(contact_id=contact.pk, days=60, now=NOW)


def stop(contact):
    Campaign.objects.update(state=Campaign.State.STOPPED)


def pause(contact):
    Campaign.objects.update(state=Campaign.State.PAUSED)


def convert(contact):
    Enrollment.objects.filter(contact=contact).update(state="converted", due_at=None)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (withdraw, "unsubscribed"),
        (suppress, "suppressed"),
        (never, "never"),
        (snooze, "snoozed"),
        (stop, "campaign_stopped"),
    ],
)
def test_a_stop_wins_until_the_instant_of_handing_over(
    channel, monkeypatch, act, reason
):
    message = make_due_message()
    budget.lock_budgets([message.contact_id])
    budget.take([message.contact_id], [NOW.date()])
    make_letter = send.make_letter

    def act_while_rendering(*args, **kwargs):
        act(message.contact)
        return make_letter(*args, **kwargs)

    monkeypatch.setattr(send, "make_letter", act_while_rendering)

    send_due()

    assert channel.letters == []
    assert outcome(message) == (State.CANCELED, reason)
    assert Ask.objects.get().refunded_at == NOW
    assert AskBudget.objects.get().next_on is None


def open_ticket(contact):
    record(Fact(contact.pk, "ticket_opened", NOW, "1"), now=NOW)


def close_ticket(contact):
    record(Fact(contact.pk, "ticket_closed", NOW, "1"), now=NOW)


def answer_survey(contact):
    record(Fact(contact.pk, "survey_answered", NOW, "1", {"nps": 3}), now=NOW)


def change(**attributes):
    def act(contact):
        Contact.objects.filter(pk=contact.pk).update(attributes=attributes)

    return act


def want_more(contact):
    higher = Campaign.objects.get(priority=90)
    make_enrollment(higher, contact=contact, step_key="ask")


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (change(is_test=True), "test_contact"),
        (change(open_tickets=1), "open_ticket"),
        (open_ticket, "open_ticket"),
        (close_ticket, "recent_ticket"),
        (answer_survey, "low_satisfaction"),
        (change(churn_risk="high"), "churn_risk"),
        (change(engagement_score=3), "below_engagement"),
        (want_more, "lost_to"),
    ],
)
@pytest.mark.parametrize("event_is_known", [True, False])
def test_what_arises_after_the_look_is_seen_at_the_hand_over(
    channel, monkeypatch, act, reason, event_is_known
):
    other = make_reachable_contact()
    if event_is_known:
        for name in ("ticket_opened", "ticket_closed", "survey_answered"):
            record(Fact(other.pk, name, NOW, "1"), now=NOW)
    make_mail_campaign(priority=90)
    message = make_due_message()
    look = send.look_at

    def act_after_the_look(*args, **kwargs):
        seen = look(*args, **kwargs)
        assert list(seen) == [message.pk]
        act(message.contact)
        return seen

    monkeypatch.setattr(send, "look_at", act_after_the_look)

    send_due()

    assert channel.letters == []
    assert outcome(message) == (State.CANCELED, reason)
    assert Ask.objects.get(pk=message.ask_id).refunded_at == NOW


@pytest.mark.parametrize(
    ("fresh_from", "late", "expected"),
    [
        ("moment", timedelta(hours=2), (State.ACCEPTED, "")),
        ("moment", timedelta(hours=2, seconds=1), (State.CANCELED, "stale_moment")),
        ("step", timedelta(hours=3), (State.ACCEPTED, "")),
        ("step", timedelta(hours=3, seconds=1), (State.CANCELED, "stale_moment")),
    ],
)
def test_a_moment_that_has_passed_is_not_used(channel, fresh_from, late, expected):
    step = {
        "key": "ask",
        "kind": "email",
        "name": "Ask",
        "ask": True,
        "if_held": "wait",
        "content": make_content(),
        "freshness_hours": 2,
        "fresh_from": fresh_from,
    }
    campaign = make_mail_campaign(steps=[step])
    message = make_due_message(campaign, created_at=NOW + timedelta(hours=1))

    send_due(NOW + late)

    assert outcome(message) == expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [withdraw, suppress, never, snooze])
def test_a_stop_waits_for_a_hand_over_that_has_been_decided(act):
    contact = make_reachable_contact()
    message = make_due_message(contact=contact)
    preferences.snooze(contact_id=contact.pk, days=90, now=NOW)
    preferences.resume(contact_id=contact.pk, now=NOW)

    def act_in_time():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 300")
            act(contact)
        except OperationalError:
            return "waits"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor() as others:
        with transaction.atomic():
            hand_over.lock(message)
            during = others.submit(act_in_time).result()
        after = others.submit(act_in_time).result()

    assert (during, after) == ("waits", "done")


def test_in_quiet_hours_it_waits_for_the_morning(channel):
    contact = make_reachable_contact(time_zone="America/New_York")
    message = make_due_message(contact=contact)
    night = NOW.replace(hour=4)

    send_due(night + timedelta(days=1))

    assert outcome(message) == (State.QUEUED, "quiet_hours")
    assert message.due_at == (night + timedelta(days=1)).replace(hour=13)
    assert Ask.objects.get().refunded_at is None


def test_what_comes_too_late_is_not_sent(channel):
    message = make_due_message(created_at=NOW - timedelta(hours=49))

    send_due()

    assert outcome(message) == (State.CANCELED, "stale")
    assert Ask.objects.get().refunded_at == NOW


def test_a_changed_address_is_written_to_at_once(channel, monkeypatch):
    message = make_due_message()
    make_letter = send.make_letter

    def move_while_rendering(*args, **kwargs):
        letter = make_letter(*args, **kwargs)
        Contact.objects.filter(pk=message.contact_id).update(email="new@example.com")
        return letter

    monkeypatch.setattr(send, "make_letter", move_while_rendering)
    send_due()
    monkeypatch.undo()
    assert outcome(message) == (State.QUEUED, "")

    monkeypatch.setattr("campaigns.messaging.send.make_channel", lambda kind: channel)
    send_due()

    assert [letter.to for letter in channel.letters] == ["new@example.com"]
    message.refresh_from_db()
    assert message.address == "new@example.com"


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (withdraw, (State.CANCELED, "unsubscribed")),
        (suppress, (State.CANCELED, "suppressed")),
        (never, (State.CANCELED, "never")),
        (snooze, (State.CANCELED, "snoozed")),
        (stop, (State.CANCELED, "campaign_stopped")),
        (pause, (State.QUEUED, "campaign_paused")),
        (convert, (State.CANCELED, "exited_goal")),
    ],
)
def test_a_stop_wins_while_the_message_before_is_being_handed_over(
    channel, act, expected
):
    campaign = make_mail_campaign()
    first, second = make_due_message(campaign), make_due_message(campaign)
    channel.on_send = lambda letter: act(second.contact)

    send_due()

    assert [letter.to for letter in channel.letters] == [first.contact.email]
    assert outcome(first) == (State.ACCEPTED, "")
    assert outcome(second) == expected


def test_a_look_that_is_old_is_taken_again(channel, monkeypatch):
    campaign = make_mail_campaign(
        goal={"condition": {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}}
    )  # fmt: skip
    first, second = make_due_message(campaign), make_due_message(campaign)
    monkeypatch.setattr(send, "LOOK_LASTS", timedelta(seconds=-1))

    def reach_goal(letter):
        Contact.objects.filter(pk=second.contact_id).update(attributes={"plan": "pro"})

    channel.on_send = reach_goal
    send_due()

    assert outcome(first) == (State.ACCEPTED, "")
    assert outcome(second) == (State.CANCELED, "exited_goal")


def test_waiting_for_the_morning_is_no_attempt(channel):
    contact = make_reachable_contact(time_zone="America/New_York")
    message = make_due_message(contact=contact)

    send_due(NOW.replace(hour=4) + timedelta(days=1))

    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.QUEUED, 0)


@pytest.mark.django_db(transaction=True)
def test_what_was_accepted_is_noted_though_the_next_hand_over_fails(
    channel, monkeypatch
):
    campaign = make_mail_campaign()
    first, second = make_due_message(campaign), make_due_message(campaign)
    may_hand_over = hand_over.passes

    def passes(message, look, *, now):
        if channel.letters:
            raise RuntimeError("a bug of ours")
        return may_hand_over(message, look, now=now)

    monkeypatch.setattr(hand_over, "passes", passes)

    with pytest.raises(RuntimeError, match="a bug of ours"):
        send_due()

    assert outcome(first) == (State.ACCEPTED, "")
    assert (outcome(second), second.attempts) == ((State.QUEUED, ""), 0)
    assert second.due_at == NOW + send.SERVER_DOWN
    assert Ask.objects.get(pk=first.ask_id).delivered_at == NOW
