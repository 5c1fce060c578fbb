"""
Move rows from one contact to another: delete and insert in one statement, same row ids.

The contact of a row never changes in place, for on many machines the other contact's rows
may be on another one.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from contacts.identities.rows import Row
from contacts.identities.tables import (
    Table,
    columns_of,
    has_identifier,
    key_of,
    order_by_parents,
    person_tables,
    table_named,
)

# Rows that a unique rule keeps from moving come back whole.
MOVE = """
WITH gone AS (
    DELETE FROM {table} WHERE contact_id = %s{condition}
    RETURNING *
), moved AS (
    INSERT INTO {table} ({columns})
    SELECT {values} FROM gone
    ON CONFLICT DO NOTHING
    RETURNING {key}
)
SELECT gone.{key}, CASE WHEN moved.{key} IS NULL THEN to_jsonb(gone) END
FROM gone
LEFT JOIN moved ON moved.{key} = gone.{key}
"""


def move_rows(
    model: Table,
    *,
    from_id: int,
    to_id: int,
    condition: str = "",
    values: Sequence[Any] = (),
) -> tuple[list[int], list[Row]]:
    """
    Move the rows of a table from one contact to another.

    :returns: the keys of those that moved, and those that could not, as they were
    """
    columns = columns_of(model)
    statement = MOVE.format(
        table=model._meta.db_table,
        condition=f" AND {condition}" if condition else "",
        columns=", ".join(f'"{column}"' for column in columns),
        values=", ".join(
            "%s" if column == "contact_id" else f'"{column}"' for column in columns
        ),
        key=key_of(model),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [from_id, *values, to_id])
        rows = cursor.fetchall()
    moved = [row[0] for row in rows if row[1] is None]
    return moved, [json.loads(row[1]) for row in rows if row[1] is not None]


def move_followers(*, from_id: int, to_id: int, identifier_ids: Sequence[int]) -> None:
    """
    Move what belongs to identifiers, and what belongs to rows that have moved already.

    Rows that a unique rule keeps out are what the other contact has as well.
    """
    for model in order_by_parents(person_tables()):
        if has_identifier(model):
            move_rows(
                model,
                from_id=from_id,
                to_id=to_id,
                condition="identifier_id = ANY (%s)",
                values=[list(identifier_ids)],
            )
        elif hasattr(model, "follows"):
            column, label = model.follows
            parent = table_named(label)
            move_rows(
                model,
                from_id=from_id,
                to_id=to_id,
                condition=f"{column} IN (SELECT {key_of(parent)} "  # noqa: S608 - names and texts of ours
                f"FROM {parent._meta.db_table} WHERE contact_id = %s)",
                values=[to_id],
            )
