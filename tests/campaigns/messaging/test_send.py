from datetime import timedelta

import pytest

from campaigns.channels.base import ChannelError, OutcomeUnknown
from campaigns.channels.causes import Cause
from campaigns.messaging import outbox, send
from campaigns.models import Ask, Campaign, Message
from contacts import background
from contacts.models import Contact, Event, Suppression
from contacts.tokens import read_token
from referrals.models import Advocate
from tests.factories.messages import (
    NOW,
    make_content,
    make_due_message,
    make_mail_campaign,
    make_reachable_contact,
)

pytestmark = pytest.mark.django_db

State = Message.State


def send_due(now=NOW, owner="me"):
    return send.send_due(owner=owner, clock=lambda: now)


def outcome(message):
    message.refresh_from_db()
    return (message.state, message.cause)


def test_a_message_leaves_and_its_ask_is_delivered(channel, settings):
    settings.SITE_URL = "https://shop.example"
    settings.DEFAULT_FROM_EMAIL = "The Shop <shop@example.com>"
    settings.POSTAL_ADDRESS = "1 Main Street\nSpringfield"
    contact = make_reachable_contact(email="ada@example.com", first_name="Ada")
    message = make_due_message(contact=contact)

    assert send_due() == 1

    advocate = Advocate.objects.get(contact=contact)
    (letter,) = channel.letters
    unsubscribe = letter.headers["List-Unsubscribe"]
    assert (letter.to, letter.from_name, letter.subject, letter.tag) == (
        "ada@example.com",
        "Fernweh Coffee",
        "Hi Ada",
        message.tag,
    )
    assert f"Your link: https://shop.example/r/{advocate.code}" in letter.text
    assert "Fernweh Coffee · 1 Main Street, Springfield" in letter.text
    assert unsubscribe.startswith("<https://shop.example/unsubscribe/")
    token = unsubscribe.rsplit("/", 1)[1].rstrip(">")
    assert read_token("unsubscribe", token) == (contact.pk, message.pk)
    assert {**letter.headers, "List-Unsubscribe": ""} == {
        "List-Unsubscribe": "",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    message.refresh_from_db()
    assert (
        message.state,
        message.details,
        message.subject,
        message.handed_over_at,
    ) == (
        State.ACCEPTED,
        "250 taken",
        "Hi Ada",
        NOW,
    )
    assert Ask.objects.get().delivered_at == NOW
    event = Event.objects.get(name="ask_delivered")
    assert (event.contact_id, event.key) == (contact.pk, str(message.ask_id))


def test_sending_again_sends_nothing_again(channel):
    make_due_message()

    assert [send_due(), send_due(), send_due()] == [1, 0, 0]
    assert len(channel.letters) == 1


def test_what_is_not_due_waits(channel):
    make_due_message(due_at=NOW + timedelta(seconds=1))

    assert send_due() == 0
    assert outbox.due_to_send(NOW).count == 0


def test_due_to_send_counts_what_a_sender_may_take():
    first = make_due_message(due_at=NOW - timedelta(hours=1))
    make_due_message()
    make_due_message(make_mail_campaign(state=Campaign.State.PAUSED))

    backlog = outbox.due_to_send(NOW)

    assert (backlog.count, backlog.oldest) == (2, first.due_at)


def test_due_to_send_counts_no_further_than_anybody_needs_to_know(monkeypatch):
    monkeypatch.setattr(background, "MOST_COUNTED", 2)
    for minutes in range(3):
        make_due_message(due_at=NOW - timedelta(minutes=minutes))

    backlog = outbox.due_to_send(NOW)

    assert (backlog.count, backlog.oldest) == (2, NOW - timedelta(minutes=2))


def test_messages_of_a_paused_campaign_wait(channel):
    message = make_due_message(make_mail_campaign(state=Campaign.State.PAUSED))

    assert send_due() == 0
    assert outcome(message) == (State.QUEUED, "")


def test_each_is_rendered_in_the_contacts_language(channel):
    content = make_content()
    content["variants"]["de"] = content["variants"]["en"] | {"subject": "Hallo"}
    content["compiled"]["de"] = content["compiled"]["en"]
    campaign = make_mail_campaign(content=content)
    for locale in ("de-AT", "fr", ""):
        make_due_message(campaign, contact=make_reachable_contact(locale=locale))

    send_due()

    assert sorted(letter.subject for letter in channel.letters) == [
        "Hallo",
        "Hi friend",
        "Hi friend",
    ]


def test_try_later_is_tried_later_and_alone(channel):
    message = make_due_message()
    channel.errors[message.address] = ChannelError(
        Cause.TRY_LATER, permanent=False, details="451 later"
    )

    send_due()

    assert outcome(message) == (State.QUEUED, "try_later")
    assert (message.due_at, message.attempts, message.details) == (
        NOW + timedelta(minutes=1),
        1,
        "451 later",
    )
    assert Ask.objects.get().refunded_at is None
    channel.errors.clear()
    assert send_due() == 0
    assert send_due(NOW + timedelta(minutes=1)) == 1
    assert outcome(message) == (State.ACCEPTED, "")


def test_the_wait_grows_up_to_two_hours():
    minutes = [
        send.delay_after(attempt).total_seconds() / 60 for attempt in (1, 2, 3, 12)
    ]

    assert minutes == [1, 2, 4, 120]


def test_too_many_attempts_end_it(channel):
    message = make_due_message(attempts=send.MOST_TRIES - 1)
    channel.errors[message.address] = ChannelError(Cause.TRY_LATER, permanent=False)

    send_due()

    assert outcome(message) == (State.FAILED, "too_often")
    assert Ask.objects.get().refunded_at == NOW


def test_a_refusal_ends_it_and_gives_the_unit_back(channel):
    message = make_due_message()
    channel.errors[message.address] = ChannelError(
        Cause.REFUSED, permanent=True, details="554 no"
    )

    send_due()

    assert outcome(message) == (State.REFUSED, "refused")
    assert Ask.objects.get().refunded_at == NOW
    assert not Suppression.objects.exists()


def test_an_address_that_does_not_exist_is_suppressed(channel):
    message = make_due_message()
    channel.errors[message.address] = ChannelError(
        Cause.ADDRESS_UNKNOWN, permanent=True, details="550 5.1.1 who?"
    )

    send_due()

    assert outcome(message) == (State.REFUSED, "address_unknown")
    suppression = Suppression.objects.get()
    assert (suppression.address, suppression.reason, suppression.details) == (
        message.address,
        "bounced",
        "550 5.1.1 who?",
    )


@pytest.mark.parametrize(
    "error", [OutcomeUnknown("connection lost"), RuntimeError("a bug of ours")]
)
def test_an_unknown_outcome_is_shown_and_never_sent_again(channel, error):
    message = make_due_message()
    channel.errors[message.address] = error

    send_due()
    channel.errors.clear()

    assert [send_due(NOW + timedelta(days=days)) for days in range(3)] == [0, 0, 0]
    assert outcome(message) == (State.UNKNOWN, "outcome_unknown")
    ask = Ask.objects.get()
    assert (ask.refunded_at, ask.delivered_at) == (None, None)


def test_a_mail_that_fails_for_one_contact_does_not_stop_the_others(channel):
    content = make_content(subject="{{ 1 | divided_by: contact.attributes.n }}")
    campaign = make_mail_campaign(content=content)
    bad = make_due_message(
        campaign, contact=make_reachable_contact(attributes={"n": 0})
    )
    good = make_due_message(
        campaign, contact=make_reachable_contact(attributes={"n": 1})
    )

    send_due()

    assert outcome(bad) == (State.FAILED, "content_invalid")
    assert bad.details == "divided_by: can't divide by 0"
    assert outcome(good) == (State.ACCEPTED, "")
    assert list(Ask.objects.exclude(refunded_at=None)) == [
        Ask.objects.get(pk=bad.ask_id)
    ]


def test_an_error_of_ours_in_one_letter_does_not_stop_the_others(channel, monkeypatch):
    campaign = make_mail_campaign()
    bad, good = make_due_message(campaign), make_due_message(campaign)
    make_letter = send.make_letter

    def stumble(message, *args, **kwargs):
        if message.pk == bad.pk:
            raise KeyError("color")
        return make_letter(message, *args, **kwargs)

    monkeypatch.setattr(send, "make_letter", stumble)

    assert send_due() == 2

    assert outcome(bad) == (State.FAILED, "content_invalid")
    assert bad.details == "KeyError('color')"
    assert outcome(good) == (State.ACCEPTED, "")


def test_an_error_before_any_letter_leaves_nothing_parked(channel, monkeypatch):
    message = make_due_message()

    def stumble(*args, **kwargs):
        raise KeyError("program")

    monkeypatch.setattr(send, "advocates_of", stumble)

    with pytest.raises(KeyError):
        send_due()

    assert (outcome(message), message.attempts) == ((State.QUEUED, ""), 0)
    assert message.due_at == NOW + send.SERVER_DOWN


def test_a_subject_of_which_nothing_is_left_fails(channel):
    content = make_content(subject="{{ contact.attributes.gone }}")
    message = make_due_message(make_mail_campaign(content=content))

    send_due()

    assert outcome(message) == (State.FAILED, "content_invalid")


def test_a_step_that_the_version_lacks_fails(channel):
    message = make_due_message(step_key="gone")

    send_due()

    assert outcome(message) == (State.FAILED, "content_invalid")


def test_a_name_can_not_add_a_header(channel):
    contact = make_reachable_contact()
    Contact.objects.filter(pk=contact.pk).update(
        first_name="Ada\r\nBcc: all@example.com"
    )
    make_due_message(contact=contact)

    send_due()

    assert channel.letters[0].subject == "Hi Ada Bcc: all@example.com"


def test_a_server_that_is_down_makes_all_wait_and_costs_no_attempt(channel):
    messages = [make_due_message() for _ in range(3)]
    channel.closed = ChannelError(Cause.NOT_CONNECTED, permanent=False)

    assert send_due() == 0

    for message in messages:
        assert outcome(message) == (State.QUEUED, "")
        assert (message.attempts, message.due_at) == (0, NOW + send.SERVER_DOWN)


def test_the_rate_is_shared_by_the_senders(channel, settings, monkeypatch):
    settings.MESSAGES_PER_SECOND, settings.TASK_WORKERS = 4, 4
    slept = []
    monkeypatch.setattr(send.time, "sleep", slept.append)
    make_due_message()
    make_due_message()

    send_due()

    assert slept == [0.5, 0.5]
    assert send.batch_size() == 20
    settings.MESSAGES_PER_SECOND = 0
    assert send.batch_size() == send.BATCH


def test_a_message_that_is_no_ask_carries_no_answers(channel):
    content = make_content(
        blocks=[{"kind": "text", "text": "News {{ ask.url }}"}, {"kind": "answers"}]
    )
    message = make_due_message(make_mail_campaign(content=content), ask_id=None)

    send_due()

    assert outcome(message) == (State.ACCEPTED, "")
    assert "/ask/" not in channel.letters[0].text
    assert not Event.objects.filter(name="ask_delivered").exists()


def test_a_claim_that_was_taken_over_is_left_alone(channel):
    message = make_due_message()

    def take_over(letter):
        Message.objects.update(attempts=5, lease_owner="another")

    channel.on_send = take_over
    send_due()

    assert outcome(message) == (State.HANDING_OVER, "")
    assert Ask.objects.get().delivered_at is None


@pytest.mark.parametrize("what", ["render", "recheck"])
def test_a_claim_that_is_lost_before_handing_over_sends_nothing(
    channel, monkeypatch, what
):
    content = make_content(
        subject="{{ 1 | divided_by: 0 }}" if what == "render" else "Hi"
    )
    message = make_due_message(make_mail_campaign(content=content))
    make_letter = send.make_letter

    def take_over(*args, **kwargs):
        Message.objects.update(attempts=5, lease_owner="another")
        return make_letter(*args, **kwargs)

    monkeypatch.setattr(send, "make_letter", take_over)
    send_due()

    assert channel.letters == []
    assert outcome(message) == (State.CLAIMED, "")
