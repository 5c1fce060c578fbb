import base64
import contextlib
import gzip
import io
import json

import pytest
from django.conf import settings
from django.db import connection, transaction

from contacts import sources
from contacts.models import InboxBody, Receipt, WriteKey
from contacts.tracking import take
from tests.contacts.tracking.client import ask, kept
from tests.factories.contacts import NOW
from tests.factories.tracking import batch, make_key, make_source, track

pytestmark = pytest.mark.django_db


def shown(key, place):
    """The ways in which clients show their key."""
    plain = json.dumps(track()).encode()
    code = base64.b64encode(key.encode()).decode()
    ways = {
        "basic": ("/v1/t", plain, {"key": key}),
        "basic without colon": (
            "/v1/t",
            plain,
            {"HTTP_AUTHORIZATION": f"basic {code}"},
        ),
        "basic without padding": (
            "/v1/t",
            plain,
            {"HTTP_AUTHORIZATION": f"Basic {code.rstrip('=')}"},
        ),
        "top of the batch": ("/v1/batch", batch(track(), writeKey=key), {}),
        "first of the batch": ("/v1/b", batch(track(writeKey=key), track()), {}),
        "body": ("/v1/t", json.dumps(track(writeKey=key)).encode(), {}),
        "query": ("/v1/t", plain, {"query": f"writeKey={key}"}),
        "query of a batch": ("/v1/b", batch(track()), {"query": f"writeKey={key}"}),
        "bearer and body": (
            "/v1/batch",
            batch(track(), writeKey=key),
            {"HTTP_AUTHORIZATION": "Bearer token"},
        ),
        "broken basic and body": (
            "/v1/batch",
            batch(track(), writeKey=key),
            {"HTTP_AUTHORIZATION": "Basic \xe9"},
        ),
    }
    return ways if place is ... else ways[place]


@pytest.mark.parametrize("place", shown("", ...))
def test_the_key_is_found_wherever_it_is_shown(place):
    path, body, options = shown(make_key(), place)

    reply = ask(path, body, **options)

    assert (reply.status, len(kept())) == (200, 1)


def test_the_key_outside_wins():
    source, other = make_source(), make_source()
    body = batch(track(), writeKey=make_key(source=other))

    ask("/v1/batch", body, key=make_key(source=source))

    assert InboxBody.objects.get().source == source


def large(place, key):
    """A large body, with the key where clients write it."""
    items = [track(properties={"text": "x" * 20_000}) for _ in range(5)]
    if place == "first message":
        items[0]["writeKey"] = key
        return batch(*items)
    if place == "beginning":
        return json.dumps({"writeKey": key, "batch": items}).encode()
    return batch(*items, writeKey=key, context={"of": ["x"] * 100})


@pytest.mark.parametrize("place", ["first message", "beginning", "end"])
def test_the_key_is_found_in_a_large_body(place):
    body = large(place, make_key())

    assert ask("/v1/batch", body).status == 200
    assert ask("/v1/batch", gzip.compress(body)).status == 200
    assert len(kept()) == 2


@pytest.mark.parametrize(
    ("body", "query", "code"),
    [
        (large("end", ""), "", "no_key"),
        (large("end", "glw_unknown"), "", "unknown_key"),
        (large("end", ""), "writeKey=glw_unknown", "unknown_key"),
    ],
)
def test_a_large_body_of_nobody_is_not_read(monkeypatch, body, query, code):
    monkeypatch.setattr(take, "_take_text", None)

    assert ask("/v1/batch", body, query=query).json["code"] == code


def test_a_large_body_with_the_key_beside_it_is_kept():
    assert ask("/v1/b", large("end", ""), query=f"writeKey={make_key()}").status == 200
    assert len(kept()) == 1


def test_another_key_in_a_large_body_does_not_count():
    source, other = make_source(), make_source()
    noise = {"writeKey": make_key(source=other)}
    items = [track(properties={**noise, "text": "x" * 40_000}) for _ in range(3)]

    ask("/v1/batch", batch(*items, writeKey=make_key(source=source)))

    assert InboxBody.objects.get().source == source


def test_a_large_body_waits_its_turn_before_it_is_read(monkeypatch, settings):
    settings.TRACKING_REQUESTS_PER_SECOND = 1
    body = large("end", make_key())
    # Each counts once.
    replies = [ask("/v1/batch", body).status for _ in range(2)]
    monkeypatch.setattr(take, "_take_text", None)

    assert [*replies, ask("/v1/batch", body).status] == [200, 200, 429]


@pytest.mark.parametrize(
    ("options", "code"),
    [({}, "no_key"), ({"key": "glw_unknown"}, "unknown_key")],
)
def test_without_a_valid_key_nothing_is_kept(options, code):
    reply = ask("/v1/batch", batch(track()), **options)

    assert (reply.status, reply.json["code"], kept()) == (401, code, [])
    assert set(reply.json) == {"success", "code", "message"}
    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.reason, receipt.source) == ("rejected", code, None)
    assert set(receipt.payload) == {"route", "size"}


