"""
Hand the checked rows to the drain, some hundred at a time.

A chunk is one transaction: what the drain writes, what became of the rows, and the cursor. So
a killed worker loses nothing and does nothing twice. Unless the run fires, what is written
is historical, and whoever it concerns is looked at by the audiences as such.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.changes import tell_changed
from contacts.drain import Result, understand
from contacts.histories.classify import HistoryClassifier
from contacts.histories.rows import derived_id, email_of, read_item
from contacts.models import HistoryRow, HistoryRun, HistoryState, Receipt
from contacts.tracking.messages import Message
from contacts.work import beat

# Small, since whoever sends live events waits while it is written: a third of what a thousand
# hold them up, for two fifths more work.
CHUNK = 250

# Writes down what became of rows that did not become what they were taken for.
SETTLE = """
UPDATE contacts_historyrow AS row
SET state = settled.state, reason = settled.reason
FROM unnest(%(numbers)s::bigint[], %(states)s::text[], %(reasons)s::text[])
    AS settled (number, state, reason)
WHERE row.history_run_id = %(run)s AND row.number = settled.number
"""


class Committer:
    """Commits one import, chunk by chunk."""

    def __init__(self, run: HistoryRun) -> None:
        self.run = run
        self.classifier = HistoryClassifier(run)

    def commit_chunk(self, *, now: datetime) -> bool:
        """
        Commit the next rows and move the cursor, in one transaction.

        :returns: whether there are more
        :raises LeaseLost: if another worker has taken over; nothing of the chunk is kept
        """
        after = self.run.cursor
        until = min(after + CHUNK, self.run.row_count)
        with transaction.atomic():
            # First of all the lease: two workers never do the same chunk.
            beat(self.run, now=now, done=until, phase="Importing events")
            # What has become known since the check is seen again.
            self.classifier.look_at(after, until)
            self._write(after, until, now)
            HistoryRun.objects.filter(pk=self.run.pk).update(cursor=until)
        self.run.cursor = until
        return until < self.run.row_count

    def _write(self, after: int, until: int, now: datetime) -> None:
        """Write the rows of a chunk."""
        rows = list(
            self.run.rows.filter(
                number__gt=after, number__lte=until, state=HistoryState.NEW
            ).order_by("number")
        )
        messages = [self._message(row, now) for row in rows]
        meetings = self._meetings(messages, now)
        results = understand([*meetings, *messages], now=now)
        self._settle(rows, results[len(meetings) :])
        if not self.run.fires:
            told = {
                result.contact_id: result.receipt_id
                for result in results
                if result.contact_id is not None
            }
            tell_changed(told, now=now, is_historical=True)

    def _message(self, row: HistoryRow, now: datetime) -> Message:
        """Read a row as the message it is, under the id that it has by now."""
        item = {**(row.item or {}), "messageId": row.message_id}
        return self._read(item, now)

    def _read(self, item: dict[str, Any], now: datetime) -> Message:
        """Read a row as the message that it stands for."""
        return read_item(
            item,
            source_id=self.run.source_id,
            now=now,
            is_historical=not self.run.fires,
        )

    def _meetings(self, messages: list[Message], now: datetime) -> list[Message]:
        """
        Make a message for each pair of an id and an email that rows of a table name together.

        That the person with the id has the address is said once for each pair, whatever the
        number of rows; then the events of both are those of one person. One query.
        """
        if self.run.form == HistoryRun.Form.LINES:
            return []
        meetings: dict[str, Message] = {}
        for message in messages:
            email = email_of(message)
            if not email or not (message.user_id or message.anonymous_id):
                continue
            ids = {"userId": message.user_id, "anonymousId": message.anonymous_id}
            told = {name: value for name, value in ids.items() if value}
            key = derived_id(["meeting", told, email])
            meetings.setdefault(
                key,
                self._read(
                    {
                        **told,
                        "type": "identify",
                        "messageId": key,
                        "timestamp": message.occurred_at.isoformat(),
                        "traits": {"email": email},
                    },
                    now,
                ),
            )
        known = Receipt.objects.filter(
            source_id=self.run.source_id, message_id__in=list(meetings)
        )
        for message_id in known.values_list("message_id", flat=True):
            del meetings[message_id]
        return list(meetings.values())

    def _settle(self, rows: list[HistoryRow], results: list[Result]) -> None:
        """Write down which rows were known after all, or were refused."""
        settled = [
            (row.number, *outcome)
            for row, result in zip(rows, results, strict=True)
            if (outcome := outcome_of(result))
        ]
        if not settled:
            return
        numbers, states, reasons = zip(*settled, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                SETTLE,
                {
                    "run": self.run.pk,
                    "numbers": list(numbers),
                    "states": list(states),
                    "reasons": list(reasons),
                },
            )


def outcome_of(result: Result) -> tuple[str, str] | None:
    """Say what a row is that the drain did not simply accept."""
    if result.state == Receipt.State.ACCEPTED:
        return None
    if result.state == Receipt.State.BLOCKED:
        return HistoryState.INVALID, "blocked"
    if result.state == Receipt.State.REJECTED:
        return HistoryState.INVALID, "refused"
    return HistoryState.KNOWN, "known"
