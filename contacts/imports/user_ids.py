"""
User ids of an import: a second name of the person that the address of the row names.

They are staged among the attributes of the row, where no attribute of a contact can be called
so. A row whose address and whose user id name two people is refused: nobody is merged by a file.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.imports.fields import USER_ID
from contacts.imports.merging import BROUGHT_USER_ID
from contacts.models import ImportRun
from contacts.work import beat

# Rows that name a user id or an address of an earlier row, and another one beside it.
DISAGREE = """
WITH named AS (
    SELECT
        number,
        email,
        attributes ->> 'user_id' AS user_id,
        first_value(email) OVER (
            PARTITION BY attributes ->> 'user_id' ORDER BY number
        ) AS first_email,
        first_value(attributes ->> 'user_id') OVER (
            PARTITION BY email ORDER BY number
        ) AS first_user_id
    FROM contacts_importrow
    WHERE import_run_id = %(run)s AND state = 'new' AND attributes ? 'user_id'
)
UPDATE contacts_importrow AS row
SET
    state = 'invalid',
    reason = CASE
        WHEN named.email <> named.first_email THEN 'user_id_twice' ELSE 'user_id_differs'
    END
FROM named
WHERE row.import_run_id = %(run)s
    AND row.number = named.number
    AND (named.email <> named.first_email OR named.user_id <> named.first_user_id)
"""

# Rows whose user id names another contact than their address does.
REFUSE_TAKEN = f"""
UPDATE contacts_importrow AS row
SET
    state = 'invalid',
    reason = 'user_id_taken',
    contact_id = nextval(pg_get_serial_sequence('contacts_contact', 'id'))
FROM contacts_identifier AS owner
WHERE row.import_run_id = %(run)s
    AND row.number > %(after)s
    AND row.number <= %(until)s
    AND row.state IN ('new', 'update', 'unchanged')
    AND owner.kind = 'user_id'
    AND owner.value = {BROUGHT_USER_ID}
    AND owner.contact_id <> row.contact_id
"""  # noqa: S608 - names and texts of ours

# Lets the user ids name the contacts of the rows, links each to the address it came with, and
# says of known people that they were changed. Who was quicker with the same user id keeps it.
ATTACH = f"""
WITH brought AS (
    SELECT DISTINCT ON ({BROUGHT_USER_ID})
        {BROUGHT_USER_ID} AS value, contact.id AS contact_id, row.email
    FROM contacts_importrow AS row
    JOIN contacts_contact AS contact ON contact.id = row.contact_id
    WHERE row.import_run_id = %(run)s
        AND row.number > %(after)s
        AND row.number <= %(until)s
        AND row.state IN ('new', 'update', 'unchanged')
        AND {BROUGHT_USER_ID} IS NOT NULL
    ORDER BY {BROUGHT_USER_ID}, row.number
), attached AS (
    INSERT INTO contacts_identifier (kind, value, contact_id, created_at, stated_at)
    SELECT 'user_id', value, contact_id, %(now)s, %(now)s FROM brought
    ON CONFLICT (kind, value) DO NOTHING
    RETURNING id, value, contact_id
), linked AS (
    INSERT INTO contacts_identifierlink
        (first_id, second_id, basis, at, order_key, refusal)
    SELECT
        least(attached.id, named.id), greatest(attached.id, named.id), 'together', %(now)s,
        'contact:' || attached.contact_id, ''
    FROM attached
    JOIN brought ON brought.value = attached.value
    JOIN contacts_identifier AS named
        ON named.kind = 'email' AND named.value = brought.email
    ON CONFLICT DO NOTHING
)
UPDATE contacts_importrow AS row
SET state = 'update'
FROM attached
WHERE row.import_run_id = %(run)s
    AND row.number > %(after)s
    AND row.number <= %(until)s
    AND row.state = 'unchanged'
    AND row.contact_id = attached.contact_id
"""  # noqa: S608 - names and texts of ours

# Takes user ids back that the import has attached, with their links.
DETACH = f"""
WITH detached AS (
    DELETE FROM contacts_identifier AS identifier
    USING contacts_importrow AS row
    WHERE row.import_run_id = %(run)s
        AND row.number > %(after)s
        AND row.number <= %(until)s
        AND row.state IN ('update', 'unchanged')
        AND identifier.kind = 'user_id'
        AND identifier.value = {BROUGHT_USER_ID}
        AND identifier.contact_id = row.contact_id
        AND identifier.created_at >= %(since)s
    RETURNING identifier.id
)
DELETE FROM contacts_identifierlink AS link
USING detached
WHERE link.first_id = detached.id OR link.second_id = detached.id
"""  # noqa: S608 - names and texts of ours


def has_user_ids(run: ImportRun) -> bool:
    """Whether a column of the import is one of user ids; one query."""
    columns = run.batches.values_list("columns", flat=True)
    return any(column["field"] == USER_ID for one in columns for column in one)


@transaction.atomic
def refuse_disagreeing(run: ImportRun, *, now: datetime) -> None:
    """Refuse rows that disagree with an earlier one about who somebody is."""
    beat(run, now=now)
    execute(DISAGREE, {"run": run.pk})


@transaction.atomic
def refuse_taken(run: ImportRun, after: int, until: int, *, now: datetime) -> None:
    """Refuse rows whose address and user id name two people."""
    beat(run, now=now)
    execute(REFUSE_TAKEN, {"run": run.pk, "after": after, "until": until})


def execute(statement: str, values: dict[str, Any]) -> None:
    """Run a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
