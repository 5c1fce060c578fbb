"""The marketer's verbs: start, check, remove rows, confirm, go on, undo, discard."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from contacts.background import enqueue
from contacts.imports.batches import ImportClosed, lock_import, refuse_closed
from contacts.imports.classify import count_rows
from contacts.imports.uploads import delete_upload
from contacts.models import ContactList, ImportRun, RowState
from contacts.models.work import WorkState
from contacts.work import queue_again

TASK = "contacts.tasks.advance_imports"
Stage = ImportRun.Stage


def start_import(
    *, contact_list: ContactList, user: AbstractBaseUser | None, now: datetime
) -> ImportRun:
    """Start an import into a list; nothing runs until it is checked."""
    return ImportRun.objects.create(
        contact_list=contact_list,
        state=WorkState.DONE,
        created_at=now,
        created_by_id=user.pk if user else None,
    )


@transaction.atomic
def start_check(*, run: ImportRun, policy: str, now: datetime) -> None:
    """
    Check every row in the background.

    :raises ImportClosed: if there is nothing to check, or the import has gone on
    """
    run = lock_import(run)
    refuse_closed(run)
    if not run.batches.exists() or run.batches.filter(mapped_at=None).exists():
        raise ImportClosed("Map the columns of every batch first.")
    _queue(run, stage=Stage.CHECKING, now=now, policy=policy)


@transaction.atomic
def remove_rows(*, run: ImportRun, numbers: Sequence[int], now: datetime) -> int:
    """
    Remove rows in the review. Rows that were merged with others are looked at again.

    :returns: how many were removed
    :raises ImportClosed: if the import is past its review
    """
    run = lock_import(run)
    if run.stage != Stage.CHECKED:
        raise ImportClosed("The rows can no longer be removed.")
    rows = run.rows.filter(number__in=list(numbers)).exclude(state=RowState.REMOVED)
    has_twins = rows.exclude(duplicate_of=None, merged=None).exists()
    removed = rows.update(
        state=RowState.REMOVED, reason="removed", duplicate_of=None, merged=None
    )
    if has_twins:
        _queue(run, stage=Stage.CHECKING, now=now)
    else:
        ImportRun.objects.filter(pk=run.pk).update(counts=count_rows(run))
    return removed


@transaction.atomic
def confirm_import(
    *, run: ImportRun, statement: str, user: AbstractBaseUser | None, now: datetime
) -> bool:
    """
    Import the checked rows in the background.

    With a statement the contacts may be written to; without one they are imported without
    permission. Safe to repeat: whoever comes second changes nothing.

    :returns: whether this call started it
    """
    run = lock_import(run)
    if run.stage != Stage.CHECKED:
        return False
    _queue(
        run,
        stage=Stage.COMMITTING,
        now=now,
        consent_statement=statement.strip(),
        confirmed_at=now,
        confirmed_by_id=user.pk if user else None,
        cursor=0,
    )
    return True


@transaction.atomic
def resume_import(*, run: ImportRun, now: datetime) -> bool:
    """Go on with an import, a check or an undo that was stopped; it starts where it was."""
    run = lock_import(run)
    if not run.is_stopped:
        return False
    _queue(run, stage=run.stage, now=now)
    return True


@transaction.atomic
def undo_import(
    *, run: ImportRun, user: AbstractBaseUser | None, now: datetime
) -> bool:
    """
    Undo an import in the background.

    :returns: False if it cannot be undone (any more)
    """
    run = lock_import(run)
    if not run.may_undo(now):
        return False
    changes: dict[str, Any] = {"undone_by_id": user.pk if user else None}
    if run.stage != Stage.UNDOING:
        changes |= {"cursor": 0, "undo_report": {}}
    _queue(run, stage=Stage.UNDOING, now=now, **changes)
    return True


@transaction.atomic
def discard_import(*, run: ImportRun) -> None:
    """
    Throw away an import that has written nothing, with its files.

    :raises ImportClosed: if it has
    """
    run = lock_import(run)
    if run.has_started_writing or not run.is_over:
        raise ImportClosed("Only an import that has not begun can be discarded.")
    rows = run.rows.all()
    rows._raw_delete(rows.db)
    for path in run.batches.values_list("path", flat=True):
        delete_upload(path)
    run.delete()


def _queue(run: ImportRun, *, stage: str, now: datetime, **changes: Any) -> None:
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
