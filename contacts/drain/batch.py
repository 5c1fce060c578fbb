"""Messages become contacts, events, attributes and accounts; each of them once."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from msgspec.structs import replace

from contacts import attributes
from contacts.changes import tell_changed
from contacts.drain.accounts import record_accounts
from contacts.drain.copying import reserve
from contacts.drain.entries import (
    ACCEPTED,
    DUPLICATE,
    REJECTED,
    Entry,
    Key,
    Result,
    key_of,
)
from contacts.drain.happenings import record_happenings
from contacts.drain.listeners import tell_listeners
from contacts.drain.people import find_people
from contacts.drain.receipts import count_copies, known_receipts, write_receipts
from contacts.drain.tallies import learn_schema, write_violations
from contacts.identities.lock import lock_identities
from contacts.models import Source
from contacts.plans.check import review
from contacts.tracking.messages import Message, Refusal
from contacts.tracking.trust import (
    RESERVED_NAME,
    may_pay,
    paying_names,
    reserved_names,
    untrusted,
)
from contacts.volumes import Ended, count_volumes

# The cause of an attribute change that a message made.
TOLD = "identify"
UNTRUSTED = "untrusted"
# Of a message that tells what only we know, if it may.
RESERVED = "reserved"

Came = Message | Refusal


class Sorted:
    """A batch by what is to be done with it: what counts, and what came before."""

    def __init__(self, came: Sequence[Came], *, is_replay: bool) -> None:
        self.came = came
        # By what makes a message count once; copies in the batch are counted here.
        self.entries: dict[Key, Entry] = {}
        # Receipts of messages that came before the batch, with their copies in it.
        self.copies: dict[int, tuple[int, datetime]] = {}
        # For each message its entry, or the receipt of the copy that came before.
        self.ends: list[Entry | int] = []
        keys = [key_of(one) for one in came]
        wanted = set(keys)
        known = known_receipts(wanted)
        numbers = iter(reserve("contacts_receipt", len(wanted) - len(known)))
        for key, one in zip(keys, came, strict=True):
            entry = self.entries.get(key)
            if entry is not None:
                entry.copies += 1
                self.ends.append(entry.receipt_id)
                continue
            receipt_id, state = known.get(key, (None, ""))
            if receipt_id is not None and not (is_replay and state != ACCEPTED):
                count, _ = self.copies.get(receipt_id, (0, None))
                self.copies[receipt_id] = (count + 1, one.received_at)
                self.ends.append(receipt_id)
                continue
            entry = make_entry(one, receipt_id or next(numbers))
            entry.is_replayed = receipt_id is not None
            self.entries[key] = entry
            self.ends.append(entry)

    def accepted(self) -> list[Entry]:
        """The entries that are still accepted."""
        return [one for one in self.entries.values() if one.state == ACCEPTED]

    def ended(self) -> Iterator[Ended]:
        """Say of each message that came how it ended: copies too."""
        for one, end in zip(self.came, self.ends, strict=True):
            outcome = end.state if isinstance(end, Entry) else DUPLICATE
            yield one.source_id, outcome, one.received_at

    def results(self) -> list[Result]:
        """Say of each message that came what became of it."""
        return [
            Result(
                receipt_id=end.receipt_id,
                state=end.state,
                reason=end.reason,
                details=end.details,
                contact_id=end.contact_id,
                event_id=end.event_id,
            )
            if isinstance(end, Entry)
            else Result(receipt_id=end, state=DUPLICATE)
            for end in self.ends
        ]


def understand(
    messages: Sequence[Came],
    *,
    now: datetime,
    historical: bool = False,
    via: str = "",
    is_replay: bool = False,
) -> list[Result]:
    """
    Take messages in, all or none, and say of each what became of it, in their order.

    1. Count each message once; a replay takes up again what was not accepted.
    2. Repair it, and hold it against the plan of its source and what is ours to tell.
    3. Find whose it is; write down what happened and what was told.
    4. Add to the numbers, and write its receipt.

    What is historical counts, and nobody reacts to it. One at a time does this, so keep a
    batch to some thousands; a few dozen statements, whatever the number.
    """
    if not messages:
        return []
    came = messages
    if historical or via:
        came = [marked(one, historical=historical, via=via) for one in messages]
    with transaction.atomic(savepoint=False):
        lock_identities()
        batch = Sorted(came, is_replay=is_replay)
        _review(batch.accepted())
        _refuse_reserved(batch.accepted())
        find_people(batch.accepted(), now=now)
        accepted = batch.accepted()
        record_happenings(accepted, now=now)
        tell_listeners(accepted, now=now)
        _tell(accepted, now=now)
        _tell_new(accepted, now=now)
        record_accounts(accepted, now=now)
        _flag_untrusted(accepted)
        learn_schema(accepted)
        count_volumes(batch.ended())
        entries = list(batch.entries.values())
        write_violations(entries)
        write_receipts(entries, now=now)
        count_copies(batch.copies)
    return batch.results()


def marked(one: Came, *, historical: bool, via: str) -> Came:
    """Mark a message as told after the fact, and by which way it came."""
    if isinstance(one, Refusal):
        return one
    return replace(
        one, is_historical=one.is_historical or historical, via=via or one.via
    )


def make_entry(one: Came, receipt_id: int) -> Entry:
    """Begin the way of a message; one that was refused is at its end."""
    if isinstance(one, Refusal):
        return Entry(
            came=one,
            message=None,
            receipt_id=receipt_id,
            state=REJECTED,
            reason=one.reason,
            details=one.details,
        )
    return Entry(
        came=one, message=one, receipt_id=receipt_id, state=ACCEPTED, flags=one.flags
    )


def _review(entries: Sequence[Entry]) -> None:
    """Repair messages, and block those that may not pass the plan of their source."""
    reviewed = review([entry.message for entry in entries if entry.message])
    for entry, found in zip(entries, reviewed, strict=True):
        entry.message = found.message
        entry.state, entry.reason = found.state, found.reason
        entry.violations = found.violations
        entry.omitted = found.omitted
        entry.repaired = found.repaired


def _refuse_reserved(entries: Sequence[Entry]) -> None:
    """Refuse what we record ourselves if anybody may have sent it; after its repair."""
    reserved = reserved_names()
    ours = [
        entry for entry in entries if entry.message and entry.message.name in reserved
    ]
    if not ours:
        return
    claiming = untrusted({entry.came.source_id for entry in ours})
    for entry in ours:
        if entry.came.source_id in claiming:
            entry.state, entry.reason = REJECTED, RESERVED_NAME
        else:
            entry.flags = (*entry.flags, RESERVED)


def _tell(entries: Sequence[Entry], *, now: datetime) -> None:
    """Write down what messages tell of their contacts; of history apart."""
    for is_historical in (False, True):
        assertions = [
            attributes.Assertion(
                contact_id=entry.contact_id,
                at=message.occurred_at,
                order_key=message.order_key,
                values=entry.told.values,
                cause=TOLD,
                identifier_id=entry.identifier_id,
                receipt_id=entry.receipt_id,
                source_id=message.source_id,
            )
            for entry in entries
            if (message := entry.message)
            and entry.told
            and entry.told.values
            and entry.contact_id
            and message.is_historical == is_historical
        ]
        if assertions:
            attributes.assert_attributes(
                assertions, now=now, is_historical=is_historical
            )


def _tell_new(entries: Sequence[Entry], *, now: datetime) -> None:
    """Say that contacts were made, for they may be whom a rule looks for; of history apart."""
    for is_historical in (False, True):
        born = {
            entry.contact_id: entry.receipt_id
            for entry in entries
            if entry.contact_id
            and entry.resolved
            and entry.resolved.is_new
            and entry.message
            and entry.message.is_historical == is_historical
        }
        tell_changed(
            born, now=now, is_historical=is_historical, is_remade=not is_historical
        )


def _flag_untrusted(entries: Sequence[Entry]) -> None:
    """Say of events that could pay rewards, from sources that may not, that they pay none."""
    paying = paying_names()
    suspects = [
        entry for entry in entries if entry.message and entry.message.name in paying
    ]
    if not suspects:
        return
    sources = Source.objects.in_bulk({entry.came.source_id for entry in suspects})
    for entry in suspects:
        source = sources.get(entry.came.source_id)
        if entry.message and source and not may_pay(entry.message.name, source=source):
            entry.flags = (*entry.flags, UNTRUSTED)
