import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.tracking.glance import glance
from contacts.tracking.messages import Message, read_body
from contacts.tracking.reasons import BodyRefused
from tests.factories.tracking import batch, track

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UID = UUID("11111111-1111-4111-8111-111111111111")

WORDS = st.sampled_from(
    [
        "",
        " ",
        "-1",
        "0",
        "0" * 32,
        "aaa",
        "undefined",
        "\u3000",
        "\0",
        "a",
        "日",
        "x" * 201,
        "x" * 255,
        "x" * 501,
        "\ud800",
        "null",
    ]
)
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.lists(st.none())
)
KINDS = ["track", "identify", "page", "screen", "group", "alias"]
ITEMS = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(st.sampled_from([*KINDS, "TRACK", "x"]), ODD),
            "event": st.one_of(st.just("Order Completed"), ODD),
            "userId": st.one_of(st.just("u1"), ODD),
            "anonymousId": ODD,
            "previousId": ODD,
            "groupId": ODD,
            "properties": st.one_of(st.just({"a": [1, {}]}), ODD),
            "traits": st.one_of(st.just({"email": "ana@example.com"}), ODD),
            "context": ODD,
            "messageId": ODD,
            "timestamp": ODD,
        },
    ),
    ODD,
)


def read(body, route):
    """What the close look says: None if the request is refused."""
    try:
        return read_body(
            body, encoding="", route=route, source_id=1, uid=UID, received_at=NOW
        )
    except BodyRefused:
        return None


@given(items=st.lists(ITEMS, max_size=4))
def test_what_the_quick_look_lets_pass_the_close_look_takes(items):
    body = json.dumps({"batch": items}).encode()

    seen = glance(body, route="batch")

    if seen:
        results = read(body, "batch")
        assert [type(result) for result in results] == [Message] * len(seen.items)


@given(item=ITEMS, route=st.sampled_from(KINDS))
def test_a_single_message_that_passes_is_taken(item, route):
    body = json.dumps(item).encode()

    seen = glance(body, route=route)

    if seen:
        assert [type(result) for result in read(body, route)] == [Message]


@pytest.mark.parametrize(
    ("route", "item"),
    [
        ("batch", track()),
        ("batch", track(userId=None, anonymousId=7)),
        ("batch", track(event="注文", userId="用户")),
        ("batch", {"type": "identify", "userId": "u", "traits": {"a": 1}}),
        ("batch", {"type": "page", "anonymousId": "a", "name": "Home"}),
        ("batch", {"type": "screen", "anonymousId": "a"}),
        ("batch", {"type": "group", "userId": "u", "groupId": 5}),
        ("batch", {"type": "alias", "userId": "u", "previousId": "a"}),
        ("track", {"event": "Order Completed", "userId": "u"}),
        ("identify", {"userId": "u"}),
    ],
)
def test_what_clients_usually_send_needs_no_close_look(route, item):
    body = batch(item, writeKey="k") if route == "batch" else {**item, "writeKey": "k"}
    body = body if isinstance(body, bytes) else json.dumps(body).encode()

    seen = glance(body, route=route)

    assert seen
    assert (seen.write_key, len(seen.items)) == ("k", 1)
    assert seen.names() == {item.get("event")}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"batch": {}}',
        b'{"batch": [5]}',
        b"[" * 100_000,
        batch(track(properties={"a": "x" * 600_000})),
        batch(*[track()] * 2_501),
        batch(track(properties=json.loads('{"a":' * 65 + "1" + "}" * 65))),
        batch(
            *[track(properties={"a": "x" * 30_000})] * 3,
            track(x=json.loads("[" * 70 + "]" * 70)),
        ),
    ],
)
def test_a_doubt_calls_for_the_close_look(body):
    assert glance(body, route="batch") is None
