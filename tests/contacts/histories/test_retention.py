"""What is kept of an import, and for how long."""

from datetime import timedelta

import pytest

from contacts.histories.retention import purge_one
from contacts.imports.retention import expired_backlog
from contacts.imports.uploads import upload_path
from contacts.models import Event, HistoryRun
from tests.factories.contacts import NOW
from tests.factories.histories import import_history

pytestmark = pytest.mark.django_db
ANA = "Order Completed,ana@example.com,2026-01-05 10:00,99.50"


def test_old_imports_lose_their_file_and_rows():
    run = import_history(ANA)
    assert expired_backlog(HistoryRun, NOW).count == 0
    assert purge_one(now=NOW) == 0
    after = NOW + timedelta(days=31)
    assert expired_backlog(HistoryRun, after).count == 1

    assert purge_one(now=after) == 1

    run.refresh_from_db()
    assert (run.purged_at, run.rows.count(), run.counts["new"]) == (after, 0, 1)
    assert not upload_path(run.path).exists()
    assert not run.may_undo(NOW)
    assert Event.objects.count() == 1
