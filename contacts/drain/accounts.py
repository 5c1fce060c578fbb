"""Accounts and who belongs to them, from messages that say so."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection

from contacts.attributes.fold import newest
from contacts.attributes.traits import MOST_NAMES, is_name, leaves
from contacts.changes import tell_changed
from contacts.drain.entries import Entry
from contacts.models import AccountMember

NAME = "name"

MAKE = """
INSERT INTO contacts_account AS account (group_id, name, attributes, created_at)
SELECT group_id, '', '{}', created_at
FROM jsonb_to_recordset(%s) AS told (group_id text, created_at timestamptz)
ORDER BY group_id
ON CONFLICT (group_id) DO UPDATE SET created_at = least(account.created_at, excluded.created_at)
RETURNING id, group_id, attributes_at, name, attributes
"""

# Leans on account_change_once.
WRITE_DOWN = """
INSERT INTO contacts_accountchange (account_id, at, order_key, values, receipt_id)
SELECT account_id, at, order_key, values, receipt_id
FROM jsonb_to_recordset(%s) AS told (
    account_id bigint, at timestamptz, order_key text, values jsonb, receipt_id bigint
)
ON CONFLICT (account_id, at, order_key) DO NOTHING
"""

# The newest value of each name since a time, for each account. Leans on the same index.
NEWEST = """
SELECT DISTINCT ON (change.account_id, told.name) change.account_id, told.name, told.value
FROM jsonb_to_recordset(%s) AS wanted (account_id bigint, since timestamptz)
JOIN contacts_accountchange AS change
    ON change.account_id = wanted.account_id AND change.at >= wanted.since
CROSS JOIN LATERAL jsonb_each(change.values) AS told (name, value)
ORDER BY change.account_id, told.name, change.at DESC, change.order_key COLLATE "C" DESC
"""

WRITE = """
UPDATE contacts_account AS account
SET name = told.name, attributes = told.attributes, attributes_at = told.attributes_at
FROM jsonb_to_recordset(%s) AS told (
    id bigint, name text, attributes jsonb, attributes_at timestamptz
)
WHERE account.id = told.id
"""

# Leans on account_member_once.
JOIN = """
INSERT INTO contacts_accountmember AS member (contact_id, account_id, identifier_id, first_at)
SELECT contact_id, account_id, identifier_id, min(first_at)
FROM jsonb_to_recordset(%s) AS told (
    contact_id bigint, account_id bigint, identifier_id bigint, first_at timestamptz
)
GROUP BY contact_id, account_id, identifier_id
ORDER BY contact_id, account_id, identifier_id
ON CONFLICT (contact_id, account_id, identifier_id)
DO UPDATE SET first_at = excluded.first_at WHERE excluded.first_at < member.first_at
RETURNING contact_id
"""


@dataclass
class Row:
    """What an account shows, and what is said about it now, oldest first."""

    id: int
    attributes_at: datetime | None
    name: str
    attributes: dict[str, Any]
    told: list[tuple[datetime, str, dict[str, Any], int]] = field(default_factory=list)


def record_accounts(entries: Sequence[Entry], *, now: datetime) -> None:
    """
    Write what accepted entries say about accounts and who belongs to them.

    Who joins an account has changed, and so has everybody of an account that shows something
    else. Seven statements, whatever the number; none if no message is about an account.
    """
    said = [entry for entry in entries if entry.message and entry.message.group_id]
    if not said:
        return
    rows = _find(said)
    joined = _join(said, rows)
    for entry in said:
        message = entry.message
        told = told_of(message.traits) if message else {}
        if message and told:
            rows[message.group_id].told.append(
                (message.occurred_at, message.order_key, told, entry.receipt_id)
            )
    changed = [row for row in rows.values() if row.told]
    for row in changed:
        row.told.sort(key=lambda one: one[:2])
    if changed:
        _write_down(changed)
        _update(changed)
    _tell(said, joined, {row.id for row in changed}, now=now)


def _tell(
    said: Sequence[Entry], joined: set[int], account_ids: set[int], *, now: datetime
) -> None:
    """Say who has changed with the accounts; of what is told after the fact apart."""
    for is_historical in (False, True):
        news = {
            entry.contact_id: entry.receipt_id
            for entry in said
            if entry.contact_id
            and entry.message
            and entry.message.is_historical == is_historical
        }
        if not news:
            continue
        members = AccountMember.objects.filter(account_id__in=account_ids)
        told = joined & news.keys()
        told |= set(members.values_list("contact_id", flat=True))
        tell_changed(
            {pk: news.get(pk) for pk in sorted(told)},
            now=now,
            is_historical=is_historical,
        )


def told_of(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Read the traits of an account; objects are taken apart, and its names are its own."""
    others = {name: value for name, value in traits.items() if name != NAME}
    result = {
        name: value
        for name, value in islice(leaves(others), MOST_NAMES)
        if is_name(name)
    }
    if NAME in traits:
        name = traits[NAME]
        is_plain = isinstance(name, str | int | float) and not isinstance(name, bool)
        result[NAME] = str(name).strip()[:200] if is_plain else None
    return result


