"""Tell for each staged row what it would do: set by set, in SQL."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from contacts.imports import user_ids
from contacts.imports.merging import NAMES_ANEW, NAMES_SUPPRESSED, differs
from contacts.models import ImportRun, RowState
from contacts.work import beat

PORTION = 100_000
# For fewer rows any plan will do.
WORTH_ANALYZING = 5_000

# The columns by which rows are found; to look at all the others takes much longer.
ANALYZE = """
ANALYZE contacts_importrow (import_run_id, number, state, email, contact_id)
"""

# Everything that an earlier look has found out, so that looking again is right.
RESET = """
UPDATE contacts_importrow
SET
    state = 'new',
    reason = '',
    duplicate_of = NULL,
    merged = NULL,
    contact_id = CASE
        WHEN state IN ('update', 'unchanged')
        THEN nextval(pg_get_serial_sequence('contacts_contact', 'id'))
        ELSE contact_id
    END
WHERE import_run_id = %(run)s
    AND (
        state IN ('update', 'unchanged', 'duplicate')
        OR (state = 'suppressed' AND reason = 'unsubscribed')
        OR (
            state = 'invalid'
            AND reason IN ('user_id_taken', 'user_id_twice', 'user_id_differs')
        )
        OR merged IS NOT NULL
    )
    AND state <> 'removed'
"""

# Rows whose address must not be written to.
SILENCE = f"""
UPDATE contacts_importrow AS row
SET state = 'suppressed', reason = 'unsubscribed'
FROM contacts_suppression AS suppression
WHERE row.import_run_id = %(run)s
    AND row.number > %(after)s
    AND row.number <= %(until)s
    AND row.state = 'new'
    AND {NAMES_SUPPRESSED}
"""  # noqa: S608 - names and texts of ours

# Rows of people who took back their permission, by whatever address.
RESPECT = """
UPDATE contacts_importrow AS row
SET state = 'suppressed', reason = 'unsubscribed'
FROM contacts_consent AS consent
WHERE row.import_run_id = %(run)s
    AND row.number > %(after)s
    AND row.number <= %(until)s
    AND row.state IN ('update', 'unchanged')
    AND consent.contact_id = row.contact_id
    AND consent.channel = 'email'
    AND consent.state = 'withdrawn'
"""

# Rows whose person is named by an earlier row; and on that earlier row the values of all of
# them, each the first that is not blank.
JOIN_DUPLICATES = """
WITH twin AS (
    SELECT
        row.email,
        min(row.number) AS number,
        (array_agg(row.first_name ORDER BY row.number)
            FILTER (WHERE row.first_name <> ''))[1] AS first_name,
        (array_agg(row.last_name ORDER BY row.number)
            FILTER (WHERE row.last_name <> ''))[1] AS last_name,
        (array_agg(row.locale ORDER BY row.number)
            FILTER (WHERE row.locale <> ''))[1] AS locale,
        (array_agg(row.time_zone ORDER BY row.number)
            FILTER (WHERE row.time_zone <> ''))[1] AS time_zone
    FROM contacts_importrow AS row
    WHERE row.import_run_id = %(run)s AND row.email = ANY (%(emails)s) AND row.state = 'new'
    GROUP BY row.email
), attribute AS (
    SELECT DISTINCT ON (row.email, pair.key) row.email, pair.key, pair.value
    FROM contacts_importrow AS row
    CROSS JOIN LATERAL jsonb_each(row.attributes) AS pair
    WHERE row.import_run_id = %(run)s AND row.email = ANY (%(emails)s) AND row.state = 'new'
    ORDER BY row.email, pair.key, row.number
), attributes AS (
    SELECT email, jsonb_object_agg(key, value) AS document
    FROM attribute
    GROUP BY email
)
UPDATE contacts_importrow AS row
SET
    state = CASE WHEN row.number = twin.number THEN 'new' ELSE 'duplicate' END,
    reason = CASE WHEN row.number = twin.number THEN '' ELSE 'duplicate' END,
    duplicate_of = CASE WHEN row.number = twin.number THEN NULL ELSE twin.number END,
    merged = CASE WHEN row.number = twin.number THEN jsonb_build_object(
        'first_name', coalesce(twin.first_name, ''),
        'last_name', coalesce(twin.last_name, ''),
        'locale', coalesce(twin.locale, ''),
        'time_zone', coalesce(twin.time_zone, ''),
        'attributes', coalesce(attributes.document, '{}')
    ) END
