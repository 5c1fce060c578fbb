"""A worker that is killed in the middle of an import loses nothing and doubles nothing."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from contacts.imports import runs
from contacts.models import Contact, Identifier, ImportRun, ListMembership
from tests.factories.contacts import NOW
from tests.factories.imports import check_import, make_import, work_off

ROWS = 3_000
# What a worker does, in a process of its own, slowly enough to be caught.
WORKER = """
import sys, time
from datetime import datetime, UTC
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from contacts.imports import advance, commit
from contacts.models import ImportRun
from contacts.work import advance_one
commit.CHUNK = 100
advance.TURN_SECONDS = 60
write = commit.Committer._write
def slowly(self, after, until, now):
    write(self, after, until, now)
    time.sleep(0.05)
commit.Committer._write = slowly
advance_one(ImportRun, advance.advance_import, now=datetime.fromisoformat(sys.argv[2]))
"""


def wait_for_progress(run: ImportRun) -> None:
    for _ in range(600):
        run.refresh_from_db()
        if run.cursor >= 300:
            return
        time.sleep(0.1)
    raise AssertionError("The worker did not begin.")


@pytest.mark.django_db(transaction=True)
def test_import_goes_on_exactly_where_a_killed_worker_left_it(tmp_path: Path) -> None:
    rows = "".join(f"p{n}@example.com\n" for n in range(ROWS))
    run = check_import(make_import(f"email\n{rows}"))
    runs.confirm_import(run=run, statement="They ticked it.", user=None, now=NOW)
    settings: dict[str, Any] = connection.settings_dict
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, settings["NAME"], NOW.isoformat()],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=Path(__file__).resolve().parents[3],
    )

    wait_for_progress(run)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    run.refresh_from_db()
    left_at = run.cursor
    assert 300 <= left_at < ROWS
    work_off(now=NOW + timedelta(seconds=5))
    assert Contact.objects.count() == left_at
    work_off(now=NOW + timedelta(minutes=2))

    run.refresh_from_db()
    assert (run.stage, run.counts["new"]) == (ImportRun.Stage.COMMITTED, ROWS)
    assert Contact.objects.count() == ROWS
    assert Identifier.objects.count() == ROWS
    assert ListMembership.objects.filter(contact_list=run.contact_list).count() == ROWS
