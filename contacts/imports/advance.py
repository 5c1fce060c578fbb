"""The background part of imports: check, commit or undo, a few seconds at a time."""

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from contacts.imports.classify import Classifier, count_rows
from contacts.imports.commit import Committer
from contacts.imports.finished import tell_finished
from contacts.imports.records import UnreadableFile
from contacts.imports.staging import Stager, clear_staging, estimate_rows
from contacts.imports.undo import Undoer
from contacts.models import ImportRun, RowState
from contacts.work import beat, fail

# How long one turn lasts; then the lease is given back and the next import may be taken.
TURN_SECONDS = 5.0
Stage = ImportRun.Stage


def advance_import(work: ImportRun, *, now: datetime) -> bool:
    """
    Do one turn of whatever the import is at.

    :returns: whether there is more to do at this stage
    """
    turns: dict[str, Callable[[ImportRun, datetime], bool]] = {
        Stage.CHECKING: _check,
        Stage.COMMITTING: _commit,
        Stage.UNDOING: _undo,
    }
    turn = turns.get(work.stage)
    if turn is None:
        # The stage was closed, and the worker died before it could say so.
        return False
    try:
        return turn(work, now)
    except UnreadableFile as error:
        fail(work, error=str(error), now=now)
        return False


def repeat(step: Callable[[], bool]) -> bool:
    """Repeat a step until it is through or the turn is over; tell whether there is more."""
    end = time.monotonic() + TURN_SECONDS
    while time.monotonic() < end:
        if not step():
            return False
    return True


def _check(run: ImportRun, now: datetime) -> bool:
    """Stage what is not staged yet; then, in a turn of its own, classify all rows."""
    batches = run.batches.order_by("pk")
    if not batches.exclude(staged_records=0, staged_at=None).exists():
        clear_staging(run)
        beat(run, now=now, done=0, total=estimate_rows(run))
    waiting = batches.filter(staged_at=None).first()
    if waiting is not None:
        stager = Stager(run, waiting)
        repeat(lambda: stager.stage_portion(now=now))
        return True
    beat(run, now=now, done=run.row_count, total=run.row_count)
    Classifier(run).classify(now=now)
    return _close(run, Stage.CHECKED)


def _commit(run: ImportRun, now: datetime) -> bool:
    """Commit chunks; at the end, count what the rows have become."""
    committer = Committer(run)
    if repeat(lambda: committer.commit_chunk(now=now)):
        return True
    return _finish(
        run, Stage.COMMITTED, now=now, counts=count_rows(run), committed_at=now
    )


def _undo(run: ImportRun, now: datetime) -> bool:
    """Undo chunks."""
    undoer = Undoer(run)
    if repeat(lambda: undoer.undo_chunk(now=now)):
        return True
    return _finish(run, Stage.UNDONE, now=now, undone_at=now)


def _finish(run: ImportRun, stage: str, *, now: datetime, **changes: object) -> bool:
    """Go to a stage at which many contacts have changed, and let the other apps know."""
    with transaction.atomic():
        _close(run, stage, **changes)
        is_about_new = run.rows.filter(state=RowState.NEW).exists()
        tell_finished(now, is_about_new=is_about_new)
    return False


def _close(run: ImportRun, stage: str, **changes: object) -> bool:
    """Go to the stage at which the marketer is asked, or all is done."""
    ImportRun.objects.filter(
        pk=run.pk, lease_owner=run.lease_owner, attempts=run.attempts
    ).update(stage=stage, **changes)
    return False
