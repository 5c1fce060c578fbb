"""
Something goes wrong: nobody whom it concerns is asked for something meanwhile.

Opening waits for who is being moved or handed over at that instant, as a pause does, so nothing
begins to leave once it has returned. Who is held waits; afterwards each is looked at again,
spread over an hour, and leaves if the moment has passed.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from audiences.conditions.parse import dump_condition, parse_condition
from campaigns.models import Incident, IncidentKey

Kind = Incident.Kind
LONGEST_COOL_DOWN = 24 * 14

# Waits for whoever holds a campaign while he moves people or hands something over, or lets it
# start or go on, which may then run before this is seen. In the order of ids, so that nobody
# waits in a circle.
LOCK_CAMPAIGNS = """
SELECT id FROM campaigns_campaign WHERE state <> 'stopped' ORDER BY id FOR UPDATE
"""


class AlreadyOpen(ValueError):
    """The switch is on already, or another system has told of the same trouble."""


def incidents_at(now: datetime) -> QuerySet[Incident]:
    """Select the incidents that are open or cool down, the oldest first."""
    return Incident.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now)).order_by("pk")


def stop_at(now: datetime) -> Incident | None:
    """Find the stop of everything, if the switch is on or cools down."""
    return incidents_at(now).filter(kind=Kind.STOP).last()


@transaction.atomic
def open_incident(
    *,
    title: str,
    user: User | None,
    now: datetime,
    kind: str = Kind.INCIDENT,
    scope: dict[str, Any] | None = None,
    cool_down_hours: int = 0,
    key: IncidentKey | None = None,
    reference: str = "",
) -> Incident:
    """
    Hold whom it concerns from now on; once this has committed, nothing begins to leave.

    :raises ConditionError: if the scope can't be understood
    :raises AlreadyOpen: if it is open already
    """
    kept = dump_condition(parse_condition(scope)) if scope else None
    with connection.cursor() as cursor:
        cursor.execute(LOCK_CAMPAIGNS)
    incident = Incident(
        kind=kind,
        title=title,
        scope=kept,
        cool_down_hours=cool_down_hours,
        opened_at=now,
        opened_by=user,
        opened_key=key,
        reference=reference,
    )
    try:
        with transaction.atomic():
            incident.save()
    except IntegrityError as error:
        raise AlreadyOpen(f"“{title}” is open already.") from error
    return incident


@transaction.atomic
def close_incident(*, incident: Incident, user: User | None, now: datetime) -> Incident:
    """Close it; it goes on holding for the hours of its cool-down. Again changes nothing."""
    locked = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if locked.closed_at is None:
        locked.closed_at, locked.closed_by = now, user
        locked.ends_at = now + timedelta(hours=locked.cool_down_hours)
        locked.save(update_fields=["closed_at", "closed_by", "ends_at"])
    return locked


@transaction.atomic
def end_cool_down(*, incident: Incident, now: datetime) -> Incident:
    """Let the cool-down of a closed one end now."""
    locked = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if locked.closed_at is not None and locked.holds_at(now):
        locked.ends_at = now
        locked.save(update_fields=["ends_at"])
    return locked
