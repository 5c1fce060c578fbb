"""
Ring the doorbell for background work.

What is due is a row of a table of ours; the queue only makes it sooner. A *slice* is one
kind of due work: how to see what is due, and the task that drains it for at most twenty
seconds. With every queued task deleted, the sweep finds the work again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django_q.tasks import async_task

SLICE_SECONDS = 20


@dataclass(frozen=True)
class Backlog:
    """How much is due in a slice, and since when."""

    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class Slice:
    """A kind of due work: its name, the task that drains it, and how to see what is due."""

    name: str
    label: str
    task: str
    due: Callable[[datetime], Backlog]


SLICES: dict[str, Slice] = {}


def register_slice(piece: Slice) -> None:
    """Make a slice known to the sweep; called in ``AppConfig.ready``."""
    SLICES[piece.name] = piece


def enqueue(task: str, *arguments: int | str) -> None:
    """Queue a task by its dotted name, inside the current transaction; pass ids only."""
    async_task(task, *arguments)


def drain(step: Callable[[], int], *, seconds: float = SLICE_SECONDS) -> bool:
    """
    Call ``step`` until it reports no work or the time is up.

    :returns: whether there may be more to do
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if step() == 0:
            return False
    return True
