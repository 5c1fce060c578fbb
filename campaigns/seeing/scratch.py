"""
A transaction that is always taken back.

Inside it the engine, the guardrails and the outbox write as ever, and what they wrote can be
read; afterwards nothing of it has ever been. Nobody outside sees it, no bell rings and nothing
is sent: bells are rung, tasks are queued and messages are claimed after a commit, which does
not come.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

# Rows that workers hold at this moment are not waited for longer: before PostgreSQL would look
# for a deadlock, so that it is never a worker who has to give way.
PATIENCE = "400ms"
# Others who look at the same person are waited for: they are done in a moment.
PATIENCE_WITH_VIEWERS = "5s"
# The first key of the advisory locks of those who look at a person.
LOCK_SPACE = zlib.crc32(b"greenlight scratch") & 0x7FFFFFFF


class Busy(RuntimeError):
    """Somebody is at work on this person at this moment; ask again."""


@contextmanager
def scratch(contact_id: int | None = None) -> Iterator[None]:
    """
    Take back all that is written inside; give the contact whom it is about, if it is one.

    :raises Busy: if a worker holds what is needed
    """
    try:
        with transaction.atomic():
            if contact_id is not None:
                _take_turns(contact_id)
            _wait(PATIENCE)
            try:
                yield
            finally:
                transaction.set_rollback(True)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "55P03":
            raise Busy("A worker is at this person just now.") from error
        raise


def _take_turns(contact_id: int) -> None:
    """Let those who look at the same person do it one after the other."""
    _wait(PATIENCE_WITH_VIEWERS)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, (%s %% 2147483647)::int)",
            [LOCK_SPACE, contact_id],
        )


def _wait(patience: str) -> None:
    """Say how long a lock is waited for, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [patience])
