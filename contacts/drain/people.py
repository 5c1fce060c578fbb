"""Whose messages are: what each says about who somebody is, and the contact that follows."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from contacts.attributes import Told, told_by
from contacts.cells import BadAddress, clean_address
from contacts.drain.entries import REJECTED, Entry
from contacts.identities.resolve import Resolved, Sighting, resolve
from contacts.tracking.messages import Message
from contacts.tracking.trust import untrusted

# What clients make up for somebody whom they don't know. Another previous id may be either.
MADE_UP = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
NOTHING_TOLD = Told()
# As text in the order of time.
AS_TEXT = "%Y-%m-%dT%H:%M:%S.%f"


def find_people(entries: Sequence[Entry], *, now: datetime) -> None:
    """
    Find, make, link and merge the contacts of accepted entries; refuse what is nobody's.

    Of messages that say the same about who somebody is, only the earliest is asked about;
    what sources say that are not trusted, apart, and apart again if they recognize people.
    """
    claiming = untrusted({entry.came.source_id for entry in entries})
    recognizing = {pk for pk, source in claiming.items() if source.recognizes}
    groups: dict[tuple[str | bool, ...], list[Entry]] = {}
    for entry in entries:
        message = entry.message
        assert message is not None  # noqa: S101 - accepted entries have one
        entry.told = told_in(message)
        groups.setdefault(
            (
                message.user_id,
                message.anonymous_id,
                entry.told.values.get("email") or "",
                message.previous_id,
                "alias" if message.kind == "alias" else "",
                message.source_id in recognizing,
                message.source_id not in claiming,
            ),
            [],
        ).append(entry)
    sightings = [
        earliest(group, recognizes=names[-2] is True, is_trusted=names[-1] is True)
        for names, group in groups.items()
    ]
    for group, resolved in zip(
        groups.values(), resolve(sightings, now=now), strict=True
    ):
        give(group, resolved)


def earliest(group: Sequence[Entry], *, recognizes: bool, is_trusted: bool) -> Sighting:
    """
    Say what messages name that name the same, as the earliest of them says it.

    Of who is not trusted the time counts when it arrived: he may name any.
    """
    order = order_of if is_trusted else order_of_claim
    first = group[0] if len(group) == 1 else min(group, key=order)
    message = first.message
    assert message is not None  # noqa: S101 - accepted entries have one
    at, order_key = order(first)
    return Sighting(
        identifiers_of(message, first.told or NOTHING_TOLD),
        "alias" if message.kind == "alias" else "together",
        at,
        order_key,
        first.receipt_id,
        previous_of(message) if message.previous_id else (),
        is_trusted,
        recognizes,
        min([entry.came.received_at for entry in group]),
    )


def order_of(entry: Entry) -> tuple[datetime, str]:
    """Say which of two messages is earlier."""
    message = entry.message
    assert message is not None  # noqa: S101 - accepted entries have one
    return message.occurred_at, message.order_key


def order_of_claim(entry: Entry) -> tuple[datetime, str]:
    """Say which of two claims is earlier: the one that came first, then as they say."""
    at, order_key = order_of(entry)
    return entry.came.received_at, f"{at.astimezone(UTC):{AS_TEXT}}:{order_key}"


def give(group: Sequence[Entry], resolved: Resolved) -> None:
    """Tell messages that name the same whose they are; the news belongs to the first."""
    first, *others = group
    first.resolved = resolved
    if others:
        matched = resolved.matched_by
        again = replace(
            resolved,
            is_new=False,
            matched_by=weightiest(first) if matched == "new" else matched,
            linked=[],
            merged=[],
        )
        for entry in others:
            entry.resolved = again
    if resolved.contact_id is None:
        for entry in group:
            entry.state, entry.reason = REJECTED, "no_identifier"


def weightiest(entry: Entry) -> str:
    """Name the kind of identifier by which the next such message finds the contact."""
    message = entry.message
    if message and message.user_id:
        return "user_id"
    return "anonymous_id" if message and message.anonymous_id else "email"


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


def identifiers_of(message: Message, told: Told) -> tuple[tuple[str, str], ...]:
    """List the identifiers that a message names, the weightiest first."""
    email = told.values.get("email") if told.values else None
    named = (
        ("user_id", message.user_id),
        ("anonymous_id", message.anonymous_id),
        ("email", email),
    )
    return tuple([(kind, value) for kind, value in named if value])


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
