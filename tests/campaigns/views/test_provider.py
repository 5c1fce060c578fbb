"""What providers tell of our mails, in their own words; once, signed, and with consequences."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import (
    Ask,
    AskBudget,
    Enrollment,
    Message,
    MessageFact,
    MessageTag,
)
from config.mail_provider import anymail_settings, webhook_of
from contacts.models import Consent, Suppression
from tests.factories.messages import make_due_message

pytestmark = pytest.mark.django_db

URL = "/webhooks/email"
BASIC = "hook:secret"
KEY = "key-for-signing"
State = Message.State


def configure(settings, provider):
    settings.EMAIL_PROVIDER = provider
    settings.EMAIL_WEBHOOK = webhook_of(provider)
    settings.ANYMAIL = anymail_settings(
        provider,
        api_key="k",
        webhook_secret="" if provider == "mailgun" else BASIC,
        signing_key=KEY if provider == "mailgun" else "",
        api_url="",
        domain="",
    )


@pytest.fixture
def postmark(settings):
    configure(settings, "postmark")


@pytest.fixture
def mailgun(settings):
    configure(settings, "mailgun")


@pytest.fixture
def sparkpost(settings):
    configure(settings, "sparkpost")


def make_sent(**changes):
    """A mail that the provider took an hour ago."""
    left = timezone.now() - timedelta(hours=1)
    values = {"state": State.ACCEPTED, "handed_over_at": left, "finished_at": left}
    message = make_due_message(**values | changes)
    MessageTag.objects.create(
        tag=message.tag, contact_id=message.contact_id, message_id=message.pk
    )
    day = left.date()
    AskBudget.objects.create(
        contact_id=message.contact_id, last_asked_on=day, next_on=day + timedelta(90)
    )
    Ask.objects.update(delivered_at=left)
    return message


def tell(client, body, basic=BASIC):
    """Post JSON as a provider that proves itself with a name and a password."""
    token = b64encode(basic.encode()).decode()
    return client.post(
        URL,
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Basic {token}"},
    )


def tell_mailgun(client, event, key=KEY, token="t" * 50):
    """Post an event as Mailgun does, which signs it."""
    timestamp = str(int(timezone.now().timestamp()))
    signature = hmac.new(
        key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256
    ).hexdigest()
    block = {"token": token, "timestamp": timestamp, "signature": signature}
    return client.post(
        URL,
        json.dumps({"signature": block, "event-data": event}),
        content_type="application/json",
    )


def at(minutes):
    return timezone.now() + timedelta(minutes=minutes)


def delivery(message, **changes):
    """Postmark's report of a delivery."""
    return {
        "RecordType": "Delivery",
        "ServerID": 23,
        "MessageStream": "outbound",
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Recipient": message.address,
        "Tag": "welcome-email",
        "DeliveredAt": at(-59).isoformat(),
        "Details": "Test delivery webhook details",
        "Metadata": {"greenlight_tag": message.tag},
    } | changes


def bounce(message, **changes):
    """Postmark's report of a bounce."""
    return {
        "RecordType": "Bounce",
        "ID": 901542550,
        "Type": "HardBounce",
        "TypeCode": 1,
        "MessageID": "2706ee8a-737c-4285-b032-ccd317af53ed",
        "Description": "The server was unable to deliver your message (ex: unknown user).",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Email": message.address,
        "BouncedAt": at(-58).isoformat(),
        "DumpAvailable": True,
        "Inactive": True,
        "CanActivate": True,
        "Subject": "Hi",
        "Metadata": {"greenlight_tag": message.tag},
    } | changes


def kinds():
    return list(MessageFact.objects.order_by("pk").values_list("kind", flat=True))


def test_a_delivery_is_a_fact_and_told_twice_counts_once(client, postmark):
    message = make_sent()
    body = delivery(message)

    answers = [tell(client, body).status_code for _ in range(2)]

    fact = MessageFact.objects.get()
    assert answers == [200, 200]
    assert (fact.kind, fact.source, fact.message_id) == (
        "delivered",
        "postmark",
        message.pk,
    )
    assert fact.happened_at.isoformat() == body["DeliveredAt"]
    assert Ask.objects.get().delivered_at == message.finished_at


