"""Files of past events: stored, found out how they are written, mapped."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from contacts.histories import columns as event_columns
from contacts.histories.rows import Choices
from contacts.histories.timestamps import Detected, detect
from contacts.imports import dialects, mapping
from contacts.imports.reading import Sample, read_sample, set_dialect
from contacts.imports.uploads import (
    UploadRefused,
    delete_upload,
    store_upload,
    upload_path,
)
from contacts.models import HistoryRun, ImportMapping, Source
from contacts.models.work import WorkState

# Where events of files belong unless somebody names another source.
FILES = "Files"


class HistoryClosed(ValueError):
    """The import has gone on; what was asked for is no longer possible."""


def file_source(
    *, name: str = FILES, user: AbstractBaseUser | None, now: datetime
) -> Source:
    """
    Fetch the source of that name that events of files belong to, or make it.

    :raises UploadRefused: if a source of another kind has the name
    """
    source, _ = Source.objects.get_or_create(
        name=name,
        defaults={
            "kind": Source.Kind.FILE,
            "created_at": now,
            "created_by_id": user.pk if user else None,
        },
    )
    if source.kind != Source.Kind.FILE:
        raise UploadRefused(
            f"The source “{name}” is a {source.get_kind_display().lower()}. Name another one."
        )
    return source


def add_file(
    *,
    name: str,
    chunks: Iterable[bytes],
    source: Source,
    user: AbstractBaseUser | None,
    now: datetime,
) -> HistoryRun:
    """
    Begin an import with a file: stored, its way of writing found out, its columns suggested.

    :raises UploadRefused: if it is no table and no lines of JSON
    """
    upload = store_upload(chunks, now=now)
    try:
        run = HistoryRun(
            source=source,
            name=name[:255],
            path=upload.path,
            size_bytes=upload.size_bytes,
            digest=upload.digest,
            state=WorkState.DONE,
            created_at=now,
            created_by_id=user.pk if user else None,
        )
        dialect = dialects.detect_dialect(upload_path(upload.path))
        if is_lines(dialects.read_head(upload_path(upload.path), dialect.encoding)):
            _read_lines(run, dialect.encoding, now=now)
        else:
            _read_table(run, dialect)
        run.save()
    except BaseException:
        delete_upload(upload.path)
        raise
    return run


def is_lines(head: str) -> bool:
    """Whether a file consists of lines of JSON, by how it begins."""
    return head.lstrip("\ufeff \t\r\n").startswith("{")


def _read_lines(run: HistoryRun, encoding: str, *, now: datetime) -> None:
    """Write down that each line is a message; it needs no mapping."""
    run.form = HistoryRun.Form.LINES
    run.encoding, run.delimiter = encoding, "\n"
    run.has_header = False
    run.headers = ["line"]
    run.columns = []
    run.mapped_at = now


def _read_table(run: HistoryRun, dialect: dialects.Dialect) -> None:
    """Write down how a table is read, and what its columns may become."""
    run.form = HistoryRun.Form.TABLE
    sample = set_dialect(run, dialect, holds="event")
    remembered = (
        ImportMapping.objects.filter(header_digest=_digest(run)).first()
        if run.has_header
        else None
    )
    columns = (
        mapping.read_columns(remembered.columns)
        if remembered
        else event_columns.suggest_columns(
            sample.headers, sample.rows, has_header=run.has_header
        )
    )
    run.columns = [column.to_document() for column in columns]
    run.mapped_at = None


def read_as(
    *, run: HistoryRun, encoding: str, delimiter: str, has_header: bool
) -> None:
    """
    Read a table in another way, and suggest its columns again.

    :raises UploadRefused: if it cannot be read that way
    """
    refuse_closed(run)
    try:
        dialect = dialects.redetect(upload_path(run.path), encoding, delimiter)
    except UnicodeError as error:
        label = dialects.encoding_label(encoding)
        raise UploadRefused(
            f"The file cannot be read as {label}. Choose another encoding."
        ) from error
    _read_table(
        run,
        dialects.Dialect(
            encoding, delimiter, has_header, dialect.skipped_lines, is_certain=True
        ),
    )
    reopen(run)


@transaction.atomic
def map_columns(
    *,
    run: HistoryRun,
    columns: Sequence[mapping.Column],
    event_name: str,
    time_zone: str,
    date_order: str,
    now: datetime,
) -> None:
    """
    Say what each column becomes, and what the file leaves open about its times.

    :raises MappingError: if the columns cannot be used so, or a choice is missing
    """
    refuse_closed(run)
    event_columns.check_event_columns(columns, run.headers, event_name=event_name)
    times = times_of(read_sample(run), columns)
    if times.is_open and not date_order:
        raise mapping.MappingError(
            "Say whether the day or the month comes first: the first rows leave it open."
        )
    run.columns = [column.to_document() for column in columns]
    run.event_name = event_name
    run.time_zone = time_zone
    run.date_order = date_order or times.order
    run.mapped_at = now
    if run.has_header:
        ImportMapping.objects.update_or_create(
            header_digest=_digest(run),
            defaults={"columns": run.columns, "used_at": now},
        )
    reopen(run)


def times_of(sample: Sample, columns: Sequence[mapping.Column]) -> Detected:
    """Look at how the column of times is written."""
    fields = [column.field for column in columns]
    if event_columns.TIME not in fields:
        return detect([])
    place = fields.index(event_columns.TIME)
    return detect(row[place] for row in sample.rows if place < len(row))


def choices_of(run: HistoryRun, now: datetime) -> Choices:
    """Collect what was said about a file, besides its columns."""
    return Choices(
        zone=ZoneInfo(run.time_zone),
        date_order=run.date_order,
        event_name=run.event_name,
        now=now,
    )


def earlier_runs(run: HistoryRun) -> list[HistoryRun]:
    """List the imports, newest first, that have already brought in this very file."""
    stages = [HistoryRun.Stage.COMMITTING, HistoryRun.Stage.COMMITTED]
    same = HistoryRun.objects.filter(digest=run.digest, stage__in=stages)
    return list(same.exclude(pk=run.pk).order_by("-pk")[:3])


def refuse_closed(run: HistoryRun) -> None:
    """Raise unless the file and its columns can still be changed."""
    if not run.may_change():
        raise HistoryClosed("This import has gone on and can no longer be changed.")


def reopen(run: HistoryRun) -> None:
    """Save it as being prepared; what was checked is checked anew, from the file."""
    run.stage = HistoryRun.Stage.READING
    run.state = WorkState.DONE
    run.counts, run.forecast, run.error = {}, {}, ""
    run.staged_records = run.row_count = run.blank_count = 0
    run.staged_at = run.read_on = None
    run.save()


def _digest(run: HistoryRun) -> str:
    """Name the headers of a file of events, apart from those of a file of contacts."""
    return mapping.header_digest(["\x1d events", *run.headers])
