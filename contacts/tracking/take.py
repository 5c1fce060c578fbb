"""Take what a client sends: find whose it is, look at it, keep it, and say so."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from contacts.sources import OpenSource, find_source
from contacts.tracking import inbox, refusals
from contacts.tracking.answers import ACCEPTED, Answer, accept, refuse
from contacts.tracking.bodies import GZIP_MAGIC, unpack
from contacts.tracking.envelopes import read_text
from contacts.tracking.glance import glance
from contacts.tracking.limits import Backlog, Limiter
from contacts.tracking.messages import Refusal, read_messages
from contacts.tracking.reasons import BodyRefused
from contacts.tracking.trust import RESERVED_NAME, reserved_names

# Encodings of a body that is none, or gzip under one of its names.
ENCODINGS = {"", "identity", "gzip", "x-gzip"}
# When to come again if the database is away.
AWAY_SECONDS = 5

# A body up to this size is read before its key is known; of a larger one these parts are
# searched for the key, which clients put first, last, or into the first message.
READ_UNKNOWN = 64 * 1024
HEAD = 48 * 1024
TAIL = 8 * 1024
WRITE_KEY = re.compile(rb'"writeKey"\s{0,9}:\s{0,9}"([^"\\]{1,200})"')
# Different keys that are tried at most.
TRIED = 3

log = logging.getLogger(__name__)
limiter = Limiter()
backlog = Backlog()


@dataclass(slots=True)
class Delivery:
    """A request with messages, as far as it is known before looking inside."""

    route: str
    body: bytes
    # The key that stands outside of the body, and the one to try if there is none in it.
    shown_key: str
    query_key: str
    encoding: str
    ip_address: str | None
    received_at: datetime
    # Made once, so that keeping the body twice does no harm.
    uid: UUID
    # The sources that were let in by keys of this request, so that it counts once.
    admitted: dict[str, OpenSource] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turned(Exception):
    """The request is answered, and nothing of it is kept."""

    answer: Answer


def make_delivery(
    *,
    route: str,
    body: bytes,
    shown_key: str = "",
    query_key: str = "",
    encoding: str = "",
    ip_address: str | None = None,
    now: datetime,
) -> Delivery:
    """Note what came, and when."""
    return Delivery(
        route=route,
        body=body,
        shown_key=shown_key,
        query_key=query_key,
        encoding=encoding,
        ip_address=ip_address,
        received_at=now,
        uid=uuid4(),
    )


def take(delivery: Delivery) -> Answer:
    """Keep what came and say so, or say why not; never raises for what came."""
    return answer_with_database(lambda: _take(delivery))


def refuse_unread(refusal: BodyRefused, delivery: Delivery) -> Answer:
    """Refuse a request whose body was not read; leave a receipt."""

    def leave_receipt() -> Answer:
        key = delivery.shown_key or delivery.query_key
        source = find_source(key, now=delivery.received_at) if key else None
        _note(refusal, delivery, source, b"")
        return refuse(refusal.reason, refusal.details)

    return answer_with_database(leave_receipt)


def answer_with_database(make_answer: Callable[[], Answer]) -> Answer:
    """
    Answer, with a new connection to the database if the one we had is broken.

    If it can't be reached at all, clients are asked to come again.
    """
    try:
        return make_answer()
    except inbox.AWAY as error:
        log.warning("The connection to the database is replaced: %s", error)
        connection.close()
    try:
        return make_answer()
    except inbox.AWAY as error:
        log.error("Clients are asked to come again, the database fails: %s", error)
        connection.close()
        return refuse("unavailable", retry_after=AWAY_SECONDS)


def _take(delivery: Delivery) -> Answer:
    """Let the sender in, unpack, and take what is inside."""
    source, text = None, delivery.body
    try:
        # A key outside of the body is checked before anything is unpacked.
        if delivery.shown_key:
            source = _let_in(delivery.shown_key, delivery)
        if delivery.encoding not in ENCODINGS:
            raise BodyRefused("unsupported_encoding", f"It is {delivery.encoding!r}.")
        text = unpack(delivery.body, limit=settings.TRACKING_BODY_BYTES)
        if source is None and len(text) > READ_UNKNOWN:
            _check_ahead(text, delivery)
        return _take_text(text, delivery, source)
    except BodyRefused as refusal:
        _note(refusal, delivery, source, text)
        return refuse(refusal.reason, refusal.details)
    except Turned as turned:
        return turned.answer


def _take_text(text: bytes, delivery: Delivery, source: OpenSource | None) -> Answer:
    """Keep a body that a glance accepts; look closer at others."""
    seen = glance(text, route=delivery.route)
    if seen:
        key, items = seen.write_key, seen.items
        if source is None and (key or delivery.route != "batch" or not items):
            source = _let_in(key or delivery.query_key, delivery)
        if source and (source.is_trusted or seen.names().isdisjoint(reserved_names())):
            if items:
                _keep(delivery, source)
            return ACCEPTED
    envelope, items = read_text(text, route=delivery.route)
    if source is None:
        source = _let_in(envelope.write_key or delivery.query_key, delivery)
    if not items:
        return ACCEPTED
    rejected = _find_rejected(items, envelope, delivery, source)
    _keep(delivery, source)
    return accept(rejected)


def _check_ahead(text: bytes, delivery: Delivery) -> None:
    """
    See that somebody known sent a large body, before it is read.

    Whose it is, reading it says; another key that stands there does not count.

    :raises BodyRefused: if no key is found that may send
    :raises Turned: if it has to wait
    """
    places = (text[:HEAD], text[max(HEAD, len(text) - TAIL) :])
    shown = (
        key.decode("utf-8", "replace")
        for place in places
        for key in WRITE_KEY.findall(place)
    )
    keys = list(dict.fromkeys(shown))
    tried = [*keys[:TRIED], *keys[TRIED:][-1:], delivery.query_key]
    refusal = BodyRefused("no_key")
    for key in filter(None, tried):
        try:
            _let_in(key, delivery)
            return
        except BodyRefused as error:
            refusal = error
    raise refusal


def _let_in(key: str, delivery: Delivery) -> OpenSource:
    """
    Find the source of a key that may send now.

    :raises BodyRefused: if there is none
    :raises Turned: if it has to wait
    """
    if not key:
        raise BodyRefused("no_key")
    if key in delivery.admitted:
        return delivery.admitted[key]
    source = find_source(key, now=delivery.received_at)
    if source is None:
        raise BodyRefused("unknown_key")
    if seconds := limiter.wait_for(source.key_id):
        raise Turned(refuse("rate_limited", retry_after=seconds))
    if seconds := backlog.wait(now=delivery.received_at):
        raise Turned(refuse("busy", retry_after=seconds))
    delivery.admitted[key] = source
    return source


def _find_rejected(
    items: list[Any], envelope: Any, delivery: Delivery, source: OpenSource
) -> list[tuple[int, str, str]]:
    """List the messages that will not be taken; the drain comes to the same result."""
    results = read_messages(
        items,
        envelope=envelope,
        source_id=source.source_id,
        uid=delivery.uid,
        received_at=delivery.received_at,
    )
    reserved = frozenset() if source.is_trusted else reserved_names()
    return [
        (index, result.reason, result.details)
        if isinstance(result, Refusal)
        else (index, RESERVED_NAME, "")
        for index, result in enumerate(results)
        if isinstance(result, Refusal) or result.name in reserved
    ]


def _keep(delivery: Delivery, source: OpenSource) -> None:
    """Keep the body as it came."""
    inbox.keep(
        delivery.body,
        source_id=source.source_id,
        uid=delivery.uid,
        route=delivery.route,
        encoding="gzip" if delivery.body.startswith(GZIP_MAGIC) else "",
        ip_address=delivery.ip_address,
        received_at=delivery.received_at,
    )


def _note(
    refusal: BodyRefused, delivery: Delivery, source: OpenSource | None, text: bytes
) -> None:
    """Note that a request was refused."""
    refusals.note(
        refusal,
        source_id=source.source_id if source else None,
        route=delivery.route,
        body=text,
        key=delivery.shown_key,
        now=delivery.received_at,
    )
