"""The error file: the rows that were not imported as they stood in the upload, and why."""

import codecs
from collections.abc import Iterable, Iterator

from contacts.imports.reading import records_of
from contacts.imports.reasons import explain
from contacts.imports.spreadsheets import write_line
from contacts.imports.uploads import upload_path
from contacts.models import ImportBatch, RowState
from contacts.models.text_file import TextFile

# Further columns of the file; a re-import ignores them.
EXTRA_HEADERS = ("row", "reason_code", "reason")
SET_ASIDE = (RowState.INVALID, RowState.SUPPRESSED, RowState.DUPLICATE)


def has_errors(batch: ImportBatch) -> bool:
    """Whether rows of the batch were set aside, and the file in which they stand is there."""
    rows = batch.rows.filter(import_run_id=batch.import_run_id, state__in=SET_ASIDE)
    return upload_path(batch.path).exists() and rows.exists()


def error_file(batch: ImportBatch) -> Iterator[bytes]:
    """
    Write the rows that were set aside, in the upload's own columns, delimiter and encoding.

    Streams: one pass over the upload beside one over the rows, whatever their number.
    """
    problems = (
        batch.rows.filter(import_run_id=batch.import_run_id, state__in=SET_ASIDE)
        .order_by("number")
        .values_list("line", "reason", "duplicate_of")
        .iterator(chunk_size=2_000)
    )
    told = (
        (line, reason, _say(reason, duplicate_of))
        for line, reason, duplicate_of in problems
    )
    return write_problems(batch, told)


def _say(reason: str, duplicate_of: int | None) -> str:
    """Say why a row was set aside."""
    text = explain(reason)
    return f"{text} The earlier one is row {duplicate_of}." if duplicate_of else text


def write_problems(
    file: TextFile, problems: Iterable[tuple[int, str, str]]
) -> Iterator[bytes]:
    """Write some rows of a file, each given by its line, with a word and a sentence."""
    encoder = codecs.getincrementalencoder(file.encoding)("backslashreplace")
    yield encoder.encode(write_line([*file.headers, *EXTRA_HEADERS], file.delimiter))
    records = records_of(file)
    for line, reason, text in problems:
        cells = next(record.cells for record in records if record.line == line)
        padding = [""] * (len(file.headers) - len(cells))
        yield encoder.encode(
            write_line([*cells, *padding, str(line), reason, text], file.delimiter)
        )
