"""A link is blocked and works again: friends are led on, and nothing is earned by it meanwhile."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from contacts.events import Fact, record
from referrals.event_names import LINK_BLOCKED, LINK_UNBLOCKED
from referrals.models import Advocate


@transaction.atomic
def block_link(
    *, advocate: Advocate, user: AbstractBaseUser | None, reason: str, now: datetime
) -> bool:
    """Block a link; returns whether it was not blocked before."""
    own = Advocate.objects.filter(contact_id=advocate.contact_id, pk=advocate.pk)
    blocked = own.filter(blocked_at=None).update(
        blocked_at=now,
        blocked_by_id=user.pk if user else None,
        blocked_because=reason[:300],
    )
    if blocked:
        _tell(advocate, LINK_BLOCKED, now, reason=reason[:300])
    return bool(blocked)


@transaction.atomic
def unblock_link(*, advocate: Advocate, now: datetime) -> bool:
    """Let a link earn again; returns whether it was blocked."""
    own = Advocate.objects.filter(contact_id=advocate.contact_id, pk=advocate.pk)
    unblocked = own.exclude(blocked_at=None).update(
        blocked_at=None, blocked_by=None, blocked_because=""
    )
    if unblocked:
        _tell(advocate, LINK_UNBLOCKED, now)
    return bool(unblocked)


def _tell(advocate: Advocate, name: str, now: datetime, **more: str) -> None:
    """Record the event on the advocate's contact."""
    properties = {
        "program": advocate.program.name,
        "program_id": advocate.program_id,
        **more,
    }
    key = f"advocate:{advocate.pk}:{now.isoformat()}"
    record(Fact(advocate.contact_id, name, now, key, properties), now=now)
