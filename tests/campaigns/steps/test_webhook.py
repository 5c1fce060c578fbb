"""Steps that tell another system about a person, through the outbox."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database

from campaigns.flows.edits import new_step
from campaigns.messaging import outbox
from campaigns.messaging.send import send_due
from campaigns.models import Enrollment, Message, MessageTag
from campaigns.steps.webhook import WebhookStep
from contacts.models import Event, Identifier
from contacts.outgoing.signed import secrets_of
from contacts.outgoing.signing import check_signature
from tests.factories.campaigns import NOW, make_contact
from tests.factories.connections import make_connection, make_webhook, webhook_step
from tests.factories.flows import enroll_in, place_of, story_of, walk
from tests.receiver import receiver

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WAIT = {"amount": 2, "unit": "days"}


def deliver(now=NOW, owner="worker"):
    return send_due(owner=owner, clock=lambda: now, lane=outbox.ELSEWHERE)


@pytest.fixture
def there(settings):
    """The other system, and a connection to it."""
    settings.OUTGOING_HOSTS = ["localhost"]
    with receiver() as found:
        found.connection = make_connection(url=found.url)
        yield found


def test_the_other_system_is_told_with_a_signature_that_it_can_check(there):
    contact = make_contact(
        email="ada@example.com",
        first_name="Ada",
        attributes={"plan": "pro", "secret": "no"},
    )
    Identifier.objects.create(kind="user_id", value="u1", contact=contact)
    event = Event.objects.create(
        contact=contact,
        name="order_completed",
        key="k",
        occurred_at=NOW - DAY,
        received_at=NOW,
        properties={"total": 12},
    )
    step = webhook_step(
        there.connection,
        name="CRM",
        fields=["email", "first_name", "referral_link"],
        attributes=["plan", "missing"],
    )
    campaign = enroll_in([step], contact, name="Ask")
    Enrollment.objects.update(moment_key=f"event:{event.pk}")
    walk()
    assert story_of(contact) == [("tell", "told")]

    assert deliver() == 1

    [came] = there.requests
    message = Message.objects.get()
    name = check_signature(
        secrets_of(there.connection, now=NOW),
        headers=came.headers,
        body=came.body,
        now=NOW,
    )
    assert (name, came.headers["content-type"]) == (message.tag, "application/json")
    told = json.loads(came.body)
    link = told["data"]["contact"].pop("referral_link")
    assert "?c=webhook" in link
    assert told == {
        "type": "campaign.step",
        "timestamp": "2026-11-20T12:00:00+00:00",
        "data": {
            "campaign": {"id": campaign.pk, "name": "Ask"},
            "step": {"key": "tell", "name": "CRM"},
            "enrollment": message.enrollment_id,
            "visit": 0,
            "moment": {
                "at": "2026-11-20T12:00:00+00:00",
                "key": f"event:{event.pk}",
                "event": {
                    "name": "order_completed",
                    "at": "2026-11-19T12:00:00+00:00",
                    "properties": {"total": 12},
                },
            },
            "contact": {
                "id": contact.pk,
                "user_ids": ["u1"],
                "email": "ada@example.com",
                "first_name": "Ada",
                "attributes": {"plan": "pro", "missing": None},
            },
        },
    }
    assert (message.state, message.details, message.ask_id) == ("accepted", "200", None)
    assert MessageTag.objects.get().tag == message.tag


def test_one_run_of_a_step_is_told_once(there):
    message = make_webhook(there.connection)
    Enrollment.objects.update(state="active", step_key="tell", visit=0, due_at=NOW)
    message.contact.steprun_set.all().delete()
    walk()
    deliver()
    deliver()

    assert len(there.requests) == Message.objects.count() == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_it_is_tried_again_with_the_same_name(there, status):
    there.answers = [status, 200]
    message = make_webhook(there.connection)
    deliver()
    message.refresh_from_db()
    assert (message.state, message.cause, message.attempts) == (
        "queued",
        "try_later",
        1,
    )
    assert message.due_at == NOW + timedelta(minutes=1)

    deliver(message.due_at)

    first, second = there.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == message.tag
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("accepted", 2)


def test_it_waits_as_long_as_the_other_system_asks(there):
    there.answers = [(429, {"Retry-After": "600"}, b"slow down")]
    message = make_webhook(there.connection)

    deliver()

    message.refresh_from_db()
    assert message.due_at == NOW + timedelta(minutes=10)
    assert message.details == "429 slow down"


def test_no_answer_is_tried_again_too_for_the_other_side_knows_its_name(there):
    there.answers = [lambda handler: handler.connection.close(), 200]
    message = make_webhook(there.connection)
    deliver()
    message.refresh_from_db()
    assert (message.state, message.cause) == ("queued", "not_connected")

    deliver(message.due_at)

    message.refresh_from_db()
    assert message.state == "accepted"


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410, 422])
def test_what_is_refused_is_not_tried_again(there, status):
    there.answers = [(status, {"Location": "http://localhost/"}, b"no")]
    message = make_webhook(there.connection)

    deliver()

    message.refresh_from_db()
    assert (message.state, message.cause, message.details) == (
        "refused",
        "refused",
        f"{status} no",
    )


def test_it_is_given_up_after_many_attempts(there):
    there.answers = [500]
    message = make_webhook(there.connection)
    Message.objects.update(attempts=11)

    deliver()

    message.refresh_from_db()
    assert (message.state, message.cause) == ("failed", "too_often")


def test_a_system_that_is_down_is_tried_once_and_the_others_wait(there):
    there.answers = [503]
    people = [make_contact() for _ in range(3)]
    enroll_in([webhook_step(there.connection)], *people)
    walk()

    assert deliver() == 0

    assert len(there.requests) == 1
    rows = Message.objects.order_by("pk").values_list("attempts", "due_at")
    soon = NOW + timedelta(seconds=30)
    assert list(rows) == [(1, NOW + timedelta(minutes=1)), (0, soon), (0, soon)]


def test_one_system_that_is_down_does_not_hold_another(there):
    down = make_connection(name="Down", url="http://localhost:1/")
    for connection in (down, there.connection):
        make_webhook(connection)

    deliver()

    assert len(there.requests) == 1


def test_what_goes_over_a_connection_that_is_off_waits(there):
    message = make_webhook(there.connection)
    there.connection.disabled_at = NOW
    there.connection.save()

    deliver()

    message.refresh_from_db()
    assert (message.state, message.cause, message.attempts, there.requests) == (
        "queued",
        "connection_off",
        0,
        [],
    )
    there.connection.disabled_at = None
    there.connection.save()
    deliver(NOW + timedelta(minutes=10))
    message.refresh_from_db()
    assert message.state == "accepted"


def test_mail_and_webhooks_are_due_apart(there):
    make_webhook(there.connection)

    assert outbox.due_to_send(NOW).count == 0
    assert outbox.due_to_pass_on(NOW).count == 1
    assert send_due(owner="worker", clock=lambda: NOW) == 0
    assert deliver() == 1


def test_a_sender_that_died_is_followed_by_the_same_name(there):
    message = make_webhook(there.connection)
    Message.objects.update(
        state="handing_over", attempts=1, lease_owner="dead", lease_until=NOW
    )

    outbox.recover_deserted(now=NOW)
    deliver()

    message.refresh_from_db()
    assert (message.state, message.recoveries) == ("accepted", 1)
    assert [one.headers["webhook-id"] for one in there.requests] == [message.tag]


def test_a_webhook_that_kills_its_senders_is_given_up(there):
    message = make_webhook(there.connection)
    Message.objects.update(
        state="handing_over", recoveries=2, lease_owner="dead", lease_until=NOW
    )

    outbox.recover_deserted(now=NOW)

    message.refresh_from_db()
    assert (message.state, message.cause) == ("failed", "sender_died")


@pytest.mark.django_db(transaction=True)
def test_two_senders_tell_it_once(settings):
    settings.OUTGOING_HOSTS = ["localhost"]
    with receiver() as there:
        people = [make_contact() for _ in range(6)]
        enroll_in([webhook_step(make_connection(url=there.url))], *people)
        walk()

        def work(name):
            try:
                deliver(owner=name)
            finally:
                database.close()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, ["one", "two"]))

    names = [one.headers["webhook-id"] for one in there.requests]
    assert len(names) == len(set(names)) == 6


@pytest.mark.parametrize("state", ["converted", "exited"])
def test_who_has_left_the_flow_is_still_told_of(there, state):
    contact = make_contact(attributes={"plan": "free"})
    upgraded = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    part = {"converted": "goal", "exited": "exit"}[state]
    enroll_in(
        [webhook_step(there.connection), new_step("delay", key="later")],
        contact,
        **{part: {"condition": upgraded}},
    )
    walk()
    contact.attributes = {"plan": "pro"}
    contact.save()
    walk(NOW + DAY)
    assert place_of(contact)[0] == state

    deliver(NOW + DAY)

    assert len(there.requests) == 1


def test_a_campaign_that_is_paused_or_stopped_tells_nothing(there):
    message = make_webhook(there.connection)
    message.campaign.state = "paused"
    message.campaign.save()
    assert deliver() == 0

    message.campaign.state = "stopped"
    message.campaign.save()
    deliver()

    message.refresh_from_db()
    assert (message.state, message.cause) == ("canceled", "campaign_stopped")
    assert there.requests == []


def test_who_was_forgotten_is_not_told_of(there):
    message = make_webhook(there.connection)
    type(message.contact).objects.update(erased_at=NOW)

    deliver()

    message.refresh_from_db()
    assert (message.state, message.cause, there.requests) == ("canceled", "gone", [])


def test_after_a_long_pause_it_is_still_told(there):
    make_webhook(there.connection)

    deliver(NOW + 30 * DAY)

    assert len(there.requests) == 1


def test_the_card_says_who_is_told():
    connection = make_connection()

    assert [
        WebhookStep().describe(step)
        for step in (
            webhook_step(connection),
            webhook_step(connection, wait=WAIT),
            webhook_step(connection) | {"connection": None},
        )
    ] == [
        "Tell “Our CRM”",
        "Tell “Our CRM”; waits until it has taken it, for at most 2 days",
        "No connection yet",
    ]
