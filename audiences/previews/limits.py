"""Counting that ends in time: what takes too long, or is not waited for any more, is stopped."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

SECONDS = 20
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,40}")

# Stops the statement that counts for the same panel, if one is running.
STOP_EARLIER = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE application_name = %s AND datname = current_database() AND state = 'active'
    AND pid <> pg_backend_pid()
"""


class TookTooLong(RuntimeError):
    """The count was stopped because it took longer than a page waits."""


class Superseded(RuntimeError):
    """The count was stopped because a newer one was asked for."""


@contextmanager
def limited(token: str = "", seconds: float | None = None) -> Iterator[None]:
    """
    Run statements that end after some seconds, and stop an earlier one of the same token.

    :raises TookTooLong: if the time is up
    :raises Superseded: if a later one of the same token has begun
    """
    name = f"preview {token}" if TOKEN.fullmatch(token) else ""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                if name:
                    cursor.execute(STOP_EARLIER, [name])
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)",
                    [f"{int((seconds or SECONDS) * 1000)}ms"],
                )
                if name:
                    cursor.execute(
                        "SELECT set_config('application_name', %s, true)", [name]
                    )
            yield
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        was_asked = "user request" in str(error)
        raise (Superseded if was_asked else TookTooLong)(str(error)) from error