def test_a_revoked_key_is_refused_and_a_disabled_source_too():
    source = make_source()
    first = make_key(source=source)
    sources.revoke_key(key=WriteKey.objects.get(), user=None, now=NOW)
    second = make_key(source=source)

    assert ask("/v1/t", b"{}", key=first).status == 401
    assert ask("/v1/batch", batch(track()), key=second).status == 200
    sources.disable_source(source=source, user=None, now=NOW)
    assert ask("/v1/batch", batch(track()), key=second).status == 401


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "application/x-www-form-urlencoded", ""],
)
@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "", "identity"])
@pytest.mark.parametrize("is_packed", [True, False])
def test_the_body_is_read_whatever_the_headers_say(content_type, encoding, is_packed):
    body = batch(track())
    body = gzip.compress(body) if is_packed else body

    reply = ask(
        "/v1/batch",
        body,
        key=make_key(),
        CONTENT_TYPE=content_type,
        HTTP_CONTENT_ENCODING=encoding,
    )

    assert (reply.status, kept()) == (200, [("batch", body)])


def test_bad_messages_are_told_one_by_one_and_the_rest_is_kept():
    body = batch(track(), track(userId=None), 5, track(event=""))

    reply = ask("/v1/batch", body, key=make_key())

    assert (reply.status, kept()) == (200, [("batch", body)])
    assert reply.json == {
        "success": True,
        "rejected": [
            {
                "index": 1,
                "reason": "no_identifier",
                "message": "It does not say whose it is: there is no id, or one like “null”.",
            },
            {
                "index": 2,
                "reason": "not_an_object",
                "message": "It is not an object with fields. It is '5'.",
            },
            {
                "index": 3,
                "reason": "no_name",
                "message": "The event has no name.",
            },
        ],
    }


def test_the_list_of_rejected_messages_is_bounded():
    reply = ask("/v1/batch", batch(*range(150)), key=make_key())

    assert (len(reply.json["rejected"]), reply.json["rejected_count"]) == (100, 150)


def test_an_empty_batch_is_fine_and_leaves_nothing():
    assert ask("/v1/batch", batch(), key=make_key()).json == {"success": True}
    assert kept() == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b"a=b&c=d", 400, "bad_json"),
        (b"[1", 400, "bad_json"),
        (b"5", 400, "body_not_an_object"),
        (b"{}", 400, "no_batch"),
        (b"\x1f\x8bx", 400, "bad_gzip"),
        (gzip.compress(b"x" * 6_000_000), 413, "body_too_large"),
        (b"[" * 100_000, 400, "body_too_deep"),
    ],
)
def test_a_body_that_is_none_is_refused_with_its_reason(body, status, code):
    source = make_source()
    key = make_key(source=source)

    replies = [ask("/v1/batch", body, key=key) for _ in range(3)]

    assert [(reply.status, reply.json["code"]) for reply in replies] == [
        (status, code)
    ] * 3
    assert kept() == []
    receipt = Receipt.objects.get()
    assert (receipt.source, receipt.state, receipt.reason, receipt.copies) == (
        source,
        "rejected",
        code,
        2,
    )


def test_other_compressions_are_refused():
    reply = ask("/v1/batch", b"x", key=make_key(), HTTP_CONTENT_ENCODING="br")

    assert (reply.status, reply.json["code"]) == (400, "unsupported_encoding")


def test_receipts_of_refused_requests_hold_no_key():
    key = make_key()

    ask("/v1/batch", f'{{"writeKey": "{key}"'.encode(), key=key)

    assert Receipt.objects.get().payload == {
        "route": "batch",
        "size": 16 + len(key) - 1,
        "body": '{"writeKey": "…"',
    }


class Stream(io.RawIOBase):
    """A client that sends zeros without end, in small pieces."""

    def __init__(self):
        self.sent = 0

    def read(self, size=-1):
        size = min(size, 100_000)
        self.sent += size
        return b"0" * size


@pytest.mark.parametrize("length", ["50000000000", "6000000", ""])
def test_a_request_that_is_too_large_is_not_read_to_its_end(length):
    stream = Stream()
    options = {"CONTENT_LENGTH": length, "wsgi.input_terminated": True}

    reply = ask("/v1/batch", key=make_key(), stream=stream, **options)

    assert (reply.status, reply.json["code"]) == (413, "body_too_large")
    assert reply.headers["Connection"] == "close"
    assert stream.sent <= 2 * settings.TRACKING_BODY_BYTES + 100_000
    assert Receipt.objects.get().reason == "body_too_large"


def test_a_body_without_a_length_is_read_if_the_server_ends_it():
    body = batch(track())
    options = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}

    assert ask("/v1/batch", body, key=make_key(), **options).status == 200
    assert kept() == [("batch", body)]


def test_a_body_without_a_length_is_none_where_nobody_ends_it():
    reply = ask("/v1/batch", batch(track()), key=make_key(), CONTENT_LENGTH="")

    assert reply.json["code"] == "bad_json"


def test_who_hangs_up_in_the_middle_breaks_nothing():
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise ConnectionResetError

    reply = ask("/v1/t", key=make_key(), stream=Broken(), CONTENT_LENGTH="9")

    assert (reply.status, kept()) == (400, [])


@pytest.mark.django_db(transaction=True)
def test_a_body_is_kept_after_the_driver_took_back_what_was_prepared():
    key = make_key()
    first = ask("/v1/t", json.dumps(track()).encode(), key=key)
    line = connection.connection
    line.execute("SELECT 1", prepare=True)
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        Receipt.objects.exists()
        raise ZeroDivisionError

    second = ask("/v1/t", json.dumps(track()).encode(), key=key)

    assert [first.status, second.status] == [200, 200]
    assert connection.connection is line
    assert InboxBody.objects.count() == 2
