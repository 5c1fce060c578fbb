import gzip
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import msgspec
import pytest

from contacts.tracking.messages import Message, Refusal, read_body

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
UID = UUID("11111111-1111-4111-8111-111111111111")
USUAL = {"type": "track", "event": "Order Completed", "userId": "u1", "messageId": "m1"}


def read(*items, route="batch", **options):
    """Read messages as a request brings them."""
    shared = options.pop("shared", {})
    body = {"batch": list(items), **shared} if route == "batch" else items[0]
    return read_body(
        json.dumps(body).encode(),
        encoding="",
        route=route,
        source_id=7,
        uid=UID,
        received_at=NOW,
        **options,
    )


def read_one(route="batch", shared=None, options=None, **fields):
    """Read one message that is in order but for these fields."""
    item = {name: value for name, value in {**USUAL, **fields}.items() if value != ...}
    (result,) = read(item, route=route, shared=shared or {}, **(options or {}))
    return result


def refusal_of(**fields):
    result = read_one(**fields)
    assert isinstance(result, Refusal), result
    return result.reason, result.details


def test_a_message_is_read_whole():
    item = {
        **USUAL,
        "anonymousId": "a1",
        "writeKey": "secret",
        "timestamp": "2026-03-01T11:59:00Z",
        "properties": {"total": 12.5},
        "context": {"locale": "de"},
        "integrations": {},
    }
    shared = {
        "writeKey": "secret",
        "sentAt": "2026-03-01T12:00:00Z",
        "context": {"locale": "en", "library": {"name": "x"}},
        "timestamp": "2020-01-01T00:00:00Z",
    }

    assert read(item, shared=shared) == [
        Message(
            source_id=7,
            message_id="m1",
            kind="track",
            name="Order Completed",
            user_id="u1",
            anonymous_id="a1",
            previous_id="",
            group_id="",
            properties={"total": 12.5},
            traits={},
            context={"locale": "de", "library": {"name": "x"}},
            occurred_at=NOW - timedelta(minutes=1),
            received_at=NOW,
            sent_at=NOW,
            flags=(),
            payload={
                **USUAL,
                "anonymousId": "a1",
                "timestamp": "2026-03-01T11:59:00Z",
                "sentAt": "2026-03-01T12:00:00Z",
                "properties": {"total": 12.5},
                "context": {"locale": "de", "library": {"name": "x"}},
                "integrations": {},
            },
        )
    ]


def test_the_payload_reads_as_the_message_itself():
    first = read_one(
        shared={"sentAt": "2026-03-01T11:00:00Z", "context": {"a": 1}},
        timestamp="2026-03-01T10:00:00Z",
        messageId=...,
    )

    second = read_one(**first.payload)

    assert second == msgspec.structs.replace(first, flags=())


def test_gzip_is_read_whatever_the_encoding_says():
    body = gzip.compress(json.dumps({"batch": [USUAL]}).encode())

    (message,) = read_body(
        body, encoding="gzip", route="batch", source_id=7, uid=UID, received_at=NOW
    )

    assert message.message_id == "m1"


@pytest.mark.parametrize("kind", ["track", "identify", "page", "screen"])
def test_the_address_says_the_type_where_the_message_does_not(kind):
    assert read_one(route=kind, type=...).kind == kind


def test_the_message_itself_says_its_type_first():
    assert read_one(route="track", type="Identify").kind == "identify"


def test_pages_and_screens_are_events_with_their_names_as_properties():
    page = read_one(type="page", name="Home", category="Docs", properties={"name": "x"})
    screen = read_one(type="screen", name="Start", category=3)

    assert (page.name, page.properties) == (
        "Page Viewed",
        {"name": "x", "category": "Docs"},
    )
    assert (screen.name, screen.properties) == ("Screen Viewed", {"name": "Start"})


def test_identify_takes_traits_from_the_context_if_it_has_none():
    traits = {"email": " ana@example.com "}

    own = read_one(type="identify", traits={"a": 1}, context={"traits": traits})
    other = read_one(type="identify", context={"traits": traits})
    track = read_one(context={"traits": traits})

    assert (own.traits, own.email) == ({"a": 1}, "")
    assert (other.traits, other.email) == (traits, "ana@example.com")
    assert (track.traits, track.email) == ({}, "")


