"""Delete what an import no longer needs once it can no longer be undone."""

from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.db.models import Count, Min, QuerySet

from contacts.background import Backlog
from contacts.imports.uploads import delete_upload
from contacts.models import HistoryRun, ImportRun
from contacts.models.import_run import KEPT_FOR
from contacts.models.work import WorkState

AnyRun = TypeVar("AnyRun", ImportRun, HistoryRun)


def expired(model: type[AnyRun], now: datetime) -> QuerySet[AnyRun]:
    """Select imports that are at rest and were started too long ago to be undone."""
    return (
        model._default_manager.filter(purged_at=None, created_at__lte=now - KEPT_FOR)
        .exclude(state__in=[WorkState.QUEUED, WorkState.RUNNING])
        .exclude(confirmed_at__gt=now - KEPT_FOR)
    )


def expired_backlog(model: type[AnyRun], now: datetime) -> Backlog:
    """See how many imports wait to be purged."""
    due = expired(model, now).aggregate(count=Count("pk"), oldest=Min("created_at"))
    return Backlog(**due)


def take_expired(model: type[AnyRun], now: datetime) -> AnyRun | None:
    """Lock the oldest import that waits to be purged; None if there is none."""
    return (
        expired(model, now)
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")
        .first()
    )


@transaction.atomic
def purge_one(*, now: datetime) -> int:
    """
    Purge one import: its files and staged rows go, its numbers and consent text stay.

    :returns: 1, or 0 if there was none
    """
    run = take_expired(ImportRun, now)
    if run is None:
        return 0
    rows = run.rows.all()
    rows._raw_delete(rows.db)
    changes = run.changes.all()
    changes._raw_delete(changes.db)
    for path in run.batches.values_list("path", flat=True):
        delete_upload(path)
    run.purged_at = now
    run.save(update_fields=["purged_at"])
    return 1
