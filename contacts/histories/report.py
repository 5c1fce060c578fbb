"""The error file: the rows that were not imported as they stood in the file, and why."""

import json
from collections.abc import Iterator
from itertools import islice

from contacts.histories.reasons import explain
from contacts.imports.report import write_problems
from contacts.imports.uploads import upload_path
from contacts.models import HistoryRun, HistoryState

SET_ASIDE = (HistoryState.INVALID, HistoryState.STRANGER, HistoryState.DUPLICATE)


def has_errors(run: HistoryRun) -> bool:
    """Whether rows were set aside, and the file in which they stand is there."""
    is_there = run.purged_at is None and upload_path(run.path).exists()
    return is_there and run.rows.filter(state__in=SET_ASIDE).exists()


def error_file(run: HistoryRun) -> Iterator[bytes]:
    """
    Write the rows that were set aside as they were, with the reason beside each.

    Streams: one pass over the file beside one over the rows, whatever their number.
    """
    problems = (
        (line, reason, explain(reason))
        for line, reason in run.rows.filter(state__in=SET_ASIDE)
        .order_by("number")
        .values_list("line", "reason")
        .iterator(chunk_size=2_000)
    )
    if run.form == HistoryRun.Form.TABLE:
        return write_problems(run, problems)
    return _write_lines(run, problems)


def _write_lines(
    run: HistoryRun, problems: Iterator[tuple[int, str, str]]
) -> Iterator[bytes]:
    """Write lines of JSON that hold the line, the reason and the text that was refused."""
    passed = 0
    with upload_path(run.path).open("rb") as stream:
        for line, reason, text in problems:
            raw = next(islice(stream, line - passed - 1, None))
            passed = line
            told = {
                "row": line,
                "reason_code": reason,
                "reason": text,
                "line": raw.decode("utf-8", "replace").rstrip("\r\n"),
            }
            yield (json.dumps(told, ensure_ascii=False) + "\n").encode()
