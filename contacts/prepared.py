"""
Statements that run very often: parsed and planned once per connection, several in one go.

Django's own cursors put the values into the text, which is then parsed and planned anew each
time; for a small statement that is most of what it costs.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import Cursor

Values = Mapping[str, Any] | Sequence[Any]


def prepared(statement: str, values: Values) -> Cursor[Any]:
    """Run a statement that the server keeps ready, in the current transaction."""
    [cursor] = prepared_in_turn([(statement, values)])
    return cursor


def prepared_in_turn(statements: Sequence[tuple[str, Values]]) -> list[Cursor[Any]]:
    """
    Run statements one after the other without waiting for the answers in between.

    Each sees what the one before has done and waited for. If one fails, none of the later
    ones runs.
    """
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    raw = connection.connection
    # Off by default in Django, and without effect on its own cursors.
    raw.prepare_threshold = 0
    with connection.wrap_database_errors:
        if len(statements) == 1:
            return [_execute(raw, *statements[0])]
        with raw.pipeline():
            return [_execute(raw, *one) for one in statements]


def _execute(raw: Any, statement: str, values: Values) -> Cursor[Any]:
    """Run a statement, or queue it in an open pipeline."""
    return Cursor(raw).execute(statement, values, prepare=True)
