"""The fields of a message: read as clients write them, refused where nobody could tell."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from contacts.tracking.bodies import CONTAINERS, storable
from contacts.tracking.reasons import MessageRefused

# What the address of a request says where each message says itself what it is.
BATCH = "batch"
KINDS = frozenset({"track", "identify", "page", "screen", "group", "alias"})
VIEW_NAMES = {"page": "Page Viewed", "screen": "Screen Viewed"}
NAME_LENGTH = 200
MESSAGE_ID_LENGTH = 100
IDENTIFIER_LENGTH = 254
GROUP_LENGTH = 500


def read_kind(item: dict[str, Any], route: str) -> str:
    """Read what a message is; the address says it where the message does not."""
    kind = item.get("type")
    if kind is None or kind == "":
        kind = route
    if kind == BATCH:
        raise MessageRefused("no_type")
    if isinstance(kind, str):
        kind = kind.lower()
        if kind in KINDS:
            return kind
    raise MessageRefused("unknown_type", f"It is {describe(kind)}.")


def read_name(item: dict[str, Any], kind: str) -> str:
    """Read the name of the event; blank for what is none."""
    if kind != "track":
        return VIEW_NAMES.get(kind, "")
    name = item.get("event")
    if name is None:
        raise MessageRefused("no_name")
    if not isinstance(name, str):
        raise MessageRefused("bad_name", f"It is {describe(name)}.")
    if not name.strip():
        raise MessageRefused("no_name")
    if len(name) > NAME_LENGTH:
        raise MessageRefused("name_too_long", f"It begins with {name[:50]!r}.")
    return name


def read_id(
    item: Mapping[str, Any], field: str, longest: int = IDENTIFIER_LENGTH
) -> str:
    """Read an id as text; blank if it is missing."""
    value = item.get(field)
    if value is None:
        return ""
    if isinstance(value, CONTAINERS):
        raise MessageRefused("bad_identifier", f"{field} is {describe(value)}.")
    text = _id_text(value)
    if len(text) > longest:
        raise MessageRefused("identifier_too_long", f"{field} has {len(text):,}.")
    return "" if not text or text.isspace() else text


def known_id(item: Mapping[str, Any], field: str) -> str:
    """Read an id of a message that was refused; blank where there is none that can be kept."""
    try:
        return storable(read_id(item, field))
    except MessageRefused:
        return ""


def _id_text(value: Any) -> str:
    """Write an id as text: numbers as people write them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def read_message_id(
    item: Mapping[str, Any], made: tuple[UUID, int], flags: list[str]
) -> str:
    """Read the message's own id, or make one that is the same each time it is read."""
    value = item.get("messageId")
    text = "" if value is None or isinstance(value, CONTAINERS) else _id_text(value)
    text = storable(text).strip()
    if not text:
        flags.append("generated_id")
        uid, index = made
        return str(uuid5(uid, str(index)))
    if len(text) > MESSAGE_ID_LENGTH:
        flags.append("long_id")
        return sha256(text.encode()).hexdigest()
    return text


def read_object(item: dict[str, Any], field: str) -> dict[str, Any]:
    """Read properties or traits; empty if there are none."""
    value = item.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MessageRefused("bad_properties", f"{field} is {describe(value)}.")
    return value


def context_traits(context: dict[str, Any]) -> dict[str, Any]:
    """Give the traits that some clients put into the context."""
    traits = context.get("traits")
    return traits if isinstance(traits, dict) else {}


def describe(value: Any) -> str:
    """Name what came instead of what was expected, in a few words."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = storable(str(value))
    return repr(text if len(text) <= 60 else text[:57] + "…")
