"""Count each message once, and write down what became of it."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from contacts.drain.copying import as_json, copy_rows
from contacts.drain.entries import Entry, Key
from contacts.tracking.messages import Message

# Receipts of messages that came before. Leans on message_counts_once.
KNOWN = """
SELECT receipt.source_id, receipt.message_id, receipt.id, receipt.state
FROM jsonb_to_recordset(%s) AS wanted (source_id bigint, message_id text)
JOIN contacts_receipt AS receipt USING (source_id, message_id)
"""

COUNT_COPIES = """
UPDATE contacts_receipt AS receipt
SET
    copies = receipt.copies + again.copies,
    last_copy_at = greatest(receipt.last_copy_at, again.last_copy_at)
FROM jsonb_to_recordset(%s) AS again (id bigint, copies int, last_copy_at timestamptz)
WHERE receipt.id = again.id
"""

COLUMNS = (
    "id",
    "source_id",
    "message_id",
    "kind",
    "name",
    "user_id",
    "anonymous_id",
    "identifier_id",
    "event_id",
    "occurred_at",
    "received_at",
    "understood_at",
    "state",
    "reason",
    "details",
    "flags",
    "copies",
    "last_copy_at",
    "is_historical",
    "payload",
    "outcome",
)

# Writes anew what became of messages that go through the drain a second time.
REWRITE = """
UPDATE contacts_receipt AS receipt
SET
    name = again.name,
    identifier_id = again.identifier_id,
    event_id = again.event_id,
    occurred_at = again.occurred_at,
    state = again.state,
    reason = again.reason,
    details = again.details,
    flags = again.flags,
    is_historical = again.is_historical,
    outcome = again.outcome,
    replayed_at = %s
FROM jsonb_to_recordset(%s) AS again (
    id bigint, name text, identifier_id bigint, event_id bigint, occurred_at timestamptz,
    state text, reason text, details text, flags jsonb, is_historical boolean, outcome jsonb
)
WHERE receipt.id = again.id
"""


def known_receipts(keys: Collection[Key]) -> dict[Key, tuple[int, str]]:
    """Find the receipts of messages that came before: id and state."""
    wanted = [{"source_id": key[0], "message_id": key[1]} for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [as_json(wanted)])
        return {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}


def count_copies(copies: Mapping[int, tuple[int, datetime]]) -> None:
    """Count further copies of messages whose receipts are there."""
    if not copies:
        return
    rows = [
        {"id": receipt_id, "copies": count, "last_copy_at": at.isoformat()}
        for receipt_id, (count, at) in copies.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(COUNT_COPIES, [json.dumps(rows)])


def write_receipts(entries: Sequence[Entry], *, now: datetime) -> None:
    """Write down what became of entries."""
    fresh = [entry for entry in entries if not entry.is_replayed]
    if fresh:
        copy_rows("contacts_receipt", COLUMNS, _rows(fresh, now))
    again = [document_of(entry) for entry in entries if entry.is_replayed]
    if again:
        with connection.cursor() as cursor:
            cursor.execute(REWRITE, [now, json.dumps(again)])


def outcome_of(entry: Entry) -> dict[str, Any]:
    """Say what a message did, as far as there is something to say."""
    outcome: dict[str, Any] = {}
    resolved, message = entry.resolved, entry.message
    if resolved is not None:
        if resolved.matched_by:
            outcome["matched"] = resolved.matched_by
        if resolved.linked:
            outcome["linked"] = [list(pair) for pair in resolved.linked]
        if resolved.merged:
            outcome["merged"] = resolved.merged
        if resolved.refusals:
            outcome["refused_links"] = [one.as_json() for one in resolved.refusals]
    if entry.omitted or (entry.told and entry.told.omitted):
        outcome["omitted"] = [
            *entry.omitted,
            *(entry.told.omitted if entry.told else ()),
        ]
    if entry.repaired:
        outcome["repaired"] = list(entry.repaired)
    if message is not None and message.via:
        outcome["via"] = message.via
    if message is not None and message.sent_at:
        outcome["clock"] = _clock_of(message.sent_at, message.received_at)
    return outcome


# All messages of a request share it.
@lru_cache(maxsize=64)
def _clock_of(sent_at: datetime, received_at: datetime) -> dict[str, Any]:
    """Say what the clock of a client showed, and how far that is from ours."""
    skew = (received_at - sent_at).total_seconds()
    return {"sent_at": sent_at.isoformat(), "skew_ms": round(skew * 1000)}


def document_of(entry: Entry) -> dict[str, Any]:
    """Say what became of a message that went through the drain again."""
    message = entry.message
    return {
        "id": entry.receipt_id,
        "name": message.name if message else entry.came.name,
        "identifier_id": entry.identifier_id,
        "event_id": entry.event_id,
        "occurred_at": message.occurred_at.isoformat() if message else None,
        "state": entry.state,
        "reason": entry.reason,
        "details": entry.details,
        "flags": list(entry.flags),
        "is_historical": bool(message and message.is_historical),
        "outcome": outcome_of(entry),
    }


def _rows(entries: Sequence[Entry], now: datetime) -> Iterable[Sequence[Any]]:
    """Put entries as rows of receipts."""
    for entry in entries:
        came, message = entry.came, entry.message
        occurred_at = came.occurred_at if isinstance(came, Message) else None
        yield (
            entry.receipt_id,
            came.source_id,
            came.message_id,
            came.kind,
            message.name if message else came.name,
            came.user_id,
            came.anonymous_id,
            entry.identifier_id,
            entry.event_id,
            occurred_at,
            came.received_at,
            now,
            entry.state,
            entry.reason,
            entry.details,
            as_json(entry.flags) if entry.flags else "[]",
            entry.copies,
            came.received_at if entry.copies else None,
            bool(message and message.is_historical),
            as_json(came.payload),
            as_json(outcome_of(entry)),
        )