def _find(said: Iterable[Entry]) -> dict[str, Row]:
    """Find the accounts that are named, and make those that are new; locks them."""
    first: dict[str, datetime] = {}
    for entry in said:
        if message := entry.message:
            known = first.get(message.group_id, message.occurred_at)
            first[message.group_id] = min(known, message.occurred_at)
    documents = [
        {"group_id": group_id, "created_at": at.isoformat()}
        for group_id, at in first.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(MAKE, [json.dumps(documents)])
        return {
            row[1]: Row(row[0], row[2], row[3], json.loads(row[4]))
            for row in cursor.fetchall()
        }


def _join(said: Iterable[Entry], rows: Mapping[str, Row]) -> set[int]:
    """Note who belongs to which account since when; tell of whom that is new."""
    documents = [
        {
            "contact_id": entry.contact_id,
            "account_id": rows[message.group_id].id,
            "identifier_id": entry.identifier_id,
            "first_at": message.occurred_at.isoformat(),
        }
        for entry in said
        if (message := entry.message)
    ]
    with connection.cursor() as cursor:
        cursor.execute(JOIN, [json.dumps(documents)])
        return {row[0] for row in cursor.fetchall()}


def _write_down(rows: Iterable[Row]) -> None:
    """Write down what was said about accounts."""
    documents = [
        {
            "account_id": row.id,
            "at": at.isoformat(),
            "order_key": order_key,
            "values": values,
            "receipt_id": receipt_id,
        }
        for row in rows
        for at, order_key, values, receipt_id in row.told
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE_DOWN, [json.dumps(documents)])


def _update(rows: Sequence[Row]) -> None:
    """Bring accounts up to date with what is written down."""
    values: dict[int, dict[str, Any]] = {
        row.id: newest(told[2] for told in row.told) for row in rows
    }
    late = [
        {"account_id": row.id, "since": row.told[0][0].isoformat()}
        for row in rows
        if row.attributes_at and row.told[0][0] <= row.attributes_at
    ]
    with connection.cursor() as cursor:
        if late:
            cursor.execute(NEWEST, [json.dumps(late)])
            for account_id, name, value in cursor.fetchall():
                values[account_id][name] = json.loads(value)
        cursor.execute(
            WRITE, [json.dumps([_outcome(row, values[row.id]) for row in rows])]
        )


def _outcome(row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    """Say what an account is called and has after all that was said."""
    latest = row.told[-1][0]
    merged = {**row.attributes, **values}
    name = merged.pop(NAME, row.name)
    return {
        "id": row.id,
        "name": name or "",
        "attributes": {
            name: value for name, value in merged.items() if value is not None
        },
        "attributes_at": max(latest, row.attributes_at or latest).isoformat(),
    }
