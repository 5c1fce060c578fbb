"""The error file: the rows that were not imported as they stood in the upload, and why."""

import codecs
from collections.abc import Iterator

from contacts.imports.reasons import explain
from contacts.imports.spreadsheets import write_line
from contacts.imports.staging import records_of
from contacts.models import ImportBatch, RowState

# Further columns of the file; a re-import ignores them.
EXTRA_HEADERS = ("row", "reason_code", "reason")
SET_ASIDE = (RowState.INVALID, RowState.SUPPRESSED, RowState.DUPLICATE)


def has_errors(batch: ImportBatch) -> bool:
    """Whether rows of the batch were set aside."""
    return batch.rows.filter(
        import_run_id=batch.import_run_id, state__in=SET_ASIDE
    ).exists()


def error_file(batch: ImportBatch) -> Iterator[bytes]:
    """
    Write the rows that were set aside, in the upload's own columns, delimiter and encoding.

    Streams: one pass over the upload beside one over the rows, whatever their number.
    """
    encoder = codecs.getincrementalencoder(batch.encoding)("backslashreplace")
    yield encoder.encode(write_line([*batch.headers, *EXTRA_HEADERS], batch.delimiter))
    problems = (
        batch.rows.filter(import_run_id=batch.import_run_id, state__in=SET_ASIDE)
        .order_by("number")
        .values_list("line", "reason", "duplicate_of")
        .iterator(chunk_size=2_000)
    )
    records = records_of(batch)
    for line, reason, duplicate_of in problems:
        cells = next(record.cells for record in records if record.line == line)
        text = explain(reason)
        if duplicate_of:
            text = f"{text} The earlier one is row {duplicate_of}."
        padding = [""] * (len(batch.headers) - len(cells))
        yield encoder.encode(
            write_line([*cells, *padding, str(line), reason, text], batch.delimiter)
        )
