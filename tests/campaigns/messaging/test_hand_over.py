"""The instant before a message leaves, at which a stop still wins."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from campaigns.guardrails import budget
from campaigns.messaging import send
from campaigns.models import Ask, AskBudget, Campaign, Message
from contacts import consents
from contacts.models import Contact
from referrals import preferences
from tests.factories.messages import NOW, make_due_message, make_reachable_contact

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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [withdraw, suppress, never, snooze])
def test_a_stop_waits_for_a_hand_over_that_has_been_decided(act):
    contact = make_reachable_contact()
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
            send.lock_contact(contact.pk)
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