def test_an_address_alone_says_whose_it_is():
    traits = {"email": "ana@example.com"}

    identify = read_one(type="identify", userId=..., traits=traits)
    track = read_one(userId=None, context={"traits": traits})

    assert [identify.email, track.email] == ["ana@example.com"] * 2


def test_group_and_alias_name_the_other_id():
    group = read_one(type="group", groupId=500, traits={"name": "Acme"})
    alias = read_one(type="alias", previousId="a1")
    bare = read_one(type="alias", anonymousId="a2")

    assert (group.group_id, group.previous_id) == ("500", "")
    assert (alias.previous_id, alias.group_id) == ("a1", "")
    assert (bare.previous_id, bare.anonymous_id) == ("", "a2")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (42, "42"),
        (42.0, "42"),
        (0.5, "0.5"),
        (12345678901234567890123, "12345678901234567890123"),
        (True, "true"),
        ("", ""),
        ("  ", ""),
        (None, ""),
        (" u 1 ", " u 1 "),
        ("日本", "日本"),
    ],
)
def test_ids_become_text(value, text):
    assert read_one(anonymousId=value).anonymous_id == text


def test_a_missing_message_id_is_made_the_same_each_time():
    first = read({**USUAL, "messageId": None}, {**USUAL, "messageId": " "})
    again = read({**USUAL, "messageId": None}, {**USUAL, "messageId": " "})

    assert [(message.message_id, message.flags) for message in first] == [
        (str(uuid5(UID, "0")), ("generated_id",)),
        (str(uuid5(UID, "1")), ("generated_id",)),
    ]
    assert first == again


def test_long_message_ids_are_hashed():
    longest = read_one(messageId="x" * 100)
    longer = read_one(messageId="x" * 101)

    assert (longest.message_id, longest.flags) == ("x" * 100, ())
    assert (len(longer.message_id), longer.flags) == (64, ("long_id",))
    assert longer.payload["messageId"] == "x" * 101


@pytest.mark.parametrize(
    ("fields", "occurred_at", "flags"),
    [
        ({}, NOW, ()),
        ({"timestamp": "2026-03-01T11:00:00Z"}, NOW - timedelta(hours=1), ()),
        # RudderStack tells the client's time as originalTimestamp.
        (
            {"originalTimestamp": "2026-03-01T10:00:00Z", "timestamp": "2026-02-01"},
            NOW - timedelta(hours=2),
            (),
        ),
        ({"timestamp": "2027-03-01T11:00:00Z"}, NOW, ("clamped",)),
        ({"timestamp": "soon"}, NOW, ("undated",)),
        # The message's own time of sending wins over the batch's.
        (
            {"timestamp": "2026-03-01T09:00:00Z", "sentAt": "2026-03-01T10:00:00Z"},
            NOW - timedelta(hours=1),
            (),
        ),
    ],
)
def test_a_message_happened_by_our_clock(fields, occurred_at, flags):
    message = read_one(shared={"sentAt": "2026-03-01T12:00:00Z"}, **fields)

    assert (message.occurred_at, message.flags) == (occurred_at, flags)


def test_what_can_not_be_stored_is_repaired_in_its_message_only():
    body = b"""{"batch": [
        {"type": "track", "event": "A", "userId": "u\\u0000", "messageId": "1",
         "properties": {"n": NaN, "s": "\\ud800"}},
        {"type": "track", "event": "B", "userId": "u", "messageId": "2"}]}"""

    bad, good = read_body(
        body, encoding="", route="batch", source_id=7, uid=UID, received_at=NOW
    )

    assert (bad.user_id, bad.properties, bad.flags) == (
        "u",
        {"n": None, "s": "\ufffd"},
        ("repaired",),
    )
    assert good.flags == ()


def test_the_address_of_a_person_is_noted_and_that_of_a_server_is_not():
    def ip(is_public, **fields):
        options = {"ip_address": "192.0.2.1", "is_public": is_public}
        return read_one(options=options, **fields).context.get("ip")

    assert ip(True) == "192.0.2.1"
    assert ip(True, context={"ip": "198.51.100.1"}) == "198.51.100.1"
    assert ip(False) is None
    assert ip(False, context={"direct": True}) == "192.0.2.1"


