"""An import of past events all at once, for whoever sits at a terminal."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contacts.histories import files, runs
from contacts.histories.advance import advance_history
from contacts.histories.report import error_file, has_errors
from contacts.imports.mapping import MappingError, read_columns
from contacts.imports.reading import read_sample
from contacts.imports.uploads import UploadRefused
from contacts.models import HistoryRun
from contacts.models.work import WorkState
from contacts.work import advance_one

BLOCK = 1 << 20
# Seconds between two looks at a run that a worker has in hand.
PAUSE = 0.2


class ImportRefused(ValueError):
    """The file can't be imported as it is; the text says why and what to do."""


@dataclass(frozen=True)
class Wishes:
    """What the command line says about a file."""

    source: str
    event_name: str
    time_zone: str
    date_order: str
    makes_people: bool


def check_file(path: Path, *, wishes: Wishes, now: datetime) -> HistoryRun:
    """
    Read a file and check every row, with the columns as they are suggested.

    :raises ImportRefused: if it can't be read, or leaves something open
    """
    try:
        run = files.add_file(
            name=path.name,
            chunks=_blocks(path),
            source=files.file_source(name=wishes.source, user=None, now=now),
            user=None,
            now=now,
        )
        if run.form == HistoryRun.Form.TABLE:
            columns = read_columns(run.columns)
            times = files.times_of(read_sample(run), columns)
            files.map_columns(
                run=run,
                columns=columns,
                event_name=wishes.event_name,
                time_zone=wishes.time_zone,
                date_order=wishes.date_order or times.order,
                now=now,
            )
        else:
            HistoryRun.objects.filter(pk=run.pk).update(time_zone=wishes.time_zone)
    except (UploadRefused, MappingError) as error:
        raise ImportRefused(str(error)) from error
    runs.start_check(run=run, makes_people=wishes.makes_people, now=now)
    return run


def work_through(run: HistoryRun, *, clock: Callable[[], datetime]) -> HistoryRun:
    """
    Do what waits for a worker until the run is at rest, beside the workers that there are.

    :raises ImportRefused: if it fails
    """
    run.refresh_from_db()
    while not run.is_over:
        if not advance_one(HistoryRun, advance_history, now=clock()):
            # A worker has it in hand.
            time.sleep(PAUSE)
        run.refresh_from_db()
    if run.state != WorkState.DONE:
        raise ImportRefused(run.error or "The import was stopped.")
    return run


def write_errors(run: HistoryRun, path: Path) -> Path | None:
    """Write the rows that were set aside beside the file; None if there are none."""
    if not has_errors(run):
        return None
    ending = ".csv" if run.form == HistoryRun.Form.TABLE else ".jsonl"
    target = path.with_name(f"{path.name.split('.')[0]}-errors{ending}")
    with target.open("wb") as stream:
        stream.writelines(error_file(run))
    return target


def _blocks(path: Path) -> Iterator[bytes]:
    """Read a file block by block."""
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block
