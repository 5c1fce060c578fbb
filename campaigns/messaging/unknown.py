"""
What nobody knows the outcome of, and the two answers that settle it.

A message is unknown when its sender died, or the connection broke, while it was being handed
over. It is never sent again by itself and keeps its unit of the ask budget: it probably
arrived. If the person opens a page of it, it did; otherwise a marketer may decide.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from campaigns.messaging.outbox import State, mark_delivered
from campaigns.models import Message

# Afterwards nobody expects an answer of the mail server any more.
GRACE = timedelta(minutes=15)


class NotUnknown(ValueError):
    """Somebody has settled it in the meantime."""


def unknown_messages() -> QuerySet[Message]:
    """Select the messages that wait for a decision."""
    return Message.objects.filter(state=State.UNKNOWN)


def mark_arrived(
    *, message: Message, user: AbstractBaseUser | None, now: datetime
) -> None:
    """
    Note that an unknown message arrived; without a user, because the person acted on it.

    :raises NotUnknown: if it is not unknown any more
    """
    details = (
        f"Marked as arrived by {user.get_username()}"
        if user
        else "The person opened its page"
    )
    with transaction.atomic():
        settle(message, state=State.ACCEPTED, cause="", details=details)
        mark_delivered(message, now=now)


def send_again(*, message: Message, user: AbstractBaseUser, now: datetime) -> None:
    """
    Put an unknown message back into the queue, at the risk that it arrives twice.

    It keeps its Message-ID, by which many mailboxes drop a second copy. How long it has waited
    counts from now on.

    :raises NotUnknown: if it is not unknown any more
    """
    settle(
        message,
        state=State.QUEUED,
        cause="",
        details=f"Sent again by {user.get_username()}",
        due_at=now,
        created_at=now,
        finished_at=None,
        handed_over_at=None,
    )


def settle(message: Message, **changes: object) -> None:
    """
    Change a message that is still unknown.

    :raises NotUnknown: if it is not
    """
    own = unknown_messages().filter(contact_id=message.contact_id, pk=message.pk)
    if not own.update(**changes):
        raise NotUnknown(message)
