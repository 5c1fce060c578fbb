"""Delete what an import of past events no longer needs once it can no longer be undone."""

from datetime import datetime

from django.db import transaction

from contacts.imports.retention import take_expired
from contacts.imports.uploads import delete_upload
from contacts.models import HistoryRun


@transaction.atomic
def purge_one(*, now: datetime) -> int:
    """
    Purge one import: its file and staged rows go, its numbers stay.

    :returns: 1, or 0 if there was none
    """
    run = take_expired(HistoryRun, now)
    if run is None:
        return 0
    rows = run.rows.all()
    rows._raw_delete(rows.db)
    delete_upload(run.path)
    run.purged_at = now
    run.save(update_fields=["purged_at"])
    return 1
