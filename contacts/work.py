"""
Hold a piece of long work for a while, through a lease, and say how it goes.

A worker that dies gives nothing back; its lease runs out and the next one takes over. The
attempt is counted and committed by the claim, before the work, so that work which kills
its workers is given up. Whoever lost the lease learns it with the next write and stops.

The shape of a task's step is ``advance_one(ImportRun, commit_chunk, now=…)``: claim a row,
do one chunk of at most a few seconds, give the row back or finish it.
"""

import os
import socket
import uuid
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from django.db import models, transaction
from django.db.models.functions import Coalesce

from contacts.models.work import Work, WorkState

# How long a worker may be silent before another takes over. A chunk that needs longer beats.
LEASE = timedelta(seconds=60)
# The first attempt, and five more after workers that died.
MOST_ATTEMPTS = 6

GIVEN_UP = (
    "Stopped after {attempts} attempts: each time the worker died before it could finish. "
    "What was done until then is kept."
)

AnyWork = TypeVar("AnyWork", bound=Work)
AnyWorkIn = TypeVar("AnyWorkIn", bound=Work, contravariant=True)


class LeaseLost(Exception):
    """Another worker has taken over; stop at once and write nothing more."""


class CancelRequested(Exception):
    """Somebody has asked to stop this work."""


class Chunk(Protocol[AnyWorkIn]):
    """
    One bounded part of a piece of work.

    It writes its rows and calls ``beat`` in the same transaction, so that both count or
    neither does, and returns whether there is more to do.
    """

    def __call__(self, work: AnyWorkIn, *, now: datetime) -> bool:
        """Do the part."""


def worker_name() -> str:
    """Make a name for whoever takes a lease: the machine, the process, and chance."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def claimable(model: type[AnyWork], *, now: datetime) -> models.QuerySet[AnyWork]:
    """Rows that wait for a worker, or whose worker has gone silent."""
    waiting = models.Q(state=WorkState.QUEUED)
    deserted = models.Q(state=WorkState.RUNNING, lease_until__lte=now)
    return model._default_manager.filter(waiting | deserted)


def claim(model: type[AnyWork], *, now: datetime) -> AnyWork | None:
    """
    Take the oldest row that nobody works on, and count the attempt.

    Rows that have used up their attempts are failed on the way. None if nothing is left.
    Call it outside a transaction: an attempt counts once it is committed. Only the demo,
    which is loaded all or not at all, does otherwise.
    """
    while True:
        with transaction.atomic():
            work = (
                claimable(model, now=now)
                .select_for_update(skip_locked=True, of=("self",))
                .order_by("pk")
                .first()
            )
            if work is None:
                return None
            if work.attempts < MOST_ATTEMPTS:
                return _take(work, now=now)
            _write(
                work,
                state=WorkState.FAILED,
                error=GIVEN_UP.format(attempts=work.attempts),
                finished_at=now,
            )


def beat(
    work: Work,
    *,
    now: datetime,
    done: int | None = None,
    total: int | None = None,
    phase: str | None = None,
) -> None:
    """
    Renew the lease and say how far it is.

    :raises LeaseLost: if another worker has taken over
    :raises CancelRequested: if somebody has asked to stop it
    """
    progress = {"done_count": done, "total_count": total, "phase": phase}
    known = {name: value for name, value in progress.items() if value is not None}
    _write(work, beat_at=now, lease_until=now + LEASE, **known)
    work.refresh_from_db(fields=["cancel_requested_at"])
    if work.cancel_requested_at is not None:
        raise CancelRequested(work)


def release(work: Work, *, now: datetime) -> None:
    """
    Give the work back, unfinished, for whoever comes next; this attempt does not count.

    :raises LeaseLost: if another worker has taken over
    """
    _write(work, lease_until=now, beat_at=now, attempts=work.attempts - 1)


def finish(work: Work, *, now: datetime) -> None:
    """
    Close the work as done.

    :raises LeaseLost: if another worker has taken over
    """
    _write(work, state=WorkState.DONE, finished_at=now, beat_at=now, phase="")


def fail(work: Work, *, error: str, now: datetime) -> None:
    """
    Close the work as failed; ``error`` is a sentence for the marketer.

    :raises LeaseLost: if another worker has taken over
    """
    _write(work, state=WorkState.FAILED, error=error, finished_at=now, beat_at=now)


def cancel(work: Work, *, now: datetime) -> None:
    """
    Close the work as canceled; called by the worker that was asked to stop.

    :raises LeaseLost: if another worker has taken over
    """
    _write(work, state=WorkState.CANCELED, finished_at=now, beat_at=now)


def queue_again(work: Work, *, done: int = 0, total: int = 0, **changes: Any) -> None:
    """
    Hand work that is at rest to the workers once more, as if it were new.

    Call it with the row locked, and ring for it.
    """
    type(work)._default_manager.filter(pk=work.pk).update(
        state=WorkState.QUEUED,
        phase="",
        error="",
        done_count=done,
        total_count=total,
        attempts=0,
        lease_owner="",
        lease_until=None,
        started_at=None,
        finished_at=None,
        beat_at=None,
        cancel_requested_at=None,
        **changes,
    )


def request_cancel(work: Work, *, now: datetime) -> None:
    """Ask to stop the work: at once if it waits, else when its worker beats next."""
    row = type(work)._default_manager.filter(pk=work.pk)
    waiting = row.filter(state=WorkState.QUEUED)
    if not waiting.update(
        state=WorkState.CANCELED, cancel_requested_at=now, finished_at=now
    ):
        row.filter(state=WorkState.RUNNING, cancel_requested_at=None).update(
            cancel_requested_at=now
        )
    work.refresh_from_db()


def advance_one(
    model: type[AnyWork], chunk: Chunk[AnyWork], *, now: datetime, failure: str = ""
) -> int:
    """
    Claim one row and do one chunk of it; the step of a task that drains long work.

    A chunk that raises fails the row, with ``failure`` as the sentence for the marketer or,
    without one, the error's own text; the error is raised again for the log.

    :returns: 1 if a row was worked on, 0 if there was none
    """
    work = claim(model, now=now)
    if work is None:
        return 0
    try:
        has_more = not work.cancel_requested_at and chunk(work, now=now)
        if work.cancel_requested_at:
            cancel(work, now=now)
        elif has_more:
            release(work, now=now)
        else:
            finish(work, now=now)
    except LeaseLost:
        return 1
    except CancelRequested:
        cancel(work, now=now)
    except Exception as error:
        fail(work, error=failure or str(error) or type(error).__name__, now=now)
        raise
    return 1


def _take(work: AnyWork, *, now: datetime) -> AnyWork:
    """Take a piece of work on lease."""
    owner = worker_name()
    type(work)._default_manager.filter(pk=work.pk).update(
        state=WorkState.RUNNING,
        lease_owner=owner,
        lease_until=now + LEASE,
        attempts=work.attempts + 1,
        started_at=Coalesce("started_at", models.Value(now)),
        beat_at=now,
    )
    work.refresh_from_db()
    return work


def _write(work: Work, **changes: Any) -> None:
    """Write to the row if it is still held as it was claimed, else raise LeaseLost."""
    held = type(work)._default_manager.filter(
        pk=work.pk, lease_owner=work.lease_owner, attempts=work.attempts
    )
    if not held.exclude(state__in=_OVER).update(**changes):
        raise LeaseLost(work)
    for name, value in changes.items():
        setattr(work, name, value)


_OVER = [WorkState.DONE, WorkState.FAILED, WorkState.CANCELED]
