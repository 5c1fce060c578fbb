"""One statement about a contact, and the journal that keeps it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Assertion:
    """
    What one message, edit or file says about a contact.

    The text in ``order_key`` decides between two of the same instant, and makes it count
    once. A value of None takes an attribute away.
    """

    contact_id: int
    at: datetime
    order_key: str
    values: Mapping[str, Any]
    # "identify", "by_hand", "import", "conversion", …
    cause: str
    identifier_id: int | None = None
    receipt_id: int | None = None
    source_id: int | None = None
    changed_by_id: int | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """What decides which of two is newer."""
        return self.at, self.order_key


# Writes down what is new. Leans on the unique index (contact_id, at, order_key).
WRITE_DOWN = """
INSERT INTO contacts_attributechange (
    contact_id, at, order_key, values, cause, identifier_id, receipt_id, source_id,
    changed_by_id, recorded_at
)
SELECT
    contact_id, at, order_key, values, cause, identifier_id, receipt_id, source_id,
    changed_by_id, %s
FROM jsonb_to_recordset(%s) AS told (
    contact_id bigint, at timestamptz, order_key text, values jsonb, cause text,
    identifier_id bigint, receipt_id bigint, source_id bigint, changed_by_id bigint
)
ON CONFLICT (contact_id, at, order_key) DO NOTHING
RETURNING contact_id, at, order_key
"""


def write_down(
    assertions: Iterable[Assertion], *, now: datetime
) -> dict[int, list[Assertion]]:
    """Keep what is new, and list it by contact, oldest first; one statement."""
    by_key: dict[tuple[int, datetime, str], Assertion] = {}
    for one in assertions:
        by_key.setdefault((one.contact_id, *one.order), one)
    documents = [
        {
            "contact_id": one.contact_id,
            "at": one.at.isoformat(),
            "order_key": one.order_key,
            "values": dict(one.values),
            "cause": one.cause,
            "identifier_id": one.identifier_id,
            "receipt_id": one.receipt_id,
            "source_id": one.source_id,
            "changed_by_id": one.changed_by_id,
        }
        for one in by_key.values()
    ]
    fresh: dict[int, list[Assertion]] = {}
    with connection.cursor() as cursor:
        cursor.execute(WRITE_DOWN, [now, json.dumps(documents)])
        for key in cursor.fetchall():
            fresh.setdefault(key[0], []).append(by_key[key])
    for told in fresh.values():
        told.sort(key=lambda one: one.order)
    return fresh
