"""Write many rows at once."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection

encode = msgspec.json.Encoder().encode

# Numbers for rows to come, so that rows of other tables can name them.
RESERVE = """
SELECT nextval(sequence.name)
FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name OFFSET 0) AS sequence,
    generate_series(1, %s)
"""


def copy_rows(
    table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Write rows by COPY; table and columns are constants of ours."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def as_json(value: Any) -> str:
    """Write a value for a jsonb column."""
    return encode(value).decode()


def reserve(table: str, count: int) -> list[int]:
    """Reserve the ids of rows to come."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [table, count])
        return [row[0] for row in cursor.fetchall()]
