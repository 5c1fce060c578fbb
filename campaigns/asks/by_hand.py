"""What becomes of an ask that somebody of ours makes in person, through a task."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from campaigns.asks.answer import answer_ask
from campaigns.asks.rungs import wake
from campaigns.channels.causes import Cause
from campaigns.handwork.close import TaskClosed, close_task
from campaigns.messaging import outbox
from campaigns.models import Ask, Message, Task
from referrals import preferences


@transaction.atomic
def finish_task(*, task: Task, user: AbstractBaseUser, now: datetime) -> None:
    """
    Note that a task is done; an ask that it made has reached the person.

    :raises TaskClosed: if it is not open any more
    """
    preferences.lock_contact(task.contact_id)
    rungs = _lock_rungs(task)
    close_task(task=task, state=Task.State.DONE, user=user, now=now)
    wake(task, now=now)
    for message in rungs:
        changes = {"handed_over_at": now, "finished_at": now}
        if _waiting(message).update(state=Message.State.ACCEPTED, **changes):
            outbox.mark_delivered(message, now=now)


@transaction.atomic
def dismiss_task(*, task: Task, user: AbstractBaseUser, now: datetime) -> None:
    """
    Note that a task will not be done; an ask that reached nobody gives back its unit.

    :raises TaskClosed: if it is not open any more
    """
    preferences.lock_contact(task.contact_id)
    rungs = _lock_rungs(task)
    close_task(task=task, state=Task.State.DISMISSED, user=user, now=now)
    wake(task, now=now)
    for message in rungs:
        changes = {"cause": Cause.DISMISSED, "finished_at": now}
        if _waiting(message).update(state=Message.State.CANCELED, **changes):
            outbox.refund(message, now=now)


@transaction.atomic
def record_said(
    *, task: Task, answer: str, user: AbstractBaseUser, now: datetime
) -> Ask:
    """
    Write down what the person said to whoever asked; the task is done with it.

    :raises TaskClosed: if nobody asked because the task was dismissed or withdrawn
    """
    if task.ask_id is None or task.state not in (Task.State.OPEN, Task.State.DONE):
        raise TaskClosed(task)
    if task.state == Task.State.OPEN:
        finish_task(task=task, user=user, now=now)
    ask = Ask.objects.get(contact_id=task.contact_id, pk=task.ask_id)
    return answer_ask(ask=ask, answer=answer, via=task.kind, now=now)


def _lock_rungs(task: Task) -> list[Message]:
    """
    Lock the message that the task stands for, if it makes an ask.

    Before the task, as who ends a pass does, so that nobody waits for each other.
    """
    own = Message.objects.filter(
        contact_id=task.contact_id,
        enrollment_id=task.enrollment_id,
        visit=task.visit,
        channel=task.kind,
    )
    return list(own.select_for_update(of=("self",)).select_related("campaign"))


def _waiting(message: Message) -> QuerySet[Message]:
    """Select a message as long as it waits for the task."""
    return Message.objects.filter(
        contact_id=message.contact_id, pk=message.pk, state=Message.State.WAITING
    )
