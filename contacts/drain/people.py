"""Whose messages are: what each says about who somebody is, and the contact that follows."""

import re
from collections.abc import Sequence
from datetime import datetime

from contacts.attributes import Told, told_by
from contacts.cells import BadAddress, clean_address
from contacts.drain.entries import REJECTED, Entry
from contacts.identities.resolve import Sighting, resolve
from contacts.tracking.messages import Message

# What clients make up for somebody whom they don't know. Another previous id may be either.
MADE_UP = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
NOTHING_TOLD = Told()


def find_people(entries: Sequence[Entry], *, now: datetime) -> None:
    """Find, make, link and merge the contacts of accepted entries; refuse what is nobody's."""
    sightings = []
    for entry in entries:
        message = entry.message
        assert message is not None  # noqa: S101 - accepted entries have one
        entry.told = told_in(message)
        sightings.append(sighting_of(message, entry.told, entry.receipt_id))
    for entry, resolved in zip(entries, resolve(sightings, now=now), strict=True):
        entry.resolved = resolved
        if resolved.contact_id is None:
            entry.state, entry.reason = REJECTED, "no_identifier"


def told_in(message: Message) -> Told:
    """Read what a message tells about the contact."""
    if message.kind == "identify":
        return told_by(message.traits, message.context)
    if message.user_id or message.anonymous_id:
        return NOTHING_TOLD
    try:
        return Told({"email": clean_address(message.email)})
    except BadAddress:
        return NOTHING_TOLD


def sighting_of(message: Message, told: Told, receipt_id: int) -> Sighting:
    """Say which identifiers a message names, and what that means."""
    identifiers = []
    if message.user_id:
        identifiers.append(("user_id", message.user_id))
    if message.anonymous_id:
        identifiers.append(("anonymous_id", message.anonymous_id))
    if told.values and (email := told.values.get("email")):
        identifiers.append(("email", email))
    return Sighting(
        tuple(identifiers),
        "alias" if message.kind == "alias" else "together",
        message.occurred_at,
        message.order_key,
        receipt_id,
        previous_of(message) if message.previous_id else (),
    )


def previous_of(message: Message) -> tuple[tuple[str, str], ...]:
    """
    Name what an alias replaces.

    An id does not say what sort it is. One that a client made up is anonymous; any other is
    taken for both, so that it makes no difference whether we knew it before.
    """
    value = message.previous_id
    if value == message.anonymous_id or MADE_UP.fullmatch(value):
        return (("anonymous_id", value),)
    return ("anonymous_id", value), ("user_id", value)
