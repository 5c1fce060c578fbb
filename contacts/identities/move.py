"""
Move rows from one contact to another: delete and insert in one statement, same row ids.

The contact of a row never changes in place, for on many machines the other contact's rows
may be on another one.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from contacts.identities.tables import Table, columns_of, key_of

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
SELECT {row_key}, CASE WHEN moved IS NULL THEN to_jsonb(gone) END
FROM gone
LEFT JOIN moved USING ({key})
"""


def move_rows(
    model: Table,
    *,
    from_id: int,
    to_id: int,
    condition: str = "",
    values: Sequence[Any] = (),
) -> tuple[list[Any], list[dict[str, Any]]]:
    """
    Move the rows of a table from one contact to another.

    :returns: the keys of those that moved, and those that could not, as they were
    """
    columns = columns_of(model)
    key = ", ".join(key_of(model))
    statement = MOVE.format(
        table=model._meta.db_table,
        condition=f" AND {condition}" if condition else "",
        columns=", ".join(f'"{column}"' for column in columns),
        values=", ".join(
            "%s" if column == "contact_id" else f'"{column}"' for column in columns
        ),
        key=key,
        row_key=key,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [from_id, *values, to_id])
        rows = cursor.fetchall()
    moved = [row[0] for row in rows if row[1] is None]
    return moved, [row[1] for row in rows if row[1] is not None]
