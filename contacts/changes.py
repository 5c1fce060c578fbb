"""Tell who wants to know that contacts have changed, otherwise than by an event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from contacts.background import ring_for
from contacts.models.event import CONTACT_CHANGED, CONTACT_REMADE

# One row for each consumer that watches changes of contacts, or is told of historical ones. A
# consumer that has yet to look at the contact keeps its row.
TELL = """
INSERT INTO contacts_reaction (
    contact_id, consumer, event_id, name, occurred_at, created_at, receipt_id
)
SELECT changed.contact_id, watched.consumer, %(number)s, watched.name, %(now)s, %(now)s,
    changed.receipt_id
FROM unnest(%(contacts)s::bigint[], %(receipts)s::bigint[]) AS changed (contact_id, receipt_id)
JOIN contacts_watchedevent AS watched
    ON watched.name = %(name)s AND watched.tells_history = %(historical)s
ORDER BY changed.contact_id
ON CONFLICT (contact_id, consumer, event_id) DO UPDATE SET receipt_id = excluded.receipt_id
RETURNING consumer
"""


def tell_changed(
    changed: Mapping[int, int | None],
    *,
    now: datetime,
    is_historical: bool = False,
    is_remade: bool = False,
) -> None:
    """
    Say that attributes or lists of contacts have changed, inside the transaction that does it.

    ``changed`` maps each contact to the receipt of the message that did it last, if one did.
    What is historical starts no campaign. ``is_remade`` says that the contacts were made,
    merged or parted, so that their events are different, too.
    """
    if not changed:
        return
    values: dict[str, Any] = {
        "contacts": list(changed),
        "receipts": list(changed.values()),
        "now": now,
        "historical": is_historical,
        "name": CONTACT_REMADE if is_remade else CONTACT_CHANGED,
        "number": -1 if is_remade else 0,
    }
    with connection.cursor() as cursor:
        cursor.execute(TELL, values)
        ring_for(row[0] for row in cursor.fetchall())