def test_a_delivery_settles_what_nobody_knew(client, postmark):
    message = make_sent(state=State.UNKNOWN)
    Ask.objects.update(delivered_at=None)

    tell(client, delivery(message))

    message.refresh_from_db()
    assert message.state == State.ACCEPTED
    assert Ask.objects.get().delivered_at is not None


def test_a_hard_bounce_silences_the_address_and_gives_back_the_unit(client, postmark):
    message = make_sent()

    for _ in range(2):
        tell(client, bounce(message))

    message.refresh_from_db()
    ask = Ask.objects.get()
    assert (message.state, message.cause) == (State.REFUSED, "bounced")
    assert message.details.startswith("smtp;550 5.1.1")
    assert (ask.delivered_at, ask.refunded_at is None) == (None, False)
    assert AskBudget.objects.get().next_on is None
    assert Suppression.objects.get().reason == Suppression.Reason.BOUNCED
    assert kinds() == ["bounced"]


def test_a_bounce_between_two_rungs_calls_the_next_one(client, postmark):
    message = make_sent()
    Enrollment.objects.update(
        step_key="ask", visit=message.visit, due_at=at(60), state="active"
    )

    tell(client, bounce(message))

    enrollment, ask = Enrollment.objects.get(), Ask.objects.get()
    assert enrollment.due_at <= timezone.now()
    assert (ask.refunded_at, ask.delivered_at) == (None, None)


def test_who_has_seen_it_was_reached_whatever_bounces(client, postmark):
    message = make_sent()
    Ask.objects.update(viewed_at=at(-30))

    tell(client, bounce(message))

    ask = Ask.objects.get()
    assert (ask.refunded_at, ask.delivered_at) == (None, message.finished_at)


def test_a_soft_bounce_is_only_a_fact(client, postmark):
    message = make_sent()

    tell(client, bounce(message, Type="SoftBounce", TypeCode=4096))
    tell(client, bounce(message, ID=2, Type="Transient", TypeCode=2))

    message.refresh_from_db()
    assert (message.state, kinds()) == (State.ACCEPTED, ["bounced_soft", "deferred"])
    assert not Suppression.objects.exists()


def test_a_complaint_silences_the_address(client, postmark):
    message = make_sent()

    tell(client, bounce(message, RecordType="SpamComplaint", Type="SpamComplaint"))

    assert Suppression.objects.get().reason == Suppression.Reason.COMPLAINED
    assert (kinds(), Ask.objects.get().refunded_at) == (["complained"], None)


def test_who_unsubscribes_there_is_unsubscribed_here(client, postmark):
    message = make_sent()

    tell(
        client,
        {
            "RecordType": "SubscriptionChange",
            "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
            "Recipient": message.address,
            "ChangedAt": at(-5).isoformat(),
            "Origin": "Recipient",
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
            "Metadata": {"greenlight_tag": message.tag},
        },
    )

    assert Consent.objects.get().state == "withdrawn"
    assert kinds() == ["unsubscribed"]


@pytest.mark.parametrize(
    ("agent", "minutes", "kind"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0", -30, "opened"),
        ("Barracuda Sentinel (EE)", -30, "opened_machine"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0",
            -60,
            "opened_machine",
        ),
    ],
)
def test_machines_are_told_from_people(client, postmark, agent, minutes, kind):
    message = make_sent()

    tell(
        client,
        {
            "RecordType": "Open",
            "FirstOpen": True,
            "UserAgent": agent,
            "Recipient": message.address,
            "ReceivedAt": at(minutes).isoformat(),
            "MessageID": "883953f4",
            "Metadata": {"greenlight_tag": message.tag},
        },
    )

    assert kinds() == [kind]
    assert Ask.objects.get().viewed_at is None


