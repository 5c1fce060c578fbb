"""
Make contacts of the checked rows, some thousands at a time.

A chunk is one transaction: rows, what was changed, and the cursor. So a killed worker loses
nothing and does nothing twice. A row that stopped being true since the check, because the
person came by another way or unsubscribed, is judged again here.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from psycopg.types.json import Jsonb

from contacts.imports.merging import (
    ATTRIBUTES,
    NAMES_SUPPRESSED,
    TEXT_FIELDS,
    attributes_outcome,
    differs,
    outcome_of,
    value_of,
)
from contacts.imports.repeats import state_repeated
from contacts.imports.user_ids import ATTACH, REFUSE_TAKEN, has_user_ids
from contacts.models import ContactList, ImportRun
from contacts.work import beat

CHUNK = 20_000

IN_CHUNK = """
row.import_run_id = %(run)s AND row.number > %(after)s AND row.number <= %(until)s
"""

# Whose address was suppressed since the check is left out.
SILENCE = f"""
UPDATE contacts_importrow AS row
SET state = 'suppressed', reason = 'unsubscribed'
FROM contacts_suppression AS suppression
WHERE {IN_CHUNK} AND row.state IN ('new', 'update', 'unchanged') AND {NAMES_SUPPRESSED}
"""  # noqa: S608 - names and texts of ours

# Whose contact was erased since the check is new again.
FORGET_GONE = f"""
UPDATE contacts_importrow AS row
SET state = 'new', contact_id = nextval(pg_get_serial_sequence('contacts_contact', 'id'))
WHERE {IN_CHUNK}
    AND row.state IN ('update', 'unchanged')
    AND NOT EXISTS (
        SELECT FROM contacts_identifier AS identifier
        WHERE identifier.kind = 'email' AND identifier.value = row.email
    )
"""  # noqa: S608 - names and texts of ours

# New people. The identifier comes first, since it settles who is first when two come at once.
# That is tried without looking, for nearly always nobody has come in between; if somebody has,
# all of it is done again with IF_TAKEN, and MEET_WINNER takes the rows that came second. In
# order of the address, so that two imports of the same people wait for each other.
NAME = f"""
INSERT INTO contacts_identifier (kind, value, contact_id, created_at, stated_at)
SELECT 'email', row.email, row.contact_id, %(now)s, %(now)s
FROM contacts_importrow AS row
WHERE {IN_CHUNK} AND row.state = 'new'
ORDER BY row.email
"""  # noqa: S608 - names and texts of ours
IF_TAKEN = "ON CONFLICT (kind, value) DO NOTHING"

# Whether a row is still without a contact: who came first has gone again meanwhile.
HAS_NAMELESS = f"""
SELECT EXISTS (
    SELECT FROM contacts_importrow AS row
    WHERE {IN_CHUNK}
        AND row.state = 'new'
        AND NOT EXISTS (
            SELECT FROM contacts_identifier AS identifier
            WHERE identifier.kind = 'email'
                AND identifier.value = row.email
                AND identifier.contact_id = row.contact_id
        )
)
"""  # noqa: S608 - names and texts of ours

# What comes with the name, a statement for each table: that is as fast as COPY into it, while
# one statement for all of them takes half as long again.
CREATE = f"""
INSERT INTO contacts_contact
    (id, email, {", ".join(TEXT_FIELDS)}, attributes, created_at, updated_at)
SELECT
    row.contact_id, row.email, {", ".join(value_of(field) for field in TEXT_FIELDS)},
    {ATTRIBUTES}, %(now)s, %(now)s
FROM contacts_importrow AS row
WHERE {IN_CHUNK} AND row.state = 'new'
"""  # noqa: S608 - names and texts of ours
CREATE_LISTED = f"""
INSERT INTO contacts_listmembership (contact_id, contact_list_id, added_at)
SELECT row.contact_id, %(list)s, %(now)s
FROM contacts_importrow AS row
WHERE {IN_CHUNK} AND row.state = 'new'
"""  # noqa: S608 - names and texts of ours
CREATE_GRANTED = f"""
INSERT INTO contacts_consent (contact_id, channel, state, changed_at)
SELECT row.contact_id, 'email', 'granted', %(now)s
FROM contacts_importrow AS row
WHERE {IN_CHUNK} AND row.state = 'new'
"""  # noqa: S608 - names and texts of ours
REMEMBER_GRANTED = f"""
INSERT INTO contacts_consentchange (
    contact_id, channel, state, changed_at, source, statement, evidence, changed_by_id
)
SELECT
    row.contact_id, 'email', 'granted', %(now)s, 'import', %(statement)s,
    %(evidence)s || jsonb_build_object('row', row.number), %(user)s
FROM contacts_importrow AS row
WHERE {IN_CHUNK} AND row.state = 'new'
"""  # noqa: S608 - names and texts of ours

# Rows whose person became a contact, or another contact, by another way since the check.
MEET_WINNER = f"""
UPDATE contacts_importrow AS row
SET state = 'unchanged', contact_id = identifier.contact_id
FROM contacts_identifier AS identifier
WHERE {IN_CHUNK}
    AND row.state IN ('new', 'update', 'unchanged')
    AND identifier.kind = 'email'
    AND identifier.value = row.email
    AND identifier.contact_id <> row.contact_id
