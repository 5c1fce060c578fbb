"""Contacts as the journal reads and writes them: many at once, locked in one order."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from contacts.attributes.fold import FIELDS, Settled


@dataclass
class Row:
    """What a contact shows, and the time of the newest statement about it."""

    contact_id: int
    created_at: datetime
    attributes_at: datetime | None
    settled: Settled


LOCK = """
SELECT
    id, created_at, attributes_at, email, first_name, last_name, locale, time_zone, attributes
FROM contacts_contact
WHERE id = ANY (%s)
ORDER BY id
FOR NO KEY UPDATE
"""

# Writes contacts; those that show nothing else only learn the time.
WRITE = """
UPDATE contacts_contact AS contact
SET
    email = told.email,
    first_name = told.first_name,
    last_name = told.last_name,
    locale = told.locale,
    time_zone = told.time_zone,
    attributes = told.attributes,
    attributes_at = told.attributes_at,
    updated_at = %s
FROM jsonb_to_recordset(%s) AS told (
    id bigint, attributes_at timestamptz, email text, first_name text, last_name text,
    locale text, time_zone text, attributes jsonb
)
WHERE contact.id = told.id
"""
WRITE_TIMES = """
UPDATE contacts_contact AS contact
SET attributes_at = told.attributes_at
FROM jsonb_to_recordset(%s) AS told (id bigint, attributes_at timestamptz)
WHERE contact.id = told.id AND contact.attributes_at IS DISTINCT FROM told.attributes_at
"""


def lock_rows(contact_ids: Collection[int]) -> dict[int, Row]:
    """Lock contacts, in the order of their ids, and read them."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(contact_ids)])
        return {
            row[0]: Row(
                contact_id=row[0],
                created_at=row[1],
                attributes_at=row[2],
                settled=Settled(
                    dict(zip(FIELDS, row[3:8], strict=True)), json.loads(row[8])
                ),
            )
            for row in cursor.fetchall()
        }


def write_rows(rows: Iterable[Row], changed: Collection[int], *, now: datetime) -> None:
    """Write rows: those that changed whole, of the others the time of what was said."""
    whole: list[dict[str, Any]] = []
    times: list[dict[str, Any]] = []
    for row in rows:
        at = row.attributes_at.isoformat() if row.attributes_at else None
        document: dict[str, Any] = {"id": row.contact_id, "attributes_at": at}
        if row.contact_id in changed:
            document |= row.settled.fields
            document["attributes"] = row.settled.attributes
            whole.append(document)
        else:
            times.append(document)
    with connection.cursor() as cursor:
        if whole:
            cursor.execute(WRITE, [now, json.dumps(whole)])
        if times:
            cursor.execute(WRITE_TIMES, [json.dumps(times)])
