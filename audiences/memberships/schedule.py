"""When an audience is looked at again, and the looking."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q

from audiences.memberships.refresh import Difference, RuleChanged, refresh_audience
from audiences.models import Audience
from audiences.models.membership import Cause
from contacts.background import Backlog, enqueue

SLICE = "audiences.refresh"
TASK = "audiences.tasks.refresh_due"
# How long the worker that looks at an audience has it for itself.
LEASE = timedelta(minutes=5)
# A refresh that takes longer gives way to other work, and goes on in its next turn.
SECONDS = 15.0
SHORTEST = timedelta(minutes=1)
# A rule that takes a second is looked at every minute; longer ones more rarely.
REST_PER_MILLISECOND = timedelta(milliseconds=60)
AFTER_FAILURE = timedelta(minutes=5)


def backlog(now: datetime) -> Backlog:
    """See which audiences are due."""
    due = Audience.objects.due(now)
    return Backlog(due.count(), due.aggregate(oldest=Min("refresh_due_at"))["oldest"])


def request_refresh(now: datetime) -> None:
    """Have every audience looked at soon: contacts or events have arrived in bulk."""
    live = Audience.objects.live().filter(refresh_due_at__gt=now)
    if live.exclude(refresh_error__gt="").update(refresh_due_at=now):
        enqueue(TASK)


def refresh_next(now: datetime) -> int:
    """
    Refresh the due audience that the others depend on most.

    It is moved into the future first, so that no other worker takes it, and so that one that
    fails does not stop the rest.

    :returns: 1, or 0 if none is due
    :raises Exception: what went wrong, after it was noted at the audience
    """
    with transaction.atomic():
        due = Audience.objects.due(now).select_for_update(skip_locked=True)
        audience = due.order_by("depth", "refresh_due_at", "pk").first()
        if audience is None:
            return 0
        audience.refresh_due_at = now + LEASE
        audience.save(update_fields=["refresh_due_at"])
    try:
        difference = refresh_audience(
            audience, now=now, cause=Cause.REFRESHED, seconds=SECONDS
        )
    except RuleChanged:
        # Whoever changed the rule has asked for its own filling.
        return 1
    except Exception as error:
        Audience.objects.filter(pk=audience.pk).update(
            refresh_due_at=now + AFTER_FAILURE,
            refresh_error=str(error) or type(error).__name__,
        )
        raise
    if difference is None:
        Audience.objects.filter(pk=audience.pk).update(refresh_due_at=now)
        return 1
    set_next(audience, now=now)
    if difference != Difference():
        request_dependents(audience, now=now)
    return 1


def set_next(audience: Audience, *, now: datetime) -> None:
    """Say when it is looked at again, unless its rule was changed meanwhile."""
    row = Audience.objects.filter(pk=audience.pk, rule_version=audience.rule_version)
    milliseconds = row.values_list("refresh_milliseconds", flat=True).first() or 0
    row.update(refresh_due_at=now + max(SHORTEST, milliseconds * REST_PER_MILLISECOND))


def request_dependents(audience: Audience, *, now: datetime) -> None:
    """Have the audiences looked at whose rules name this one."""
    waiting = Q(refresh_due_at__gt=now)
    live = Audience.objects.live().filter(waiting, depth__gt=0)
    dependents = [other.pk for other in live if audience.pk in other.names_audiences()]
    Audience.objects.filter(waiting, pk__in=dependents).update(refresh_due_at=now)
