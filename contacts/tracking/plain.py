"""
Events as a server without Segment's clients writes them: an object with what matters.

``{"event": "order_completed", "email": "ana@example.com", "at": "2026-03-04T10:15:00Z",
"properties": {"total": 99.5}, "id": "order-1001"}``, one or a list. Each is put into the form
of Segment's clients and takes their way. What is not understood is refused, since nobody
else would notice a misspelled name.
"""

from typing import Any

from contacts.tracking.fields import describe
from contacts.tracking.reasons import BodyRefused, MessageRefused
from contacts.tracking.times import read_time

# What the address says in place of a type.
EVENTS = "events"
# By the names of ours: how Segment's clients call it.
NAMES = {
    "event": "event",
    "user_id": "userId",
    "anonymous_id": "anonymousId",
    "at": "timestamp",
    "properties": "properties",
    "traits": "traits",
    "id": "messageId",
}
KNOWN = {*NAMES, "email", "historical"}


def items_of(whole: Any) -> list[Any]:
    """
    Give the events of a request: one, a list, or a list under the name "events".

    :raises BodyRefused: if it is none of these
    """
    if isinstance(whole, list):
        return whole
    if not isinstance(whole, dict):
        raise BodyRefused("body_not_an_object", f"It is {describe(whole)}.")
    if EVENTS not in whole:
        return [whole]
    items = whole[EVENTS]
    if not isinstance(items, list):
        raise BodyRefused("no_batch", f"It is {describe(items)}.")
    return items


def translate(item: Any) -> tuple[dict[str, Any], bool]:
    """
    Put an event into the form of Segment's clients, and tell whether it is historical.

    One with traits and without an event says who somebody is.

    :raises MessageRefused: if something in it is not understood
    """
    if not isinstance(item, dict):
        raise MessageRefused("not_an_object", f"It is {describe(item)}.")
    strange = sorted(str(name) for name in item.keys() - KNOWN)
    if strange:
        raise MessageRefused("unknown_field", f"It is {describe(strange[0])}.")
    if item.get("at") is not None and read_time(item["at"]) is None:
        raise MessageRefused("bad_time", f"It is {describe(item['at'])}.")
    is_person = "event" not in item and "traits" in item
    told = {NAMES[name]: value for name, value in item.items() if name in NAMES}
    told["type"] = "identify" if is_person else "track"
    email = item.get("email")
    if email is not None and not isinstance(email, str):
        raise MessageRefused("bad_identifier", f"email is {describe(email)}.")
    traits = item.get("traits")
    if traits is not None and not isinstance(traits, dict):
        raise MessageRefused("bad_properties", f"traits is {describe(traits)}.")
    if email and is_person:
        told["traits"] = {**(traits or {}), "email": email}
    elif email:
        told["context"] = {"traits": {"email": email}}
    return told, item.get("historical") is True