"""  # noqa: S608 - names and texts of ours

# Who took back the permission is left out, whatever was found out earlier.
RESPECT = f"""
UPDATE contacts_importrow AS row
SET state = 'suppressed', reason = 'unsubscribed'
FROM contacts_consent AS consent
WHERE {IN_CHUNK}
    AND row.state IN ('update', 'unchanged')
    AND consent.contact_id = row.contact_id
    AND consent.channel = 'email'
    AND consent.state = 'withdrawn'
"""  # noqa: S608 - names and texts of ours

# An address that was merely claimed until now is stated by the file. Leans on the unique index.
STATE_KNOWN = f"""
UPDATE contacts_identifier AS identifier
SET stated_at = %(now)s
FROM contacts_importrow AS row
WHERE {IN_CHUNK}
    AND row.state IN ('update', 'unchanged')
    AND identifier.kind = 'email'
    AND identifier.value = row.email
    AND identifier.stated_at IS NULL
"""  # noqa: S608 - names and texts of ours

HAS_KNOWN = f"""
SELECT EXISTS (
    SELECT FROM contacts_importrow AS row
    WHERE {IN_CHUNK} AND row.state IN ('update', 'unchanged')
)
"""  # noqa: S608 - names and texts of ours

# People who are contacts already join the list and, with a statement, may be written to; who
# is on the list, or has said yes or no before, stays as he is.
JOIN_LIST = f"""
WITH listed AS (
    INSERT INTO contacts_listmembership (contact_id, contact_list_id, added_at)
    SELECT contact.id, %(list)s, %(now)s
    FROM contacts_importrow AS row
    JOIN contacts_contact AS contact ON contact.id = row.contact_id
    WHERE {IN_CHUNK}
        AND row.state IN ('update', 'unchanged')
        AND %(list)s::bigint IS NOT NULL
    ORDER BY contact.id
    ON CONFLICT (contact_id, contact_list_id) DO NOTHING
    RETURNING contact_id
)
INSERT INTO contacts_importchange
    (import_run_id, contact_id, before, after, was_listed, was_granted)
SELECT %(run)s, contact_id, '{{}}', '{{}}', TRUE, FALSE
FROM listed
ON CONFLICT (import_run_id, contact_id) DO UPDATE SET was_listed = TRUE
"""  # noqa: S608 - names and texts of ours

GRANT = f"""
WITH granted AS (
    INSERT INTO contacts_consent (contact_id, channel, state, changed_at)
    SELECT contact.id, 'email', 'granted', %(now)s
    FROM contacts_importrow AS row
    JOIN contacts_contact AS contact ON contact.id = row.contact_id
    WHERE {IN_CHUNK} AND row.state IN ('update', 'unchanged') AND %(statement)s <> ''
    ORDER BY contact.id
    ON CONFLICT (contact_id, channel) DO NOTHING
    RETURNING contact_id
), remembered AS (
    INSERT INTO contacts_consentchange (
        contact_id, channel, state, changed_at, source, statement, evidence, changed_by_id
    )
    SELECT
        contact_id, 'email', 'granted', %(now)s, 'import', %(statement)s, %(evidence)s, %(user)s
    FROM granted
)
INSERT INTO contacts_importchange
    (import_run_id, contact_id, before, after, was_listed, was_granted)
SELECT %(run)s, contact_id, '{{}}', '{{}}', FALSE, TRUE
FROM granted
ON CONFLICT (import_run_id, contact_id) DO UPDATE SET was_granted = TRUE
"""  # noqa: S608 - names and texts of ours


def document(values: dict[str, str]) -> str:
    """Build the JSON of the fields that change, from one expression for each."""
    pairs = ", ".join(f"'{name}', {value}" for name, value in values.items())
    return f"jsonb_build_object({pairs})"


def change_known(policy: str) -> str:
    """
    Change people who are contacts already, only where something differs, keeping the old values.

    The row of the contact is locked before it is compared, so a change that commits in between
    is seen; the staged row says what came of it. Whose journal of attributes has begun gets an
    entry; whose has not will begin with what the import remembers.
    """
    fields = (*TEXT_FIELDS, "attributes")
    before = document({field: f"before.{field}" for field in fields})
    after = document({field: f"before.new_{field}" for field in fields})
    old = document({field: f"before.{field}" for field in TEXT_FIELDS})
    new = document({field: f"before.new_{field}" for field in TEXT_FIELDS})
    return f"""
