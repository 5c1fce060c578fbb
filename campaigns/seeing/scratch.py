"""
A transaction that is always taken back.

Inside it the engine, the guardrails and the outbox write as ever, and what they wrote can be
read; afterwards nothing of it has ever been. Nobody outside sees it, no bell rings and nothing
is sent: bells are rung, tasks are queued and messages are claimed after a commit, which does
not come.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

# Rows that workers hold at this moment are not waited for longer: before PostgreSQL would look
# for a deadlock, so that it is never a worker who has to give way.
PATIENCE = "400ms"


class Busy(RuntimeError):
    """Somebody is at work on this person at this moment; ask again."""


@contextmanager
def scratch() -> Iterator[None]:
    """
    Take back all that is written inside.

    :raises Busy: if a worker holds what is needed
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('lock_timeout', %s, true)", [PATIENCE]
                )
            try:
                yield
            finally:
                transaction.set_rollback(True)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "55P03":
            raise Busy("A worker is at this person just now.") from error
        raise
