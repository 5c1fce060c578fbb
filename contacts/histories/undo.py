"""
Take an import of past events back: its events go, and its receipts say so.

What the events have set in motion meanwhile stays, and so do the people that came with them.
An undone event may be imported again.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from contacts.attributes import refold
from contacts.changes import tell_changed
from contacts.models import HistoryRun
from contacts.work import beat

CHUNK = 2_000
EMPTY_REPORT = {"events": 0, "changes": 0}

# Marks the receipts of what the rows of a chunk have brought, and tells which events these
# are and whose. Leans on message_counts_once.
MARK = """
WITH marked AS (
    SELECT receipt.id, receipt.message_id, receipt.event_id, receipt.identifier_id
    FROM contacts_historyrow AS row
    JOIN contacts_receipt AS receipt
        ON receipt.source_id = %(source)s AND receipt.message_id = row.message_id
    WHERE row.history_run_id = %(run)s
        AND row.number > %(after)s
        AND row.number <= %(until)s
        AND row.state = 'new'
        AND NOT receipt.outcome ? 'undone'
    FOR UPDATE OF receipt
), written AS (
    UPDATE contacts_receipt AS receipt
    SET outcome = receipt.outcome || %(undone)s, event_id = NULL
    FROM marked
    WHERE receipt.source_id = %(source)s AND receipt.message_id = marked.message_id
)
SELECT marked.id, marked.event_id, identifier.contact_id
FROM marked
LEFT JOIN contacts_identifier AS identifier ON identifier.id = marked.identifier_id
"""

# Leans on the primary key; the contact is named for the sake of a sharded table.
DELETE_EVENTS = """
DELETE FROM contacts_event WHERE contact_id = ANY (%(contacts)s) AND id = ANY (%(events)s)
"""

# Whoever has yet to react to these events has nothing to react to any more.
DELETE_REACTIONS = """
DELETE FROM contacts_reaction
WHERE contact_id = ANY (%(contacts)s) AND event_id = ANY (%(events)s)
"""

# Takes back what was told of contacts, but for the address, which is also how they are known.
# Leans on attribute_change_once, which begins with the contact.
FORGET_CHANGES = """
UPDATE contacts_attributechange
SET values = jsonb_strip_nulls(jsonb_build_object('email', values -> 'email'))
WHERE contact_id = ANY (%(contacts)s)
    AND receipt_id = ANY (%(receipts)s)
    AND values - 'email' <> '{}'
RETURNING contact_id
"""


class Undoer:
    """Undoes one import, chunk by chunk."""

    def __init__(self, run: HistoryRun) -> None:
        self.run = run

    def undo_chunk(self, *, now: datetime) -> bool:
        """
        Undo the next rows and move the cursor, in one transaction.

        :returns: whether there are more
        :raises LeaseLost: if another worker has taken over; nothing of the chunk is kept
        """
        run = self.run
        after = run.cursor
        end = run.undo_report.get("until", run.row_count)
        until = min(after + CHUNK, end)
        with transaction.atomic():
            beat(
                run,
                now=now,
                done=until,
                total=end,
                phase="Taking the events back",
            )
            report = {**EMPTY_REPORT, **run.undo_report}
            for name, count in self._undo(after, until, now).items():
                report[name] += count
            HistoryRun.objects.filter(pk=run.pk).update(
                cursor=until, undo_report=report
            )
        run.cursor, run.undo_report = until, report
        return until < end

    def _undo(self, after: int, until: int, now: datetime) -> dict[str, int]:
        """Undo the rows of a chunk; tell how many events and changes are gone."""
        run = self.run
        undone = {"import": run.pk, "at": now.isoformat(), "by": run.undone_by_id}
        values: dict[str, Any] = {
            "run": run.pk,
            "source": run.source_id,
            "after": after,
            "until": until,
            "undone": Jsonb({"undone": undone}),
        }
        with connection.cursor() as cursor:
            cursor.execute(MARK, values)
            marked = cursor.fetchall()
            about: dict[str, Any] = {
                "receipts": [row[0] for row in marked],
                "events": [row[1] for row in marked if row[1]],
                "contacts": list({row[2] for row in marked if row[2]}),
            }
            cursor.execute(DELETE_REACTIONS, about)
            cursor.execute(DELETE_EVENTS, about)
            events = cursor.rowcount
            cursor.execute(FORGET_CHANGES, about)
            changed = [row[0] for row in cursor.fetchall()]
        refold(set(changed), now=now)
        told = dict.fromkeys(about["contacts"])
        tell_changed(told, now=now, is_historical=True)
        return {"events": events, "changes": len(changed)}