FROM twin
LEFT JOIN attributes ON attributes.email = twin.email
WHERE row.import_run_id = %(run)s AND row.email = twin.email AND row.state = 'new'
"""

# Addresses that more than one row names.
FIND_DUPLICATES = """
SELECT email
FROM contacts_importrow
WHERE import_run_id = %(run)s AND state = 'new'
GROUP BY email
HAVING count(*) > 1
LIMIT %(limit)s
"""

COUNT = """
SELECT state, count(*)
FROM contacts_importrow
WHERE import_run_id = %(run)s
GROUP BY state
"""


def meet_known(policy: str) -> str:
    """Rows of people who are contacts already: whether anything would change."""
    return f"""
UPDATE contacts_importrow AS row
SET
    state = CASE WHEN {differs(policy)} OR {NAMES_ANEW} THEN 'update' ELSE 'unchanged' END,
    contact_id = contact.id
FROM contacts_identifier AS identifier
JOIN contacts_contact AS contact ON contact.id = identifier.contact_id
WHERE row.import_run_id = %(run)s
    AND row.number > %(after)s
    AND row.number <= %(until)s
    AND row.state = 'new'
    AND identifier.kind = 'email'
    AND identifier.value = row.email
"""  # noqa: S608 - names and texts of ours


class Classifier:
    """Classifies the rows of one import, in portions that each fit into a transaction."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run

    def execute(self, statement: str, **parameters: Any) -> None:
        """Run a statement for this import."""
        with connection.cursor() as cursor:
            cursor.execute(statement, self.parameters(**parameters))

    def parameters(self, **parameters: Any) -> dict[str, Any]:
        """Give a statement what it needs."""
        return {
            "run": self.run.pk,
            "suppression_key": settings.SUPPRESSION_KEY,
            **parameters,
        }

    @transaction.atomic
    def begin(self, *, now: datetime) -> None:
        """Forget an earlier look; let the planner know the staged rows."""
        beat(self.run, now=now, phase="Looking for people you know")
        self.execute(RESET)
        if self.run.row_count > WORTH_ANALYZING:
            self.execute(ANALYZE)

    @transaction.atomic
    def silence(self, after: int, until: int, *, now: datetime) -> None:
        """Set rows aside whose address must not be written to."""
        self.execute(SILENCE, after=after, until=until)
        beat(self.run, now=now)

    @transaction.atomic
    def join_duplicates(self, *, now: datetime) -> None:
        """Join rows that name the same person into the first of them."""
        beat(self.run, now=now, phase="Looking for duplicates")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'")
            while True:
                cursor.execute(FIND_DUPLICATES, self.parameters(limit=PORTION))
                emails = [row[0] for row in cursor.fetchall()]
                if not emails:
                    return
                self.execute(JOIN_DUPLICATES, emails=emails)

    @transaction.atomic
    def meet_known(self, after: int, until: int, *, now: datetime) -> None:
        """Find rows of people who are contacts already."""
        statement = meet_known(self.run.policy)
        self.execute(statement, after=after, until=until)
        self.execute(RESPECT, after=after, until=until)
        beat(self.run, now=now)

    @transaction.atomic
    def count(self) -> dict[str, int]:
        """Count the rows of each kind and keep the counts with the import."""
        counts = count_rows(self.run)
        ImportRun.objects.filter(pk=self.run.pk).update(counts=counts)
        self.run.counts = counts
        return counts

    def classify(self, *, now: datetime) -> None:
        """Do all of it; each step may be done again."""
        self.begin(now=now)
        portions = [
            (after, after + PORTION) for after in range(0, self.run.row_count, PORTION)
        ]
        for after, until in portions:
            self.silence(after, until, now=now)
        with_user_ids = user_ids.has_user_ids(self.run)
        if with_user_ids:
            user_ids.refuse_disagreeing(self.run, now=now)
        self.join_duplicates(now=now)
        for after, until in portions:
            self.meet_known(after, until, now=now)
            if with_user_ids:
                user_ids.refuse_taken(self.run, after, until, now=now)
        self.count()


def count_rows(run: ImportRun) -> dict[str, int]:
    """Count the rows of each kind; one pass over the import's rows."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"run": run.pk})
        found = dict(cursor.fetchall())
    return {state: found.get(state, 0) for state in RowState.values}
