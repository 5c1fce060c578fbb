"""End a task: done, dismissed, or no longer needed."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from campaigns.models import Task


class TaskClosed(ValueError):
    """Somebody was quicker, or it is no longer needed."""


def close_task(
    *, task: Task, state: str, user: AbstractBaseUser, now: datetime
) -> None:
    """
    Note that somebody has done a task, or will not.

    :raises TaskClosed: if it is not open any more
    """
    own = Task.objects.filter(
        contact_id=task.contact_id, pk=task.pk, state=Task.State.OPEN
    )
    if not own.update(state=state, closed_at=now, closed_by=user):
        raise TaskClosed(task)


def withdraw_tasks(
    *,
    contact_ids: Collection[int],
    enrollment_ids: Collection[int],
    now: datetime,
) -> int:
    """Take back the open tasks of some passes; says how many there were."""
    own = Task.objects.filter(
        contact_id__in=contact_ids,
        enrollment_id__in=enrollment_ids,
        state=Task.State.OPEN,
    )
    return own.update(state=Task.State.WITHDRAWN, closed_at=now)


def withdraw_tasks_of_asks(
    *, contact_id: int, ask_ids: Sequence[int], now: datetime
) -> int:
    """Take back the open tasks of a contact's asks; says how many there were."""
    own = Task.objects.filter(
        contact_id=contact_id, ask_id__in=ask_ids, state=Task.State.OPEN
    )
    return own.update(state=Task.State.WITHDRAWN, closed_at=now)
