"""
From a request's body to messages: what each one is, whose, when, and why not.

Read twice, with the same result: to answer the client, and in the drain. ``read_body`` is
the whole of it; the other functions are its steps.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from contacts.identities.guards import names_nobody
from contacts.tracking.bodies import cut, is_deeper, storable
from contacts.tracking.envelopes import DEPTH, USUAL_SIZE, Envelope, read_items
from contacts.tracking.fields import (
    GROUP_LENGTH,
    KINDS,
    NAME_LENGTH,
    VIEW_NAMES,
    context_traits,
    describe,
    known_id,
    read_id,
    read_kind,
    read_message_id,
    read_name,
    read_object,
)
from contacts.tracking.plain import EVENTS, translate
from contacts.tracking.reasons import MessageRefused
from contacts.tracking.times import happened_at, read_time

# What is kept of a message that is nested deeper, or larger.
KEPT_DEPTH = 8
KEPT_SIZE = 2_000
LARGEST_SIZE = 512 * 1024
BATCH_SIZE = 2_500
# Messages beyond the batch size that are refused one by one; the last stands for the rest.
REFUSED_SINGLY = 2_500

encode = msgspec.json.Encoder().encode


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """
    A message that is understood; ``msgspec.structs.replace`` makes a changed copy.

    ``payload`` is the message as it came, made whole: with the context and the time of
    sending of its request, without the write key.
    """

    source_id: int
    message_id: str
    kind: str
    name: str
    user_id: str
    anonymous_id: str
    previous_id: str
    group_id: str
    properties: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any]
    occurred_at: datetime
    received_at: datetime
    sent_at: datetime | None
    flags: tuple[str, ...]
    payload: dict[str, Any]
    is_historical: bool = False
    via: str = ""

    @property
    def order_key(self) -> str:
        """What decides between two messages of the same time."""
        return f"{self.source_id}:{self.message_id}"

    @property
    def email(self) -> str:
        """The address by which an identify knows the person, or a message without ids."""
        email = self.traits.get("email") if self.kind == "identify" else None
        if email is None and not (self.user_id or self.anonymous_id):
            email = context_traits(self.context).get("email")
        return email.strip() if isinstance(email, str) else ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was not taken, and why; its place in the request counts from 0."""

    source_id: int
    index: int
    message_id: str
    kind: str
    name: str
    reason: str
    details: str
    received_at: datetime
    payload: Any
    # Whom it names, as far as that could be read.
    user_id: str = ""
    anonymous_id: str = ""


def read_body(
    body: bytes,
    *,
    encoding: str,
    route: str,
    source_id: int,
    uid: UUID,
    received_at: datetime,
    ip_address: str | None = None,
    is_public: bool = False,
    is_historical: bool = False,
    via: str = "",
    cuts_deep: bool = False,
) -> list[Message | Refusal]:
    """
    Read all messages of a request, each as understood or as refused, in their order.

    ``uid`` is the inbox body's; messages without an id get theirs from it. With ``cuts_deep``
    a message that is nested too deep is cut and not refused.

    :raises BodyRefused: if the request can't be understood as a whole
    """
    envelope, items = read_items(body, encoding=encoding, route=route)
    if cuts_deep:
        envelope = replace(envelope, cuts_deep=True)
    return read_messages(
        items,
        envelope=envelope,
        source_id=source_id,
        uid=uid,
        received_at=received_at,
        ip_address=ip_address,
        is_public=is_public,
        is_historical=is_historical,
        via=via,
    )


def read_messages(
    items: list[Any],
    *,
    envelope: Envelope,
    source_id: int,
    uid: UUID,
    received_at: datetime,
    ip_address: str | None = None,
    is_public: bool = False,
    is_historical: bool = False,
    via: str = "",
) -> list[Message | Refusal]:
    """Read the messages of a request whose envelope is open."""
    results: list[Message | Refusal] = []
    for index, item in enumerate(items[: BATCH_SIZE + REFUSED_SINGLY]):
        try:
            if index >= BATCH_SIZE:
                raise MessageRefused("too_many", f"The request has {len(items):,}.")
            told, is_late = (
                translate(item) if envelope.route == EVENTS else (item, False)
            )
            message = read_message(
                told,
                envelope=envelope,
                source_id=source_id,
                received_at=received_at,
                made_id=(uid, index),
                ip_address=ip_address,
                is_public=is_public,
                is_historical=is_historical or is_late,
                via=via,
            )
        except MessageRefused as refusal:
            results.append(
                refuse(
                    item,
                    refusal=refusal,
                    envelope=envelope,
                    source_id=source_id,
                    received_at=received_at,
                    uid=uid,
                    index=index,
                )
            )
        else:
            results.append(message)
    return results


