"""A worker that is killed while history is written, or reacted to, loses and doubles nothing."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from audiences.memberships.live import react_next
from audiences.models import (
    Audience,
    Membership,
    MembershipChange,
    MembershipReaction,
    WatchedAudience,
)
from contacts.histories import runs
from contacts.models import Contact, Event, Reaction, Receipt
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW
from tests.factories.histories import check_history, work

ROWS = 400
ORDERED = {
    "kind": "event",
    "name": "Left",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""
# What workers do, in a process of its own, slowly enough to be caught.
BEGIN = """
import sys, time
from datetime import datetime
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
now = datetime.fromisoformat(sys.argv[2])
"""
COMMIT = (
    BEGIN
    + """
from contacts.histories import advance, commit
from contacts.imports import advance as imports
from contacts.models import HistoryRun
from contacts.work import advance_one
commit.CHUNK = 20
imports.TURN_SECONDS = 60
write = commit.Committer._write
def slowly(self, after, until, now):
    write(self, after, until, now)
    time.sleep(0.1)
commit.Committer._write = slowly
advance_one(HistoryRun, advance.advance_history, now=now)
"""
)
REACT = (
    BEGIN
    + """
from audiences.memberships import live
live.BATCH = 20
look = live.judge
def slowly(*args, **kwargs):
    look(*args, **kwargs)
    time.sleep(0.1)
live.judge = slowly
while live.react_next(now):
    pass
"""
)


@pytest.fixture(autouse=True)
def upload_dir(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path


def kill_in_the_middle(code, is_in_the_middle):
    """Let a worker begin, and kill it as soon as some of its work is there."""
    worker = subprocess.Popen(
        [sys.executable, "-c", code, connection.settings_dict["NAME"], NOW.isoformat()],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=Path(__file__).resolve().parents[2],
    )
    for _ in range(600):
        if is_in_the_middle():
            break
        time.sleep(0.05)
    else:
        raise AssertionError("The worker did not begin.")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    # The database notices a moment later, and lets go of what the worker had locked.
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(OTHERS)
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_history_counts_once_whatever_is_killed():
    audience = make_audience(rule=ORDERED)
    WatchedAudience.objects.create(consumer="campaign:1", audience=audience)
    run = check_history(*(f"Left,p{n}@example.com,2026-01-05,{n}" for n in range(ROWS)))
    runs.confirm_history(run=run, fires=False, user=None, now=NOW)

    kill_in_the_middle(COMMIT, lambda: Event.objects.count() >= 40)
    run.refresh_from_db()
    assert 40 <= run.cursor < ROWS
    assert Event.objects.count() == run.cursor
    work(NOW + timedelta(minutes=2))

    run.refresh_from_db()
    assert (run.stage, run.counts["new"]) == ("committed", ROWS)
    figures = [model.objects.count() for model in (Event, Receipt, Contact)]
    assert figures == [ROWS] * 3

    kill_in_the_middle(REACT, lambda: Membership.objects.count() >= 40)
    entered = Membership.objects.count()
    assert 40 <= entered < ROWS
    assert MembershipChange.objects.count() == entered
    while react_next(NOW + timedelta(minutes=3)):
        pass

    audience = Audience.objects.get(pk=audience.pk)
    assert (audience.size, Membership.objects.count()) == (ROWS, ROWS)
    causes = MembershipChange.objects.values_list("cause", flat=True)
    assert list(causes) == ["history"] * ROWS
    assert not MembershipReaction.objects.exists()
    assert not Reaction.objects.exists()