WITH before AS MATERIALIZED (
    SELECT
        contact.id,
        row.number,
        greatest(contact.attributes_at, %(now)s) AS at,
        contact.attributes_at IS NOT NULL AS has_journal,
        {", ".join(f"contact.{field}" for field in fields)},
        {", ".join(f"{outcome_of(f, policy)} AS new_{f}" for f in TEXT_FIELDS)},
        {attributes_outcome(policy)} AS new_attributes
    FROM contacts_importrow AS row
    JOIN contacts_contact AS contact ON contact.id = row.contact_id
    WHERE {IN_CHUNK} AND row.state IN ('update', 'unchanged') AND {differs(policy)}
    ORDER BY contact.id
    FOR UPDATE OF contact
), changed AS (
    UPDATE contacts_contact AS contact
    SET
        {", ".join(f"{field} = before.new_{field}" for field in fields)},
        attributes_at = CASE WHEN before.has_journal THEN before.at END,
        updated_at = %(now)s
    FROM before
    WHERE contact.id = before.id
), told AS (
    INSERT INTO contacts_attributechange
        (contact_id, at, order_key, values, cause, identifier_id, changed_by_id, recorded_at)
    SELECT
        before.id, before.at, '~import:' || %(run)s, news.values, 'import', (
            SELECT min(id) FROM contacts_identifier AS identifier
            WHERE identifier.contact_id = before.id AND identifier.kind = 'email'
        ), %(user)s, %(now)s
    FROM before
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(new.name, new.value) AS values
        FROM jsonb_each({new} || before.new_attributes) AS new (name, value)
        WHERE new.value IS DISTINCT FROM ({old} || before.attributes) -> new.name
    ) AS news
    WHERE before.has_journal
    ON CONFLICT (contact_id, at, order_key) DO NOTHING
), remembered AS (
    INSERT INTO contacts_importchange
        (import_run_id, contact_id, before, after, was_listed, was_granted)
    SELECT %(run)s, before.id, {before}, {after}, FALSE, FALSE
    FROM before
    ON CONFLICT (import_run_id, contact_id) DO UPDATE
    SET before = excluded.before, after = excluded.after
)
UPDATE contacts_importrow AS row
SET state = CASE WHEN before.id IS NULL THEN 'unchanged' ELSE 'update' END
FROM contacts_importrow AS same
LEFT JOIN before ON before.number = same.number
WHERE row.import_run_id = %(run)s
    AND same.import_run_id = row.import_run_id
    AND same.number = row.number
    AND {IN_CHUNK}
    AND row.state IN ('update', 'unchanged')
    AND row.state <> CASE WHEN before.id IS NULL THEN 'unchanged' ELSE 'update' END
"""  # noqa: S608 - names and texts of ours


def evidence_of(run: ImportRun) -> dict[str, Any]:
    """Say where a permission can be checked: the import and the hashes of its files."""
    files = [
        {"name": batch.name, "sha256": batch.digest}
        for batch in run.batches.order_by("pk")
    ]
    return {"import": run.pk, "files": files}


class Committer:
    """Commits one import, chunk by chunk."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        kind = run.contact_list.kind if run.contact_list else None
        self.with_user_ids = has_user_ids(run)
        self.parameters = {
            "run": run.pk,
            "list": run.contact_list_id if kind == ContactList.Kind.CHOSEN else None,
            "statement": run.consent_statement,
            "evidence": Jsonb(evidence_of(run)),
            "user": run.confirmed_by_id,
            "suppression_key": settings.SUPPRESSION_KEY,
        }

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
            beat(self.run, now=now, done=until, phase="Importing contacts")
            self._write(after, until, now)
            ImportRun.objects.filter(pk=self.run.pk).update(cursor=until)
        self.run.cursor = until
        return until < self.run.row_count

    def _write(self, after: int, until: int, now: datetime) -> None:
        """Write the rows of a chunk."""
        values: dict[str, Any] = {
            **self.parameters,
            "after": after,
            "until": until,
            "now": now,
        }
        with connection.cursor() as cursor:
            cursor.execute(SILENCE, values)
            cursor.execute(FORGET_GONE, values)
            if self.with_user_ids:
                cursor.execute(REFUSE_TAKEN, values)
            self._create(values)
            cursor.execute(HAS_KNOWN, values)
            statements = []
            if cursor.fetchone()[0]:
                change = change_known(self.run.policy)
                statements += [
                    MEET_WINNER,
                    STATE_KNOWN,
                    RESPECT,
                    change,
                    state_repeated(IN_CHUNK),
                    JOIN_LIST,
                    GRANT,
                ]
            if self.with_user_ids:
                statements.append(ATTACH)
            for statement in statements:
                cursor.execute(statement, values)

    def _create(self, values: dict[str, Any]) -> None:
        """Make the new people of a chunk; rows of those who exist by now become known ones."""
        self._name(values)
        statements = [CREATE]
        if values["list"] is not None:
            statements.append(CREATE_LISTED)
        if values["statement"]:
            statements += [CREATE_GRANTED, REMEMBER_GRANTED]
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement, values)

    def _name(self, values: dict[str, Any]) -> None:
        """Give each new person the name that settles who is first."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(NAME, values)
        except IntegrityError:
            with connection.cursor() as cursor:
                has_nameless = True
                while has_nameless:
                    cursor.execute(NAME + IF_TAKEN, values)
                    cursor.execute(MEET_WINNER, values)
                    cursor.execute(HAS_NAMELESS, values)
                    has_nameless = cursor.fetchone()[0]