def read_message(
    item: Any,
    *,
    envelope: Envelope,
    source_id: int,
    received_at: datetime,
    made_id: tuple[UUID, int],
    ip_address: str | None = None,
    is_public: bool = False,
    is_historical: bool = False,
    via: str = "",
) -> Message:
    """
    Read one message.

    ``made_id`` names it if it brings no id; ``ip_address`` becomes part of the context if a
    browser or an app sent it, or if it says that it came to us directly.

    :raises MessageRefused: if it can't be taken
    """
    flags: list[str] = []
    item = _check_shape(item, envelope=envelope, flags=flags)
    kind = read_kind(item, envelope.route)
    name = read_name(item, kind)
    user_id = read_id(item, "userId")
    anonymous_id = read_id(item, "anonymousId")
    group_id = read_id(item, "groupId", GROUP_LENGTH) if kind == "group" else ""
    previous_id = read_id(item, "previousId") if kind == "alias" else ""
    properties = read_object(item, "properties")
    traits = read_object(item, "traits")
    context = _read_context(item, envelope)
    if ip_address and "ip" not in context and (is_public or context.get("direct")):
        context = {**context, "ip": ip_address}
    if not traits and kind == "identify":
        traits = context_traits(context)
    if kind in VIEW_NAMES:
        properties = _with_names(item, properties)
    sent_text = item.get("sentAt")
    sent_at = (sent_text and read_time(sent_text)) or envelope.sent_at
    told = item.get("originalTimestamp") or item.get("timestamp")
    occurred_at, oddity = happened_at(
        told=told, sent_at=sent_at, received_at=received_at
    )
    if oddity:
        flags.append(oddity)
    message_id = read_message_id(item, made_id, flags)
    message = Message(
        source_id=source_id,
        message_id=message_id,
        kind=kind,
        name=name,
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id=previous_id,
        group_id=group_id,
        properties=properties,
        traits=traits,
        context=context,
        occurred_at=occurred_at,
        received_at=received_at,
        sent_at=sent_at,
        flags=tuple(flags),
        payload=_make_payload(item, envelope, kind, message_id, context),
        is_historical=is_historical,
        via=via,
    )
    _check_identifiers(message)
    return message


def refuse(
    item: Any,
    *,
    refusal: MessageRefused,
    envelope: Envelope,
    source_id: int,
    received_at: datetime,
    uid: UUID,
    index: int,
) -> Refusal:
    """Say of a message that it was not taken, keeping what can be kept of it."""
    fields = item if isinstance(item, dict) else {}
    kind, name = fields.get("type") or envelope.route, fields.get("event")
    kind = kind.lower() if isinstance(kind, str) else ""
    return Refusal(
        source_id=source_id,
        index=index,
        message_id=read_message_id(fields, (uid, index), []),
        kind=kind if kind in KINDS else "",
        name=storable(name)[:NAME_LENGTH] if isinstance(name, str) else "",
        reason=refusal.reason,
        details=refusal.details,
        received_at=received_at,
        payload=_keep(item),
        user_id=known_id(fields, "userId"),
        anonymous_id=known_id(fields, "anonymousId"),
    )


def _check_shape(item: Any, *, envelope: Envelope, flags: list[str]) -> dict[str, Any]:
    """Give the message as it can be stored, if it has a shape that can be looked into."""
    if not isinstance(item, dict):
        raise MessageRefused("not_an_object", f"It is {describe(item)}.")
    if envelope.may_be_deep and is_deeper(item, DEPTH):
        if not envelope.cuts_deep:
            raise MessageRefused("too_deep")
        flags.append("cut")
        item = cut(item, DEPTH)
    if envelope.is_suspect:
        kept = storable(item)
        if kept is not item:
            flags.append("repaired")
            item = kept
    if envelope.may_be_large:
        size = len(encode(item))
        if size > LARGEST_SIZE:
            raise MessageRefused("too_large", f"It has {size:,} bytes.")
        if size > USUAL_SIZE:
            flags.append("oversize")
    return item


def _read_context(item: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    """Read the context of an item, over that of its request."""
    own = item.get("context")
    if not isinstance(own, dict):
        return envelope.context
    return {**envelope.context, **own} if envelope.context else own


def _with_names(item: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """Add a page's name and category to its properties, as browsers do on their own."""
    names = {field: item.get(field) for field in ("name", "category")}
    told = {
        field: name for field, name in names.items() if name and isinstance(name, str)
    }
    return {**told, **properties} if told else properties


def _keep(item: Any) -> Any:
    """Make of a refused message what can be stored and shown."""
    payload = storable(cut(item, KEPT_DEPTH) if is_deeper(item, DEPTH) else item)
    if isinstance(payload, dict):
        payload = {key: value for key, value in payload.items() if key != "writeKey"}
    text = encode(payload)
    if len(text) > LARGEST_SIZE:
        start = text[:KEPT_SIZE].decode(errors="replace")
        return {"size": len(text), "start": start}
    return payload


def _check_identifiers(message: Message) -> None:
    """
    Check that the message says whom it is about.

    :raises MessageRefused: if it does not
    """
    if message.kind == "alias":
        if not message.user_id:
            raise MessageRefused("no_identifier")
        if not (message.previous_id or message.anonymous_id):
            raise MessageRefused("no_previous_id")
    if not (
        _names_somebody("user_id", message.user_id)
        or _names_somebody("anonymous_id", message.anonymous_id)
        or _names_somebody("email", message.email)
    ):
        raise MessageRefused("no_identifier")
    if message.kind == "group" and not message.group_id:
        raise MessageRefused("no_group")


def _names_somebody(kind: str, name: str) -> bool:
    """Tell whether there is a name that is somebody's."""
    return name != "" and not names_nobody(kind, name)


def _make_payload(
    item: dict[str, Any],
    envelope: Envelope,
    kind: str,
    message_id: str,
    context: dict[str, Any],
) -> dict[str, Any]:
    """Make what is kept of an item: as it came, without the key."""
    payload = {**item, "type": kind, "messageId": item.get("messageId") or message_id}
    payload.pop("writeKey", None)
    if context:
        payload["context"] = context
    if "sentAt" not in item and envelope.sent_text is not None:
        payload["sentAt"] = envelope.sent_text
    return payload
