"""How the values of each trait are distributed, looked at after a change and every day."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min

from audiences.distributions import distribution_of
from audiences.models import Trait
from contacts.background import Backlog

SLICE = "audiences.measure"
TASK = "audiences.tasks.measure_traits"
AGAIN = timedelta(days=1)
AFTER_FAILURE = timedelta(hours=1)
# How long a worker has a trait for itself, and how long one statement may take.
LEASE = timedelta(minutes=15)
SECONDS = 600


def backlog(now: datetime) -> Backlog:
    """See which traits are due."""
    due = Trait.objects.filter(measure_due_at__lte=now)
    return Backlog(due.count(), due.aggregate(oldest=Min("measure_due_at"))["oldest"])


def measure_next(now: datetime) -> int:
    """
    Measure the trait that has waited longest.

    :returns: 1, or 0 if none is due
    :raises Exception: what went wrong, after it was noted at the trait
    """
    with transaction.atomic():
        due = Trait.objects.filter(measure_due_at__lte=now)
        trait = (
            due.select_for_update(skip_locked=True)
            .order_by("measure_due_at", "pk")
            .first()
        )
        if trait is None:
            return 0
        trait.measure_due_at = now + LEASE
        trait.save(update_fields=["measure_due_at"])
    same = Trait.objects.filter(pk=trait.pk, version=trait.version)
    try:
        measured = measure(trait.definition, now=now)
    except Exception as error:
        same.update(
            measure_due_at=now + AFTER_FAILURE,
            measure_error=str(error) or type(error).__name__,
        )
        raise
    same.update(
        measured=measured,
        measured_at=now,
        measure_due_at=now + AGAIN,
        measure_error="",
    )
    return 1


def measure(definition: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Look at the values of everybody, as JSON; one statement."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true)", [f"{SECONDS}s"]
            )
        return distribution_of(definition, as_of=now).as_json()
