"""An incident holds what is about to leave, for whom it concerns."""

from datetime import timedelta

import pytest

from campaigns.guardrails.incidents import close_incident, open_incident
from campaigns.messaging import send
from campaigns.models import Incident, Message
from contacts.models import Contact
from tests.factories.messages import NOW, make_due_message, make_reachable_contact

pytestmark = pytest.mark.django_db

State = Message.State
ON_PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def send_due(now=NOW):
    return send.send_due(owner="me", clock=lambda: now)


def outcome(message):
    message.refresh_from_db()
    return (message.state, message.cause)


@pytest.mark.parametrize(
    ("kind", "reason"), [("incident", "incident"), ("stop", "global_stop")]
)
def test_an_incident_holds_what_was_about_to_leave(channel, monkeypatch, kind, reason):
    message = make_due_message()
    look = send.look_at

    def open_after_the_look(*args, **kwargs):
        seen = look(*args, **kwargs)
        if not Incident.objects.exists():
            open_incident(
                title="Down", kind=kind, user=None, now=NOW, cool_down_hours=2
            )
        return seen

    monkeypatch.setattr(send, "look_at", open_after_the_look)

    send_due()

    assert channel.letters == []
    assert outcome(message) == (State.QUEUED, reason)
    spread = timedelta(minutes=message.contact_id % 60)
    assert message.due_at == NOW + timedelta(minutes=30) + spread

    incident = close_incident(incident=Incident.objects.get(), user=None, now=NOW)
    send_due(NOW + timedelta(hours=1, minutes=45))
    message.refresh_from_db()
    assert (len(channel.letters), message.due_at) == (0, incident.ends_at + spread)

    send_due(message.due_at)
    assert outcome(message) == (State.ACCEPTED, "")


def test_an_incident_that_concerns_others_holds_nobody_else(channel):
    message = make_due_message()
    open_incident(title="Down", scope=ON_PRO, user=None, now=NOW)

    send_due()

    assert outcome(message) == (State.ACCEPTED, "")


def test_who_comes_to_be_concerned_is_held(channel, monkeypatch):
    message = make_due_message()
    open_incident(title="Down", scope=ON_PRO, user=None, now=NOW)
    look = send.look_at

    def upgrade_after_the_look(*args, **kwargs):
        seen = look(*args, **kwargs)
        Contact.objects.filter(pk=message.contact_id).update(attributes={"plan": "pro"})
        return seen

    monkeypatch.setattr(send, "look_at", upgrade_after_the_look)

    send_due()

    assert outcome(message) == (State.QUEUED, "incident")


def test_a_mail_that_asks_for_nothing_is_held_by_a_stop_only(channel):
    contact = make_reachable_contact(attributes={"open_tickets": 1})
    message = make_due_message(contact=contact)
    Message.objects.update(ask_id=None)
    open_incident(title="Down", user=None, now=NOW)
    stop_all = open_incident(title="Stop", kind="stop", user=None, now=NOW)

    send_due()
    assert outcome(message) == (State.QUEUED, "global_stop")

    close_incident(incident=stop_all, user=None, now=NOW)
    send_due(message.due_at)
    assert outcome(message) == (State.ACCEPTED, "")
