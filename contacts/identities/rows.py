"""Read rows as JSON, and write them back exactly."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from contacts.identities.tables import Table, about_any, columns_of, key_of
from contacts.models import Contact

Row = dict[str, Any]


def snapshot(model: Table, contact_ids: Collection[int]) -> dict[str, Row]:
    """Read all rows of a table that are about the contacts, by their keys."""
    statement = (
        f"SELECT to_jsonb(t) FROM {model._meta.db_table} AS t WHERE {about_any(model)}"  # noqa: S608 - names and texts of ours
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"contacts": list(contact_ids)})
        return _by_key(model, cursor.fetchall())


def read_rows(model: Table, keys: Iterable[str]) -> dict[str, Row]:
    """Read rows by their keys, whomever they are about by now."""
    key = key_of(model)
    statement = (
        f"SELECT to_jsonb(t) FROM {model._meta.db_table} AS t WHERE {key} = ANY (%s)"  # noqa: S608 - names and texts of ours
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [[int(one) for one in keys]])
        return _by_key(model, cursor.fetchall())


def _by_key(model: Table, rows: list[tuple[Any]]) -> dict[str, Row]:
    """Map rows by their key, as text."""
    key = key_of(model)
    found = (json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in rows)
    return {str(row[key]): row for row in found}


def replace_rows(model: Table, old: Iterable[Row], new: Iterable[Row]) -> set[str]:
    """
    Delete rows and insert others, in one statement.

    :returns: the keys of those that a unique rule kept out
    """
    olds, news = list(old), list(new)
    if not olds and not news:
        return set()
    key = key_of(model)
    table = model._meta.db_table
    names = columns_of(model)
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f'fresh."{name}"' for name in names)
    # The insert waits for the delete because it counts what that has deleted.
    statement = f"""
WITH gone AS (
    DELETE FROM {table} AS t
    USING jsonb_to_recordset(%s::jsonb) AS old ({key} bigint, contact_id bigint)
    WHERE t.{key} = old.{key} AND t.contact_id = old.contact_id
    RETURNING t.{key}
), waited AS MATERIALIZED (
    SELECT count(*) FROM gone
)
INSERT INTO {table} ({columns})
SELECT {values}
FROM waited, jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS fresh
ORDER BY fresh.{key}
ON CONFLICT DO NOTHING
RETURNING {key}
"""  # noqa: S608 - names and texts of ours
    wanted = {str(row[key]) for row in news}
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(olds), json.dumps(news)])
        return wanted - {str(row[0]) for row in cursor.fetchall()}


def replace_contacts(rows: Iterable[Row]) -> None:
    """Write contacts as they were, whether they are there or not."""
    names = columns_of(Contact)
    columns = ", ".join(names)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    statement = f"""
INSERT INTO contacts_contact ({columns})
SELECT {columns} FROM jsonb_populate_recordset(NULL::contacts_contact, %s::jsonb)
ON CONFLICT (id) DO UPDATE SET {changes}
"""  # noqa: S608 - names and texts of ours
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(list(rows))])
