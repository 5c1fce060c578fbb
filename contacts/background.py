"""
Ring the doorbell for background work.

What is due is a row of a table of ours; the queue only makes it sooner. A *slice* is one
kind of due work: how to see what is due, and the task that drains it for at most twenty
seconds. With every queued task deleted, the sweep finds the work again.

A task is three lines: ``run_slice("campaigns.advance", advance_batch)``. The home page and
the watchdog read ``states``.
"""

import logging
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import Error, connection, models, transaction
from django.utils import timezone
from django_q.tasks import async_task

from contacts import worlds
from contacts.models.doorbell import Doorbell
from contacts.models.work import Work
from contacts.work import claimable

SLICE_SECONDS = 20
# A bell that nobody answers is rung again, for the task may be lost with its worker.
RING_AGAIN = timedelta(seconds=5)
# Nobody has worked on the slice for this long: whoever answered the last bell is done.
QUIET = timedelta(seconds=2)
# A slice that raised is left alone for a while.
REST_AFTER_FAILURE = timedelta(seconds=15)
BEAT_SECONDS = 1.0
# How long a worker that lingers waits before it looks again.
LOOK_AGAIN_SECONDS = 0.1
# Every slice is looked at every second; how much more than this is due, nobody needs to know.
MOST_COUNTED = 10_000
# The first key of the advisory locks that say who is at work on a slice.
LOCK_SPACE = zlib.crc32(b"greenlight slice") & 0x7FFFFFFF

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backlog:
    """How much is due in a slice, counted up to a limit where it may be much, and since when."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class Slice:
    """A kind of due work: its name, the task that drains it, and how to see what is due."""

    name: str
    label: str
    task: str
    due: Callable[[datetime], Backlog]
    # How many workers may be at it at once; None for all but one.
    places: int | None = None
    # How long a worker stays and looks again once there is nothing left to do.
    linger: float = 0.0
    # How long after one step began the next one may: so that it finds more to do at once, where
    # a step costs something however little there is.
    pace: float = 0.0
    # How the consumers are called whose reactions it takes: whoever writes one rings for it.
    hears: tuple[str, ...] = ()


@dataclass(frozen=True)
class SliceState:
    """What is due in a slice, and how its bell stands."""

    piece: Slice
    backlog: Backlog
    rung_at: datetime | None
    answered_at: datetime | None
    # Blank unless its last run raised.
    error: str
    failed_at: datetime | None


SLICES: dict[str, Slice] = {}


def register_slice(piece: Slice) -> None:
    """Make a slice known to the sweep; called in ``AppConfig.ready``."""
    SLICES[piece.name] = piece


def enqueue(task: str, *arguments: int | str) -> None:
    """Queue a task by its dotted name, inside the current transaction; pass ids only."""
    if worlds.is_real():
        async_task(task, *arguments)


def ring_for(consumers: Iterable[str]) -> None:
    """
    Ring for the slices that take what was just written for these consumers.

    They are rung when the transaction is committed, so that no long one holds the bell; if
    that is lost, the sweep finds the work.
    """
    written = set(consumers) if worlds.is_real() else set[str]()
    for name, piece in SLICES.items():
        if any(consumer.startswith(piece.hears) for consumer in written):
            ring_after_commit(name)


def ring_after_commit(name: str) -> None:
    """
    Ring for a slice once the transaction is committed, which has written work for it.

    A moment sooner than the sweep does, for those who wait for a mail at this very moment.
    """
    transaction.on_commit(partial(ring_now, name), robust=True)


def backlog_of(rows: models.QuerySet[Any], since: str) -> Backlog:
    """See how many rows are due, up to a limit; give an index that begins with ``since``."""
    oldest = rows.order_by(since)[:MOST_COUNTED]
    return Backlog(
        **oldest.aggregate(count=models.Count("pk"), oldest=models.Min(since))
    )


def add_up(backlogs: Iterable[Backlog]) -> Backlog:
    """Take several backlogs for one."""
    known = list(backlogs)
    since = [backlog.oldest for backlog in known if backlog.oldest]
    return Backlog(sum(backlog.count for backlog in known), min(since, default=None))


def work_backlog(model: type[Work], now: datetime) -> Backlog:
    """See what is due in a table of long work; for ``Slice(due=partial(…, ImportRun))``."""
    due = claimable(model, now=now).aggregate(
        count=models.Count("pk"), oldest=models.Min("created_at")
    )
    return Backlog(**due)


def drain(
    step: Callable[[], int],
    *,
    seconds: float = SLICE_SECONDS,
    linger: float = 0.0,
    pace: float = 0.0,
) -> bool:
    """
    Call ``step`` until it has reported no work for ``linger`` seconds or the time is up.

    At most once in ``pace`` seconds while there is work.

    :returns: whether there may be more to do
    """
    worked_at = time.monotonic()
    end = worked_at + seconds
    while (moment := time.monotonic()) < end:
        if step():
            worked_at = time.monotonic()
            time.sleep(max(0.0, moment + pace - worked_at))
        elif moment - worked_at >= linger:
            return False
        else:
            time.sleep(LOOK_AGAIN_SECONDS)
    return True


def run_slice(
    name: str,
    step: Callable[[], int],
    *,
    # The frame of every task reads the clock for its bell, and for nothing else.
    clock: Callable[[], datetime] = timezone.now,  # noqa: TID251 - as said above
) -> None:
    """
    Drain a slice for at most twenty seconds; the body of every task.

    1. Answer the bell, and go on answering while a step runs.
    2. Leave at once if as many workers as may are at it already.
    3. Call ``step`` until it does nothing or the time is up, and stay as long as the slice
       lingers; then ring for the rest, or say that the next bell may ring at once.

    :raises Exception: what a step raised, after it was noted on the bell
    """
    answer(name, now=clock())
    piece = SLICES.get(name)
    with (
        hand(name, places=piece.places if piece else None) as is_free,
        answering(name, clock),
    ):
        if not is_free:
            return
        try:
            pace = piece.pace if piece else 0.0
            has_more = drain(step, linger=stay_of(name), pace=pace)
        except Exception as error:
            note_failure(name, error, now=clock())
            raise
        Doorbell.objects.filter(slice_name=name).exclude(error="").update(error="")
    if has_more:
        enqueue(SLICES[name].task)
    else:
        rest(name, now=clock())


def stay_of(name: str) -> float:
    """
    Say how long a worker stays at a slice that has nothing left to do.

    One worker always remains for the slices that do not linger: with fewer workers than that
    takes, those that were registered last do not linger either.
    """
    lingering = [piece.name for piece in SLICES.values() if piece.linger]
    may_stay = lingering[: settings.TASK_WORKERS - 1]
    return SLICES[name].linger if name in may_stay else 0.0


def answer(name: str, *, now: datetime) -> None:
    """Say that a worker is at work on the slice."""
    if not Doorbell.objects.filter(slice_name=name).update(answered_at=now):
        Doorbell.objects.get_or_create(slice_name=name, defaults={"answered_at": now})


def rest(name: str, *, now: datetime) -> None:
    """Say that nothing was left to do, so that the next bell need not wait."""
    Doorbell.objects.filter(slice_name=name).update(answered_at=now, rested_at=now)


def note_failure(name: str, error: Exception, *, now: datetime) -> None:
    """Keep what went wrong in a slice for the home page."""
    text = f"{type(error).__name__}: {error}"[:2000]
    Doorbell.objects.filter(slice_name=name).update(error=text, failed_at=now)


def sweep(*, now: datetime) -> list[str]:
    """
    Ring for each slice in which something is due and nobody is coming.

    A slice whose look at its table fails is noted and does not stop the others.

    :returns: the names of the slices rung for
    """
    return [name for name in SLICES if _has_due_work(name, now) and _ring(name, now)]


def states(*, now: datetime) -> list[SliceState]:
    """List the slices with what is due in each; one query per slice and one more."""
    bells = {bell.slice_name: bell for bell in Doorbell.objects.all()}
    return [
        SliceState(
            piece=piece,
            backlog=piece.due(now),
            rung_at=bells.get(name, Doorbell()).rung_at,
            answered_at=bells.get(name, Doorbell()).answered_at,
            error=bells.get(name, Doorbell()).error,
            failed_at=bells.get(name, Doorbell()).failed_at,
        )
        for name, piece in SLICES.items()
    ]


def places_at_most() -> int:
    """Say how many workers may be at a slice that does not say so itself."""
    lingering = sum(piece.linger > 0 for piece in SLICES.values())
    return max(1, settings.TASK_WORKERS - max(1, lingering))


@contextmanager
def hand(name: str, *, places: int | None = None) -> Iterator[bool]:
    """
    Hold one of the places at a slice; False if all are taken.

    Unless the slice says how many, all workers but one for each slice that lingers, so that
    no slice keeps the others waiting. The places are session locks of the database, which frees them the
    moment a worker dies.
    """
    if places is None:
        places = places_at_most()
    first = (zlib.crc32(name.encode()) & 0x7FFFFF) * 128
    place = next((n for n in range(first, first + places) if _lock(n)), None)
    try:
        yield place is not None
    finally:
        if place is not None:
            # A broken connection has lost its locks anyway.
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, place])


@contextmanager
def answering(name: str, clock: Callable[[], datetime]) -> Iterator[None]:
    """Answer the bell every second from a thread, however long a step takes."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                Doorbell.objects.filter(slice_name=name).update(answered_at=clock())
            except Error:
                log.warning("The bell of %s can not be answered", name, exc_info=True)
                connection.close()
        connection.close()

    thread = threading.Thread(target=beat, name=f"answer {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=BEAT_SECONDS)


def _lock(place: int) -> bool:
    """Take a place if it is free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, place])
        return cursor.fetchone()[0]


def _has_due_work(name: str, now: datetime) -> bool:
    """Ask a slice whether anything is due; what can't be seen is no work."""
    try:
        return SLICES[name].due(now).count > 0
    except Exception as error:
        log.exception("What is due in %s can not be seen", name)
        Doorbell.objects.get_or_create(slice_name=name)
        note_failure(name, error, now=now)
        return False


def ring_now(name: str) -> None:
    """Ring at the time of the day, whatever the time of what was written; no real bell else."""
    if worlds.is_real():
        _ring(name, timezone.now())  # noqa: TID251 - a bell knows no other time


@transaction.atomic
def _ring(name: str, now: datetime) -> bool:
    """
    Queue the slice's task, unless somebody is at it, or was called a moment ago.

    Outside of a transaction the queue would close a connection that has grown old, and with it
    the place of a worker at his slice.
    """
    Doorbell.objects.get_or_create(slice_name=name)
    never = models.Q(rung_at=None)
    unanswered = models.Q(rung_at__lte=now - RING_AGAIN)
    answered = models.Q(
        answered_at__gte=models.F("rung_at"), answered_at__lte=now - QUIET
    )
    rested = models.Q(rested_at__gte=models.F("rung_at")) & models.Q(
        rested_at__gte=models.F("answered_at")
    )
    failed = models.Q(failed_at__gt=now - REST_AFTER_FAILURE) & ~models.Q(error="")
    rings = Doorbell.objects.filter(
        never | unanswered | answered | rested, slice_name=name
    )
    if not rings.exclude(failed).update(rung_at=now):
        return False
    enqueue(SLICES[name].task)
    return True
