"""The background part of imports of past events: check, commit or undo, bit by bit."""

from collections.abc import Callable
from datetime import datetime

from contacts.histories.classify import HistoryClassifier, count_rows
from contacts.histories.commit import Committer
from contacts.histories.forecast import forecast
from contacts.histories.staging import HistoryStager, clear_staging
from contacts.histories.undo import Undoer
from contacts.imports.advance import repeat
from contacts.imports.reading import count_lines
from contacts.imports.records import UnreadableFile
from contacts.models import HistoryRun
from contacts.work import beat, fail

Stage = HistoryRun.Stage


def advance_history(work: HistoryRun, *, now: datetime) -> bool:
    """
    Do one turn of whatever the import is at.

    :returns: whether there is more to do at this stage
    """
    turns: dict[str, Callable[[HistoryRun, datetime], bool]] = {
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


def _check(run: HistoryRun, now: datetime) -> bool:
    """Stage what is not staged yet; then, in a turn of its own, classify all rows."""
    if not run.staged_records and run.staged_at is None:
        clear_staging(run)
        beat(run, now=now, done=0, total=count_lines(run) or 1)
    if run.staged_at is None:
        stager = HistoryStager(run, now)
        repeat(lambda: stager.stage_portion(now=now))
        return True
    beat(run, now=now, done=run.row_count, total=run.row_count)
    HistoryClassifier(run).classify(now=now)
    beat(run, now=now, phase="Working out what will happen")
    return _close(run, Stage.CHECKED, forecast=forecast(run, now=now))


def _commit(run: HistoryRun, now: datetime) -> bool:
    """Commit chunks; at the end, count what the rows have become."""
    committer = Committer(run)
    if repeat(lambda: committer.commit_chunk(now=now)):
        return True
    return _close(run, Stage.COMMITTED, counts=count_rows(run), committed_at=now)


def _undo(run: HistoryRun, now: datetime) -> bool:
    """Undo chunks."""
    undoer = Undoer(run)
    if repeat(lambda: undoer.undo_chunk(now=now)):
        return True
    return _close(run, Stage.UNDONE, undone_at=now)


def _close(run: HistoryRun, stage: str, **changes: object) -> bool:
    """Go to the stage at which the marketer is asked, or all is done."""
    HistoryRun.objects.filter(
        pk=run.pk, lease_owner=run.lease_owner, attempts=run.attempts
    ).update(stage=stage, **changes)
    return False
