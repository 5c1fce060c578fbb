import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contacts.models import InboxBody
from contacts.tracking.messages import Message, read_body
from contacts.tracking.plain import EVENTS
from contacts.tracking.reasons import BodyRefused
from tests.contacts.tracking.client import ask, kept
from tests.factories.tracking import make_key

NOW = datetime(2026, 3, 4, 10, 15, tzinfo=UTC)
ORDER = {
    "event": "order_completed",
    "email": "ana@example.com",
    "at": "2026-03-01T08:00:00Z",
    "properties": {"total": 99.5},
    "id": "order-1001",
}


def read(document):
    return read_body(
        json.dumps(document).encode(),
        encoding="",
        route=EVENTS,
        source_id=7,
        uid=UUID(int=1),
        received_at=NOW,
    )


def test_event_becomes_the_message_that_a_client_would_send():
    (message,) = read(ORDER)

    assert (message.kind, message.name, message.message_id) == (
        "track",
        "order_completed",
        "order-1001",
    )
    assert (message.user_id, message.email) == ("", "ana@example.com")
    assert message.occurred_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert message.properties == {"total": 99.5}
    assert message.flags == ()
    assert not message.is_historical
    assert message.payload == {
        "type": "track",
        "event": "order_completed",
        "timestamp": "2026-03-01T08:00:00Z",
        "properties": {"total": 99.5},
        "messageId": "order-1001",
        "context": {"traits": {"email": "ana@example.com"}},
    }


@pytest.mark.parametrize(
    "document",
    [
        [{**ORDER, "id": "1"}, {**ORDER, "id": "2"}],
        {"events": [{**ORDER, "id": "1"}, {**ORDER, "id": "2"}]},
    ],
)
def test_several_come_as_a_list(document):
    assert [message.message_id for message in read(document)] == ["1", "2"]


def test_user_id_comes_before_the_email():
    (message,) = read({**ORDER, "user_id": 42})

    assert (message.user_id, message.email) == ("42", "")


def test_traits_without_an_event_say_who_somebody_is():
    (message,) = read(
        {"user_id": "u1", "email": "ana@example.com", "traits": {"plan": "pro"}}
    )

    assert (message.kind, message.user_id, message.email) == (
        "identify",
        "u1",
        "ana@example.com",
    )
    assert message.traits == {"plan": "pro", "email": "ana@example.com"}


def test_what_is_historical_is_so_one_by_one():
    late, live = read([{**ORDER, "historical": True}, {**ORDER, "id": "2"}])

    assert (late.is_historical, live.is_historical) == (True, False)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"properly": {}}, "unknown_field"),
        ({"at": "yesterday"}, "bad_time"),
        ({"email": 5}, "bad_identifier"),
        ({"email": None}, "no_identifier"),
        ({"event": ""}, "no_name"),
        ({"event": None}, "no_name"),
        ({"properties": []}, "bad_properties"),
        ({"traits": []}, "bad_properties"),
    ],
)
def test_what_is_not_understood_is_refused_alone(changes, reason):
    bad, good = read([{**ORDER, **changes}, ORDER])

    assert bad.reason == reason
    assert isinstance(good, Message)


def test_what_is_no_object_is_refused_alone():
    bad, good = read([5, ORDER])

    assert (bad.reason, good.message_id) == ("not_an_object", "order-1001")


@pytest.mark.parametrize(
    ("document", "reason"),
    [("x", "body_not_an_object"), ({"events": {}}, "no_batch")],
)
def test_request_that_holds_no_events_is_refused(document, reason):
    with pytest.raises(BodyRefused) as refused:
        read(document)

    assert refused.value.reason == reason


@pytest.mark.django_db
def test_server_sends_with_the_key_as_a_bearer():
    key = make_key(kind="server")
    body = json.dumps([ORDER, {**ORDER, "at": "soon"}]).encode()

    reply = ask("/v1/events", body, HTTP_AUTHORIZATION=f"Bearer {key}")

    assert (reply.status, reply.json) == (
        200,
        {
            "success": True,
            "rejected": [
                {
                    "index": 1,
                    "reason": "bad_time",
                    "message": "Its time can't be read. Write it like "
                    "2026-03-04T10:15:00Z. It is 'soon'.",
                }
            ],
        },
    )
    assert kept() == [("events", body)]


@pytest.mark.django_db
def test_key_may_stand_beside_the_events():
    body = json.dumps({"writeKey": make_key(), "events": [ORDER]}).encode()

    assert ask("/v1/events", body).status == 200
    assert ask("/v1/events", json.dumps(ORDER).encode()).status == 401
    assert InboxBody.objects.count() == 1
