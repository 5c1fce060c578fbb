import pytest

from campaigns.messaging import send, unknown
from campaigns.models import Ask, Message
from contacts.models import Event
from tests.factories.contacts import make_user
from tests.factories.messages import NOW, make_due_message

pytestmark = pytest.mark.django_db

State = Message.State


def test_it_arrived():
    message = make_due_message(state=State.UNKNOWN, cause="outcome_unknown")

    unknown.mark_arrived(message=message, user=make_user(username="mia"), now=NOW)

    message.refresh_from_db()
    assert (message.state, message.cause, message.details) == (
        State.ACCEPTED,
        "",
        "Marked as arrived by mia",
    )
    assert Ask.objects.get().delivered_at == NOW
    assert Event.objects.get(name="ask_delivered").contact_id == message.contact_id


def test_the_person_opened_its_page():
    message = make_due_message(state=State.UNKNOWN)

    unknown.mark_arrived(message=message, user=None, now=NOW)

    message.refresh_from_db()
    assert message.details == "The person opened its page"


def test_send_it_again(channel):
    message = make_due_message(state=State.UNKNOWN, attempts=1, lease_owner="dead")

    unknown.send_again(message=message, user=make_user(username="mia"), now=NOW)
    send.send_due(owner="me", clock=lambda: NOW)

    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.ACCEPTED, 2)
    assert [letter.tag for letter in channel.letters] == [message.tag]


def test_only_one_decision_counts(channel):
    message = make_due_message(state=State.UNKNOWN)
    user = make_user()
    unknown.mark_arrived(message=message, user=user, now=NOW)

    with pytest.raises(unknown.NotUnknown):
        unknown.send_again(message=message, user=user, now=NOW)
    with pytest.raises(unknown.NotUnknown):
        unknown.mark_arrived(message=message, user=user, now=NOW)

    assert send.send_due(owner="me", clock=lambda: NOW) == 0
    assert list(unknown.unknown_messages()) == []
