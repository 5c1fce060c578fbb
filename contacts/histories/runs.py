"""The marketer's verbs: check, confirm, go on, undo, discard."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from contacts.background import enqueue
from contacts.histories.files import HistoryClosed, refuse_closed
from contacts.imports.uploads import delete_upload
from contacts.models import HistoryRun
from contacts.work import queue_again

TASK = "contacts.tasks.advance_histories"
Stage = HistoryRun.Stage


@transaction.atomic
def start_check(*, run: HistoryRun, makes_people: bool = True, now: datetime) -> None:
    """
    Check every row in the background.

    :raises HistoryClosed: if the columns are not mapped, or the import has gone on
    """
    run = _lock(run)
    refuse_closed(run)
    if run.mapped_at is None:
        raise HistoryClosed("Map the columns first.")
    _queue(run, stage=Stage.CHECKING, now=now, makes_people=makes_people)


@transaction.atomic
def confirm_history(
    *, run: HistoryRun, fires: bool, user: AbstractBaseUser | None, now: datetime
) -> bool:
    """
    Import the checked rows in the background.

    With ``fires`` campaigns react as if all of it happened now. Safe to repeat: whoever comes
    second changes nothing.

    :returns: whether this call started it
    """
    run = _lock(run)
    if run.stage != Stage.CHECKED:
        return False
    _queue(
        run,
        stage=Stage.COMMITTING,
        now=now,
        fires=fires,
        confirmed_at=now,
        confirmed_by_id=user.pk if user else None,
        cursor=0,
    )
    return True


@transaction.atomic
def resume_history(*, run: HistoryRun, now: datetime) -> bool:
    """Go on with an import, a check or an undo that was stopped; it starts where it was."""
    run = _lock(run)
    if not run.is_stopped:
        return False
    _queue(run, stage=run.stage, now=now)
    return True


@transaction.atomic
def undo_history(
    *, run: HistoryRun, user: AbstractBaseUser | None, now: datetime
) -> bool:
    """
    Undo an import in the background.

    :returns: False if it cannot be undone (any more)
    """
    run = _lock(run)
    if not run.may_undo(now):
        return False
    changes: dict[str, Any] = {"undone_by_id": user.pk if user else None}
    if run.stage != Stage.UNDOING:
        changes |= {"cursor": 0, "undo_report": {}}
    if run.stage == Stage.COMMITTING:
        # What lies behind was not written by this import, whoever else has written it.
        changes["undo_report"] = {"until": run.cursor}
    _queue(run, stage=Stage.UNDOING, now=now, **changes)
    return True


@transaction.atomic
def discard_history(*, run: HistoryRun) -> None:
    """
    Throw away an import that has written nothing, with its file.

    :raises HistoryClosed: if it has
    """
    run = _lock(run)
    if run.has_started_writing or not run.is_over:
        raise HistoryClosed("Only an import that has not begun can be discarded.")
    rows = run.rows.all()
    rows._raw_delete(rows.db)
    delete_upload(run.path)
    run.delete()


def _lock(run: HistoryRun) -> HistoryRun:
    """Lock the import, so that of two clicks one comes second."""
    return HistoryRun.objects.select_for_update(of=("self",)).get(pk=run.pk)


def _queue(run: HistoryRun, *, stage: str, now: datetime, **changes: Any) -> None:
    """Hand the import to the background, and ring for it."""
    is_committing = stage == Stage.COMMITTING
    queue_again(
        run,
        stage=stage,
        queued_at=now,
        done=changes.get("cursor", run.cursor) if is_committing else 0,
        total=run.row_count if is_committing else 0,
        **changes,
    )
    enqueue(TASK)
