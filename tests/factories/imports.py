"""Imports for tests: the whole way of a file, without pages and without a queue."""

from datetime import datetime

from contacts.imports import batches, runs
from contacts.imports.advance import advance_import
from contacts.imports.mapping import Column, read_columns
from contacts.models import ContactList, ImportBatch, ImportRun
from contacts.work import advance_one
from tests.factories.contacts import NOW, make_list


def make_import(
    text: bytes | str = "",
    *,
    contact_list: ContactList | None = None,
    columns: list[Column] | None = None,
    now: datetime = NOW,
) -> ImportRun:
    """An import with one file, mapped as suggested or as told."""
    run = runs.start_import(
        contact_list=contact_list or make_list(), user=None, now=now
    )
    if text:
        add_file(run, text, columns=columns, now=now)
    return run


def add_file(
    run: ImportRun,
    text: bytes | str,
    *,
    columns: list[Column] | None = None,
    now: datetime = NOW,
) -> ImportBatch:
    """Add a file to an import and map its columns."""
    content = text.encode() if isinstance(text, str) else text
    batch = batches.add_file(run=run, name="people.csv", chunks=[content], now=now)
    batches.map_columns(
        batch=batch, columns=columns or read_columns(batch.columns), now=now
    )
    return batch


def work_off(*, now: datetime = NOW) -> None:
    """Do the background part of every import until nothing is left."""
    while advance_one(ImportRun, advance_import, now=now):
        pass


def check_import(
    run: ImportRun, *, policy: str = ImportRun.Policy.FILL, now: datetime = NOW
) -> ImportRun:
    """Check the rows of an import."""
    runs.start_check(run=run, policy=policy, now=now)
    work_off(now=now)
    run.refresh_from_db()
    return run


def commit_import(
    run: ImportRun, *, statement: str = "", now: datetime = NOW
) -> ImportRun:
    """Commit a checked import."""
    runs.confirm_import(run=run, statement=statement, user=None, now=now)
    work_off(now=now)
    run.refresh_from_db()
    return run


def import_file(
    text: bytes | str,
    *,
    contact_list: ContactList | None = None,
    columns: list[Column] | None = None,
    policy: str = ImportRun.Policy.FILL,
    statement: str = "",
    now: datetime = NOW,
) -> ImportRun:
    """Take a file the whole way."""
    run = make_import(text, contact_list=contact_list, columns=columns, now=now)
    check_import(run, policy=policy, now=now)
    return commit_import(run, statement=statement, now=now)


def undo_import(run: ImportRun, *, now: datetime = NOW) -> ImportRun:
    """Undo an import."""
    runs.undo_import(run=run, user=None, now=now)
    work_off(now=now)
    run.refresh_from_db()
    return run
