"""Imports of past events."""

from datetime import datetime
from typing import Any

from contacts.histories import files, runs
from contacts.histories.advance import advance_history
from contacts.imports.mapping import Column, read_columns
from contacts.models import HistoryRun
from contacts.models.work import WorkState
from contacts.work import advance_one
from tests.factories.contacts import NOW

HEADER = "Event,Email,Timestamp,Total"


def make_history(
    *rows: str,
    header: str = HEADER,
    name: str = "events.csv",
    source: str = files.FILES,
    now: datetime = NOW,
) -> HistoryRun:
    """An import whose file is uploaded; nothing is mapped yet unless it is JSON lines."""
    text = "\n".join([header, *rows] if header else rows)
    return files.add_file(
        name=name,
        chunks=[text.encode()],
        source=files.file_source(name=source, user=None, now=now),
        user=None,
        now=now,
    )


def map_history(
    run: HistoryRun,
    *,
    columns: list[Column] | None = None,
    now: datetime = NOW,
    **choices: Any,
) -> None:
    """Take the columns as they were suggested, unless told otherwise."""
    files.map_columns(
        run=run,
        columns=columns or read_columns(run.columns),
        now=now,
        **{"event_name": "", "time_zone": "UTC", "date_order": "", **choices},
    )


def work(now: datetime = NOW) -> None:
    """Do all that waits for a worker."""
    while advance_one(HistoryRun, advance_history, now=now):
        pass


def check_history(
    *rows: str, makes_people: bool = True, now: datetime = NOW, **fields: Any
) -> HistoryRun:
    """An import that waits for its confirmation."""
    run = make_history(*rows, now=now, **fields)
    if run.form == HistoryRun.Form.TABLE:
        map_history(run, now=now)
    runs.start_check(run=run, makes_people=makes_people, now=now)
    work(now)
    run.refresh_from_db()
    assert run.state == WorkState.DONE, run.error
    return run


def import_history(
    *rows: str, fires: bool = False, now: datetime = NOW, **fields: Any
) -> HistoryRun:
    """An import that is done."""
    run = check_history(*rows, now=now, **fields)
    runs.confirm_history(run=run, fires=fires, user=None, now=now)
    work(now)
    run.refresh_from_db()
    assert run.state == WorkState.DONE, run.error
    return run
