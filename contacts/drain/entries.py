"""A message on its way through the drain."""

from typing import Any

import msgspec

from contacts.attributes import Told
from contacts.identities.resolve import Resolved
from contacts.models import Receipt
from contacts.tracking.messages import Message, Refusal

ACCEPTED = str(Receipt.State.ACCEPTED)
REJECTED = str(Receipt.State.REJECTED)
# How a volume calls a copy of a message that counts already.
DUPLICATE = "duplicate"

Key = tuple[int, str]


class Entry(msgspec.Struct, kw_only=True):
    """A message that counts, and what became of it so far."""

    # As it came: this is what the receipt shows.
    came: Message | Refusal
    # As it is understood, after repairs; None if it was refused.
    message: Message | None
    receipt_id: int
    state: str
    reason: str = ""
    details: str = ""
    flags: tuple[str, ...] = ()
    told: Told | None = None
    resolved: Resolved | None = None
    event_id: int | None = None
    violations: tuple[Any, ...] = ()
    omitted: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    copies: int = 0
    is_replayed: bool = False

    @property
    def contact_id(self) -> int | None:
        """Whose it is; None unless it was accepted."""
        return self.resolved.contact_id if self.resolved else None

    @property
    def identifier_id(self) -> int | None:
        """The identifier it is booked under; None unless it was accepted."""
        return self.resolved.identifier_id if self.resolved else None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message that somebody handed in."""

    # Of the first copy of the message.
    receipt_id: int
    # A state of a receipt, or "duplicate".
    state: str
    reason: str = ""
    details: str = ""
    contact_id: int | None = None
    event_id: int | None = None


def key_of(came: Message | Refusal) -> Key:
    """Name what makes a message count once."""
    return came.source_id, came.message_id
