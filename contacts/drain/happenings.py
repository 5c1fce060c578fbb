"""What happened to contacts: events, and who reacts to them."""

from collections.abc import Sequence
from datetime import datetime

from contacts.background import ring_for
from contacts.drain.copying import as_json, copy_rows, reserve
from contacts.drain.entries import Entry
from contacts.models import WatchedEvent

EVENT_COLUMNS = (
    "id",
    "contact_id",
    "name",
    "key",
    "occurred_at",
    "received_at",
    "properties",
    "source_id",
    "identifier_id",
    "is_historical",
)
REACTION_COLUMNS = (
    "contact_id",
    "consumer",
    "event_id",
    "name",
    "occurred_at",
    "created_at",
    "receipt_id",
)


def record_happenings(entries: Sequence[Entry], *, now: datetime) -> None:
    """
    Write the events of accepted entries, with a reaction for each consumer that watches.

    That none of them is there already, the receipts have settled. Leans on no index.
    """
    happened = [entry for entry in entries if entry.message and entry.message.name]
    ids = reserve("contacts_event", len(happened))
    for entry, event_id in zip(happened, ids, strict=True):
        entry.event_id = event_id
    if not happened:
        return
    copy_rows(
        "contacts_event",
        EVENT_COLUMNS,
        (
            (
                entry.event_id,
                entry.contact_id,
                message.name,
                message.order_key,
                message.occurred_at,
                message.received_at,
                as_json(message.properties),
                message.source_id,
                entry.identifier_id,
                message.is_historical,
            )
            for entry in happened
            if (message := entry.message)
        ),
    )
    tell_watchers(happened, now=now)


def tell_watchers(entries: Sequence[Entry], *, now: datetime) -> None:
    """Write a reaction for each consumer that watches an event; history has its own."""
    consumers: dict[tuple[str, bool], list[str]] = {}
    names = {entry.message.name for entry in entries if entry.message}
    for watched in WatchedEvent.objects.filter(name__in=names):
        key = (watched.name, watched.tells_history)
        consumers.setdefault(key, []).append(watched.consumer)
    if not consumers:
        return
    copy_rows(
        "contacts_reaction",
        REACTION_COLUMNS,
        (
            (
                entry.contact_id,
                consumer,
                entry.event_id,
                message.name,
                message.occurred_at,
                now,
                entry.receipt_id,
            )
            for entry in entries
            if (message := entry.message)
            for consumer in consumers.get((message.name, message.is_historical), ())
        ),
    )
    kinds = {
        (one.name, one.is_historical) for entry in entries if (one := entry.message)
    }
    ring_for(consumer for kind in kinds for consumer in consumers.get(kind, ()))