@pytest.mark.parametrize("basic", ["hook:wrong", ":", "hook:secret2"])
def test_who_does_not_know_the_secret_is_refused(client, postmark, basic):
    message = make_sent()

    assert tell(client, bounce(message), basic=basic).status_code == 400
    assert (kinds(), Suppression.objects.count()) == ([], 0)


def test_what_is_not_ours_is_taken_and_changes_nothing(client, postmark):
    message = make_sent()

    for metadata in ({}, {"greenlight_tag": "nothing"}):
        assert tell(client, delivery(message, Metadata=metadata)).status_code == 200

    assert kinds() == []


def test_somebody_is_there(client, postmark):
    assert client.head(URL).status_code == 200
    assert client.get(URL).status_code == 405


def test_without_a_provider_nobody_is(client):
    assert client.post(URL).status_code == 404


def failed(message, **changes):
    """Mailgun's report of a failure."""
    return {
        "severity": "permanent",
        "tags": [],
        "storage": {"url": "https://se.api.mailgun.net/v3/x", "key": "y"},
        "log-level": "error",
        "id": "pl271FzxTTmGRW8Uj3dUWw",
        "event": "failed",
        "reason": "suppress-bounce",
        "timestamp": at(-50).timestamp(),
        "delivery-status": {
            "attempt-no": 1,
            "message": "",
            "code": 605,
            "description": "Not delivering to previously bounced address",
        },
        "recipient": message.address,
        "recipient-domain": "example.com",
        "message": {"headers": {"message-id": "x@example.org", "to": "a", "from": "b"}},
        "flags": {"is-test-mode": False},
        "user-variables": {"greenlight_tag": message.tag},
    } | changes


def test_mailgun_signs_a_failure(client, mailgun):
    message = make_sent()

    assert tell_mailgun(client, failed(message), key="wrong").status_code == 400
    assert tell_mailgun(client, failed(message)).status_code == 200
    assert tell_mailgun(client, failed(message)).status_code == 200

    assert (kinds(), Suppression.objects.count()) == (["bounced"], 1)


def test_mailgun_fails_for_now(client, mailgun):
    message = make_sent()

    tell_mailgun(client, failed(message, severity="temporary", reason="generic"))

    assert (kinds(), Suppression.objects.count()) == (["deferred"], 0)


def test_mailgun_sees_machines_click(client, mailgun):
    message = make_sent()
    clicked = failed(
        message,
        event="clicked",
        url="https://example.com/",
        ip="8.8.8.8",
        **{"client-info": {"bot": "gmail", "user-agent": "Mozilla/5.0 Chrome/142"}},
    )

    tell_mailgun(client, clicked)

    assert kinds() == ["clicked_machine"]


def sparkpost_event(message, kind, **changes):
    """One event of a batch of SparkPost's."""
    fields = {
        "type": kind,
        "event_id": f"{kind}{message.pk}",
        "message_id": "m1",
        "rcpt_meta": {"greenlight_tag": message.tag},
        "rcpt_to": message.address,
        "timestamp": str(int(at(-50).timestamp())),
    }
    wrapper = "track_event" if kind == "open" else "message_event"
    return {"msys": {wrapper: fields | changes}}


def test_sparkpost_tells_several_at_once(client, sparkpost):
    one, other, gone, full = (make_sent() for _ in range(4))

    response = tell(
        client,
        [
            {"msys": {}},
            sparkpost_event(one, "delivery"),
            sparkpost_event(
                other, "open", user_agent="Mozilla/5.0", is_prefetched=True
            ),
            sparkpost_event(gone, "bounce", bounce_class="10", raw_reason="550 no"),
            sparkpost_event(full, "bounce", bounce_class="22", raw_reason="452 full"),
        ],
    )

    assert response.status_code == 200
    assert kinds() == ["delivered", "opened_machine", "bounced", "bounced_soft"]
    assert Suppression.objects.count() == 1
