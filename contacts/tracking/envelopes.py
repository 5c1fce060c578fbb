"""What a request says about all of its messages, and the list of them."""

from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings

from contacts.tracking.bodies import (
    is_deeper,
    is_plainly_shallow,
    read_json,
    storable,
    unpack,
)
from contacts.tracking.fields import BATCH, describe
from contacts.tracking.plain import EVENTS, items_of
from contacts.tracking.reasons import BodyRefused
from contacts.tracking.times import read_time

# Levels of nesting that a message may have.
DEPTH = 64
# Levels that a whole request of ordinary messages has at most; beyond, each is looked at.
USUAL_DEPTH = 32
# What a message has at most, as other systems see it.
USUAL_SIZE = 32 * 1024


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says about all of its messages."""

    route: str
    sent_at: datetime | None = None
    # The time of sending as it was told.
    sent_text: Any = None
    context: dict[str, Any] = {}
    write_key: str = ""
    # Whether any message may hold what can't be stored, be too large, or be too deep.
    is_suspect: bool = False
    may_be_large: bool = False
    may_be_deep: bool = False
    # Whether what is too deep is cut rather than refused, for it was acknowledged.
    cuts_deep: bool = False


def read_items(body: bytes, *, encoding: str, route: str) -> tuple[Envelope, list[Any]]:
    """
    Read a request's body as what it says of all messages, and the messages.

    :raises BodyRefused: if it can't be understood
    """
    text = unpack(body, limit=settings.TRACKING_BODY_BYTES)
    return read_text(text, route=route)


def read_text(text: bytes, *, route: str) -> tuple[Envelope, list[Any]]:
    """
    Read a body that is unpacked.

    :raises BodyRefused: if it can't be understood
    """
    whole, is_suspect = read_json(text)
    if route == EVENTS:
        whole = {"batch": items_of(whole), "writeKey": _key_of(whole)}
    elif isinstance(whole, list) and route == BATCH:
        whole = {"batch": whole}
    if not isinstance(whole, dict):
        raise BodyRefused("body_not_an_object", f"It is {describe(whole)}.")
    is_batch = route in {BATCH, EVENTS}
    items = whole.get("batch") if is_batch or "type" not in whole else None
    if items is None and (not is_batch or "type" in whole):
        items, shared = [whole], {}
    elif isinstance(items, list):
        shared = whole
    else:
        raise BodyRefused("no_batch", f"It is {describe(items)}.")
    context = shared.get("context")
    if not isinstance(context, dict) or is_deeper(context, DEPTH):
        context = {}
    envelope = Envelope(
        route=route,
        sent_at=read_time(shared.get("sentAt")),
        sent_text=shared.get("sentAt"),
        context=storable(context) if is_suspect else context,
        write_key=_first_key(whole, items),
        is_suspect=is_suspect,
        may_be_large=len(text) > USUAL_SIZE,
        may_be_deep=not is_plainly_shallow(text, USUAL_DEPTH),
    )
    return envelope, items


def _key_of(whole: Any) -> Any:
    """Give the write key beside a list of events; one event has no place for it."""
    return whole.get("writeKey") if isinstance(whole, dict) and EVENTS in whole else ""


def _first_key(whole: dict[str, Any], items: list[Any]) -> str:
    """Find the write key in the body, or in its first message."""
    first = items[0] if items else None
    for place in (whole, first):
        key = place.get("writeKey") if isinstance(place, dict) else None
        if isinstance(key, str) and key:
            return key
    return ""
