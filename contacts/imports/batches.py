"""Files, pasted rows and typed emails of an import, and how each is read."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from contacts.imports import dialects, mapping, typed
from contacts.imports.reading import set_dialect
from contacts.imports.spreadsheets import write_line
from contacts.imports.uploads import (
    UploadRefused,
    delete_upload,
    store_upload,
    upload_path,
)
from contacts.models import ImportBatch, ImportMapping, ImportRun
from contacts.models.work import WorkState


class ImportClosed(ValueError):
    """The import has gone on; what was asked for is no longer possible."""


def add_file(
    *, run: ImportRun, name: str, chunks: Iterable[bytes], now: datetime
) -> ImportBatch:
    """
    Add a file: stored, its way of writing found out, its columns suggested.

    :raises UploadRefused: if it is no table of text
    """
    return _add(run=run, kind=ImportBatch.Kind.FILE, name=name, chunks=chunks, now=now)


def add_pasted(*, run: ImportRun, text: str, now: datetime) -> ImportBatch:
    """
    Add rows that were pasted from a spreadsheet.

    :raises UploadRefused: if there are none
    """
    return _add(
        run=run,
        kind=ImportBatch.Kind.PASTED,
        name="Pasted rows",
        chunks=[text.strip("\r\n").encode()],
        now=now,
    )


@transaction.atomic
def add_typed(*, run: ImportRun, text: str, now: datetime) -> ImportBatch:
    """
    Add emails that were typed, such as ``Ana Ruiz <ana@example.com>``; needs no mapping.

    :raises UploadRefused: if there are none, or too many
    """
    rows = typed.read_typed(text)
    if not rows:
        raise UploadRefused("Type at least one email, such as ana@example.com.")
    if len(rows) > typed.MAX_TYPED:
        raise UploadRefused(
            f"These are {len(rows):,} emails; up to 1,000 can be typed. Put them into a file "
            "with one per line and drop it above."
        )
    header = write_line(["Email", "First name", "Last name"], ",")
    lines = [write_line(row, ",") for row in rows]
    return _add(
        run=run,
        kind=ImportBatch.Kind.TYPED,
        name="Typed emails" if len(rows) > 1 else rows[0][0][:80],
        chunks=["".join([header, *lines]).encode()],
        now=now,
        is_mapped=True,
    )


def _add(
    *,
    run: ImportRun,
    kind: str,
    name: str,
    chunks: Iterable[bytes],
    now: datetime,
    is_mapped: bool = False,
) -> ImportBatch:
    """Store the bytes, find out how they are written, and make the batch."""
    refuse_closed(run)
    upload = store_upload(chunks, now=now)
    try:
        with transaction.atomic():
            batch = ImportBatch(
                import_run=run,
                kind=kind,
                name=name[:255],
                path=upload.path,
                size_bytes=upload.size_bytes,
                digest=upload.digest,
                created_at=now,
                mapped_at=now if is_mapped else None,
            )
            _read_as(batch, dialects.detect_dialect(upload_path(upload.path)))
            batch.save()
            reopen(run)
    except BaseException:
        delete_upload(upload.path)
        raise
    return batch


def read_as(
    *, batch: ImportBatch, encoding: str, delimiter: str, has_header: bool
) -> None:
    """
    Read a batch in another way, and suggest its columns again.

    :raises UploadRefused: if it cannot be read that way
    """
    refuse_closed(batch.import_run)
    path = upload_path(batch.path)
    try:
        dialect = dialects.redetect(path, encoding, delimiter)
    except UnicodeError as error:
        label = dialects.encoding_label(encoding)
        raise UploadRefused(
            f"The file cannot be read as {label}. Choose another encoding."
        ) from error
    _read_as(
        batch,
        dialects.Dialect(
            encoding, delimiter, has_header, dialect.skipped_lines, is_certain=True
        ),
    )
    batch.mapped_at = None
    with transaction.atomic():
        batch.save()
        reopen(batch.import_run)


def _read_as(batch: ImportBatch, dialect: dialects.Dialect) -> None:
    """Write down how a batch is read, its headers and what its columns may become."""
    sample = set_dialect(batch, dialect, holds="contact")
    remembered = (
        ImportMapping.objects.filter(
            header_digest=mapping.header_digest(batch.headers)
        ).first()
        if batch.has_header
        else None
    )
    columns = (
        mapping.read_columns(remembered.columns)
        if remembered
        else mapping.suggest(sample.headers, sample.rows, has_header=batch.has_header)
    )
    batch.columns = [column.to_document() for column in columns]


@transaction.atomic
def map_columns(
    *, batch: ImportBatch, columns: Sequence[mapping.Column], now: datetime
) -> None:
    """
    Say what each column becomes; remembered for the next file with the same headers.

    :raises MappingError: if the columns cannot be used so
    """
    refuse_closed(batch.import_run)
    mapping.check_columns(columns, batch.headers)
    batch.columns = [column.to_document() for column in columns]
    batch.mapped_at = now
    batch.save(update_fields=["columns", "mapped_at"])
    if batch.has_header:
        ImportMapping.objects.update_or_create(
            header_digest=mapping.header_digest(batch.headers),
            defaults={"columns": batch.columns, "used_at": now},
        )
    reopen(batch.import_run)


@transaction.atomic
def remove_batch(*, batch: ImportBatch) -> None:
    """Remove a batch with its rows and its file."""
    run = lock_import(batch.import_run)
    refuse_closed(run)
    rows = batch.rows.all()
    rows._raw_delete(rows.db)
    delete_upload(batch.path)
    batch.delete()
    reopen(run)


def earlier_imports(batch: ImportBatch) -> list[ImportRun]:
    """List the imports, newest first, that have already brought in this very file."""
    return list(
        ImportRun.objects.filter(
            batches__digest=batch.digest,
            stage__in=[
                ImportRun.Stage.COMMITTING,
                ImportRun.Stage.COMMITTED,
            ],
        )
        .exclude(pk=batch.import_run_id)
        .order_by("-pk")[:3]
    )


def lock_import(run: ImportRun) -> ImportRun:
    """Lock the import, so that of two clicks one comes second."""
    return ImportRun.objects.select_for_update(of=("self",)).get(pk=run.pk)


def refuse_closed(run: ImportRun) -> None:
    """Raise unless batches and columns can still be changed."""
    if not run.may_change():
        raise ImportClosed("This import has gone on and can no longer be changed.")


def reopen(run: ImportRun) -> None:
    """Go back to collecting; what was checked is checked anew, from the files."""
    ImportRun.objects.filter(pk=run.pk).update(
        stage=ImportRun.Stage.COLLECTING, counts={}, state=WorkState.DONE, error=""
    )
    run.batches.update(staged_records=0, row_count=0, blank_count=0, staged_at=None)
    run.refresh_from_db()