def test_large_messages_are_flagged_and_larger_ones_refused():
    small, large, huge = read(
        {**USUAL, "properties": {"x": "y" * 30_000}},
        {**USUAL, "properties": {"x": "y" * 40_000}},
        {**USUAL, "properties": {"x": "y" * 600_000}, "messageId": "m3"},
    )

    assert (small.flags, large.flags) == ((), ("oversize",))
    assert (huge.reason, huge.details, huge.message_id) == (
        "too_large",
        "It has 600,095 bytes.",
        "m3",
    )
    assert (huge.payload["size"], len(huge.payload["start"])) == (600_095, 2_000)


def test_deep_messages_are_refused():
    def nest(levels):
        return json.loads('{"a":' * levels + "1" + "}" * levels)

    fine, deep, absurd = read(
        {**USUAL, "properties": nest(63)},
        {**USUAL, "properties": nest(64)},
        {**USUAL, "properties": nest(500)},
    )

    assert isinstance(fine, Message)
    assert (deep.reason, absurd.reason) == ("too_deep", "too_deep")
    assert deep.payload["event"] == "Order Completed"


def test_a_batch_has_its_limit():
    results = read(*({**USUAL, "messageId": str(number)} for number in range(5_001)))

    kinds = [type(result) for result in results]
    assert kinds == [Message] * 2_500 + [Refusal] * 2_500
    assert {(result.reason, result.details) for result in results[2_500:]} == {
        ("too_many", "The request has 5,001.")
    }
    assert results[2_500].message_id == "2500"


@pytest.mark.parametrize(
    ("fields", "reason", "details"),
    [
        ({"type": None}, "no_type", ""),
        ({"type": "tracks"}, "unknown_type", "It is 'tracks'."),
        ({"type": ["track"]}, "unknown_type", "It is a list."),
        ({"type": 7}, "unknown_type", "It is '7'."),
        ({"event": ...}, "no_name", ""),
        ({"event": ""}, "no_name", ""),
        ({"event": " \t"}, "no_name", ""),
        ({"event": "\0"}, "no_name", ""),
        ({"event": 5}, "bad_name", "It is '5'."),
        ({"event": {"a": 1}}, "bad_name", "It is an object."),
        ({"event": "x" * 201}, "name_too_long", f"It begins with '{'x' * 50}'."),
        ({"userId": None}, "no_identifier", ""),
        ({"userId": {}}, "bad_identifier", "userId is an object."),
        ({"anonymousId": ["a"]}, "bad_identifier", "anonymousId is a list."),
        ({"userId": "x" * 255}, "identifier_too_long", "userId has 255."),
        ({"properties": [1]}, "bad_properties", "properties is a list."),
        ({"traits": "x" * 99}, "bad_properties", f"traits is '{'x' * 57}…'."),
        ({"type": "group"}, "no_group", ""),
        (
            {"type": "group", "groupId": "x" * 501},
            "identifier_too_long",
            "groupId has 501.",
        ),
        ({"type": "alias"}, "no_previous_id", ""),
        ({"type": "alias", "userId": "", "previousId": "a"}, "no_identifier", ""),
    ],
)
def test_a_message_is_refused_with_its_reason(fields, reason, details):
    assert refusal_of(**fields) == (reason, details)


@pytest.mark.parametrize(
    ("item", "details"),
    [
        (5, "It is '5'."),
        (None, "It is null."),
        ("x", "It is 'x'."),
        ([], "It is a list."),
    ],
)
def test_what_is_no_message_is_refused_alone(item, details):
    refused, taken = read(item, USUAL)

    assert refused == Refusal(
        source_id=7,
        index=0,
        message_id=str(uuid5(UID, "0")),
        kind="",
        name="",
        reason="not_an_object",
        details=details,
        received_at=NOW,
        payload=item,
    )
    assert taken.message_id == "m1"


def test_a_refusal_keeps_what_is_known_of_the_message_and_no_key():
    result = read_one(userId=None, type="TRACK", writeKey="secret")

    assert (result.kind, result.name, result.message_id) == (
        "track",
        "Order Completed",
        "m1",
    )
    assert result.payload == {**USUAL, "type": "TRACK", "userId": None}


def test_a_context_that_is_none_is_left_out():
    shared = read_one(shared={"context": ["x"]})
    own = read_one(context="x", shared={"context": {"a": 1}})
    deep = read_one(shared={"context": json.loads('{"a":' * 80 + "1" + "}" * 80)})

    assert [message.context for message in (shared, own, deep)] == [{}, {"a": 1}, {}]
