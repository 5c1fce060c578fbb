"""Tell for each staged row what it would do: set by set, in SQL."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.models import HistoryRun, HistoryState
from contacts.work import beat

PORTION = 50_000

ANALYZE = """
ANALYZE contacts_historyrow (history_run_id, number, state, message_id)
"""

# Forgets an earlier look.
RESET = """
UPDATE contacts_historyrow
SET state = 'new', reason = '', contact_id = NULL
WHERE history_run_id = %(run)s AND state IN ('known', 'duplicate', 'stranger')
"""

# Rows that say what an earlier row says.
JOIN_DUPLICATES = """
UPDATE contacts_historyrow AS row
SET state = 'duplicate', reason = 'duplicate'
FROM (
    SELECT message_id, min(number) AS number
    FROM contacts_historyrow
    WHERE history_run_id = %(run)s AND state = 'new'
    GROUP BY message_id
    HAVING count(*) > 1
) AS first
WHERE row.history_run_id = %(run)s
    AND row.state = 'new'
    AND row.message_id = first.message_id
    AND row.number > first.number
"""

IN_PORTION = """
row.history_run_id = %(run)s AND row.number > %(after)s AND row.number <= %(until)s
"""

# A message that was imported and undone may come again, under another name; however often.
# Of a long name the hash stays, so that two of them don't become the same.
# Leans on message_counts_once.
COME_AGAIN = f"""
UPDATE contacts_historyrow AS row
SET message_id = CASE
        WHEN length(told.id) > 88 THEN left(told.id, 55) || '~' || md5(told.id) ELSE told.id
    END || '~again' || (
        1 + coalesce(substring(row.message_id FROM '~again([0-9]{{1,4}})$'), '0')::integer
    )
FROM contacts_receipt AS receipt
CROSS JOIN LATERAL (
    SELECT regexp_replace(receipt.message_id, '~again[0-9]{{1,4}}$', '') AS id
) AS told
WHERE {IN_PORTION}
    AND row.state = 'new'
    AND receipt.source_id = %(source)s
    AND receipt.message_id = row.message_id
    AND receipt.outcome ? 'undone'
"""  # noqa: S608 - names and texts of ours

# Rows whose message the source has sent before. Leans on message_counts_once.
MEET_KNOWN = f"""
UPDATE contacts_historyrow AS row
SET state = 'known', reason = 'known'
FROM contacts_receipt AS receipt
WHERE {IN_PORTION}
    AND row.state = 'new'
    AND receipt.source_id = %(source)s
    AND receipt.message_id = row.message_id
"""  # noqa: S608 - names and texts of ours

# Whom the identifiers of a row name: the user id before the anonymous id before the email.
FIND_PEOPLE = f"""
UPDATE contacts_historyrow AS row
SET contact_id = found.contact_id
FROM (
    SELECT row.number, coalesce(
        (SELECT contact_id FROM contacts_identifier
            WHERE kind = 'user_id' AND value = row.user_id),
        (SELECT contact_id FROM contacts_identifier
            WHERE kind = 'anonymous_id' AND value = row.anonymous_id),
        (SELECT contact_id FROM contacts_identifier
            WHERE kind = 'email' AND value = row.email)
    ) AS contact_id
    FROM contacts_historyrow AS row
    WHERE {IN_PORTION} AND row.state = 'new'
) AS found
WHERE {IN_PORTION} AND row.number = found.number AND found.contact_id IS NOT NULL
"""  # noqa: S608 - names and texts of ours

# Rows of people whom nobody knows, if these are to be left out.
LEAVE_OUT = f"""
UPDATE contacts_historyrow AS row
SET state = 'stranger', reason = 'stranger'
WHERE {IN_PORTION} AND row.state = 'new' AND row.contact_id IS NULL
"""  # noqa: S608 - names and texts of ours

COUNT = """
SELECT state, count(*) FROM contacts_historyrow
WHERE history_run_id = %(run)s
GROUP BY state
"""


class HistoryClassifier:
    """Classifies the rows of one import, in portions that each fit into a transaction."""

    def __init__(self, run: HistoryRun) -> None:
        self.run = run

    def classify(self, *, now: datetime) -> None:
        """Do all of it; each step may be done again."""
        with transaction.atomic():
            beat(self.run, now=now, phase="Looking for events you know")
            self._execute(RESET)
            self._execute(ANALYZE)
            self._execute(JOIN_DUPLICATES)
        for after in range(0, self.run.row_count, PORTION):
            with transaction.atomic():
                beat(self.run, now=now, phase="Looking for people you know")
                self.look_at(after, after + PORTION)
        counts = count_rows(self.run)
        HistoryRun.objects.filter(pk=self.run.pk).update(counts=counts)
        self.run.counts = counts

    def look_at(self, after: int, until: int) -> None:
        """Look at the rows of a portion that are new so far."""
        values = {"after": after, "until": until, "source": self.run.source_id}
        while self._execute(COME_AGAIN, **values):
            pass
        self._execute(MEET_KNOWN, **values)
        self._execute(FIND_PEOPLE, **values)
        if not self.run.makes_people:
            self._execute(LEAVE_OUT, **values)

    def _execute(self, statement: str, **parameters: Any) -> int:
        """Run a statement for this import; tell how many rows it changed."""
        with connection.cursor() as cursor:
            cursor.execute(statement, {"run": self.run.pk, **parameters})
            return cursor.rowcount


def count_rows(run: HistoryRun) -> dict[str, int]:
    """Count the rows of each kind; one pass over the import's rows."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"run": run.pk})
        found = dict(cursor.fetchall())
    return {state: found.get(state, 0) for state in HistoryState.values}
