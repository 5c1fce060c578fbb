"""Asks that another system delivers: text messages, between the mail and the task."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.asks.answer import answer_ask
from campaigns.flows.edits import new_step
from campaigns.messaging import outbox, unknown
from campaigns.messaging.send import send_due
from campaigns.models import (
    Answer,
    Ask,
    AskBudget,
    Enrollment,
    Hold,
    Message,
    MessageFact,
)
from contacts import consents
from contacts.models import Consent, Suppression
from contacts.outgoing.signed import secrets_of
from contacts.outgoing.signing import check_signature, signed_headers
from tests.factories.campaigns import NOW, make_contact
from tests.factories.connections import make_connection
from tests.factories.contacts import make_user
from tests.factories.flows import enroll_in, place_of, story_of, walk

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
TEXT = "Hi {{ contact.first_name }}, {{ ask.url }}"


def deliver(now=NOW):
    return send_due(owner="worker", clock=lambda: now, lane=outbox.ELSEWHERE)


def ask_step(connection, channel="sms", **changes):
    way = {
        "hours": 48,
        "channel": channel,
        "connection": connection.pk,
        "address": "phone",
        "variants": {"en": {"text": TEXT}, "de": {"text": "Hallo, {{ ask.url }}"}},
    }
    values = {"key": "ask", "by_email": False, "passed_on": way}
    return new_step("email", **values | changes)


def make_person(channel="sms", **changes):
    contact = make_contact(
        **{"first_name": "Ada", "attributes": {"phone": " +49 170 1 "}, **changes}
    )
    consents.grant([contact.pk], channel=channel, source="test", statement="", now=NOW)
    return contact


def ask_by_text(there, **changes):
    contact = make_person()
    enroll_in([ask_step(there.connection, **changes)], contact)
    walk()
    return contact, Message.objects.get(channel="sms")


def test_a_text_is_handed_to_who_delivers_it(there):
    contact, message = ask_by_text(there)
    assert (message.state, message.address) == ("queued", "+49 170 1")

    deliver()

    [came] = there.requests
    known = secrets_of(there.connection, now=NOW)
    check_signature(known, headers=came.headers, body=came.body, now=NOW)
    told = json.loads(came.body)
    url = told["data"]["ask"]["url"]
    assert url.endswith("?via=sms")
    assert told["type"] == "message.send"
    drawn = {"ask": None, "referral_link": None, "unsubscribe_url": None}
    assert told["data"] | drawn == {
        "channel": "sms",
        "language": "en",
        "text": f"Hi Ada, {url}",
        "contact": {"id": contact.pk, "user_ids": [], "email": contact.email},
        "ask": None,
        "referral_link": None,
        "unsubscribe_url": None,
        "report_to": f"http://testserver/v1/connections/{there.connection.key}/reports",
        "to": "+49 170 1",
        "parts": 1,
    }
    message.refresh_from_db()
    ask = Ask.objects.get()
    assert (message.state, ask.delivered_at) == ("accepted", NOW)
    assert story_of(contact) == [("ask", "asked")]
    assert AskBudget.objects.get().last_asked_on == NOW.date()


def test_everybody_gets_it_in_his_language(there):
    contact = make_person(locale="de-AT")
    enroll_in([ask_step(there.connection)], contact)
    walk()

    deliver()

    data = json.loads(there.requests[0].body)["data"]
    assert (data["language"], data["text"][:7]) == ("de", "Hallo, ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: Consent.objects.all().delete(), "no_consent"),
        (lambda one: Consent.objects.update(state="withdrawn"), "unsubscribed"),
        (lambda one: type(one).objects.update(attributes={}), "no_address"),
        (
            lambda one: consents.suppress(
                address=one.email, reason=Suppression.Reason.MANUAL, now=NOW
            ),
            "suppressed",
        ),
    ],
)
def test_who_may_not_be_texted_is_held(there, change, reason):
    contact = make_person()
    change(contact)
    enroll_in([ask_step(there.connection)], contact)

    walk()

    assert Hold.objects.get().reason == reason
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda one: Consent.objects.update(state="withdrawn"), "unsubscribed"),
        (lambda one: type(one).objects.update(attributes={}), "no_address"),
    ],
)
def test_it_is_looked_at_again_before_it_leaves(there, change, cause):
    contact, message = ask_by_text(there)
    change(contact)

    deliver()

    message.refresh_from_db()
    assert (message.state, message.cause, there.requests) == ("canceled", cause, [])
    assert Ask.objects.get().refunded_at == NOW


def test_nobody_is_woken_at_night(there):
    night = NOW.replace(hour=23)
    contact = make_person()
    enroll_in([ask_step(there.connection)], contact)
    walk()

    deliver(night)

    assert there.requests == []
    assert Message.objects.get().cause == "quiet_hours"


def test_it_comes_after_the_mail_and_before_the_task(there):
    contact = make_person()
    consents.grant([contact.pk], channel="email", source="t", statement="", now=NOW)
    consents.grant([contact.pk], channel="dm", source="t", statement="", now=NOW)
    task = {
        "hours": 24,
        "channel": "dm",
        "title": "T",
        "text": "T",
        "owner": {"rule": "anyone"},
        "due_days": 1,
    }
    enroll_in([ask_step(there.connection, by_email=True, task=task)], contact)
    walk()
    ways = Message.objects.order_by("pk").values_list("channel", flat=True)
    assert list(ways.all()) == ["email"]
    assert place_of(contact)[2] == NOW + 48 * HOUR
    Message.objects.update(state="accepted", finished_at=NOW)

    walk(NOW + 48 * HOUR)
    deliver(NOW + 48 * HOUR)
    assert list(ways.all()) == ["email", "sms"]
    assert len(there.requests) == 1
    walk(NOW + 72 * HOUR)

    assert list(ways.all()) == ["email", "sms", "dm"]
    assert Ask.objects.count() == 1


def test_an_answer_takes_back_what_has_not_left(there):
    contact, message = ask_by_text(there)

    answer_ask(ask=Ask.objects.get(), answer=Answer.NOT_NOW, now=NOW)
    deliver()

    message.refresh_from_db()
    assert (message.state, message.cause, there.requests) == (
        "canceled",
        "answered",
        [],
    )


def test_without_an_answer_nobody_knows_and_it_is_never_sent_again_by_itself(there):
    there.answers = [lambda handler: handler.connection.close(), 200]
    _, message = ask_by_text(there)

    deliver()
    deliver(NOW + HOUR)

    message.refresh_from_db()
    assert (message.state, len(there.requests)) == ("unknown", 1)
    unknown.send_again(message=message, user=make_user(), now=NOW + HOUR)
    deliver(NOW + HOUR)
    message.refresh_from_db()
    assert message.state == "accepted"
    first, second = there.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_a_sender_that_died_leaves_it_unknown(there):
    _, message = ask_by_text(there)
    Message.objects.update(
        state="handing_over", attempts=1, lease_owner="dead", lease_until=NOW
    )

    outbox.recover_deserted(now=NOW)
    deliver()

    message.refresh_from_db()
    assert (message.state, there.requests) == ("unknown", [])


def report(client, connection, body, name="rep_1", secret=None, **changes):
    raw = json.dumps(body).encode() if not isinstance(body, bytes) else body
    known = [secret] if secret else secrets_of(connection, now=NOW)
    headers = signed_headers(known, name=name, body=raw, now=timezone.now()) | changes
    return client.post(
        f"/v1/connections/{connection.key}/reports",
        raw,
        content_type="application/json",
        headers=headers,
    )


def told(kind, message, **data):
    return {"type": f"message.{kind}", "data": {"message": message.tag, **data}}


def test_what_became_of_it_is_told_once_in_any_order(there, client):
    _, message = ask_by_text(there)
    deliver()
    body = told("delivered", message)

    answers = [report(client, there.connection, body).json() for _ in range(3)]
    report(client, there.connection, told("unsubscribed", message), name="rep_0")

    assert [one["counted"] for one in answers] == [True, False, False]
    kinds = MessageFact.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["delivered", "unsubscribed"]
    consent = Consent.objects.get(channel="sms")
    assert consent.state == "withdrawn"


def test_a_text_that_could_not_be_delivered_gives_back_its_unit(there, client):
    contact, message = ask_by_text(there)
    deliver()

    report(client, there.connection, told("failed", message, details="no such number"))

    message.refresh_from_db()
    ask = Ask.objects.get()
    assert (message.state, message.cause, message.details) == (
        "refused",
        "rejected",
        "no such number",
    )
    assert (ask.delivered_at, ask.refunded_at is None) == (None, False)


def test_a_report_settles_what_was_unknown(there, client):
    _, message = ask_by_text(there)
    Message.objects.update(state="unknown")

    report(client, there.connection, told("delivered", message))

    message.refresh_from_db()
    assert message.state == "accepted"


@pytest.mark.parametrize(
    ("body", "changes", "status"),
    [
        (b"{}", {"secret": "whsec_AAAA"}, 401),
        (b"{}", {"webhook-timestamp": "1"}, 401),
        (b"[]", {}, 400),
        (b"no json", {}, 400),
        (b'{"type": "message.delivered"}', {}, 400),
        (b'{"type": "other", "data": {"message": "x"}}', {}, 400),
        (b'{"type": "message.delivered", "data": {"message": "x"}}', {}, 400),
        (b"[" * 5_000, {}, 400),
        (b" " * 20_000, {}, 400),
    ],
)
def test_what_is_no_report_of_theirs_is_refused(there, client, body, changes, status):
    assert report(client, there.connection, body, **changes).status_code == status


def test_nobody_tells_of_the_messages_of_another(there, client):
    _, message = ask_by_text(there)
    other = make_connection(name="Other", purpose="sms")

    assert report(client, other, told("delivered", message)).status_code == 400
    assert not MessageFact.objects.exists()


def test_a_moment_in_a_report_is_read_or_left_out(there, client):
    _, message = ask_by_text(there)
    deliver()
    moments = ["2026-11-20T12:00:01+00:00", "soon", "2026-13-01T00:00:00Z", 3]

    for number, moment in enumerate(moments):
        body = told("delivered", message) | {"timestamp": moment}
        report(client, there.connection, body, name=f"rep_{number}")

    first, *others = MessageFact.objects.order_by("pk")
    assert first.happened_at == NOW + timedelta(seconds=1)
    assert all(one.happened_at == one.noted_at for one in others)


def test_other_ways_need_no_number(there):
    there.connection.purpose = "push"
    there.connection.save()
    contact = make_person("push", attributes={})
    enroll_in([ask_step(there.connection, "push")], contact)
    walk()

    deliver()

    data = json.loads(there.requests[0].body)["data"]
    assert ("to" in data, "parts" in data, data["channel"]) == (False, False, "push")
    assert Enrollment.objects.get().state == "completed"
