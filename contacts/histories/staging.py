"""Read a file of past events into staged rows, by COPY, some thousand at a time."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from contacts.histories.files import choices_of
from contacts.histories.rows import LinesReader, StagedEvent, TableReader
from contacts.imports.mapping import read_columns
from contacts.imports.reading import open_behind
from contacts.imports.records import MAX_LINE, Mark, Record, UnreadableFile
from contacts.imports.rows import escape, write_json
from contacts.imports.uploads import upload_path
from contacts.models import HistoryRun
from contacts.work import beat

PORTION = 5_000
MAX_ROWS = 5_000_000

COLUMNS = (
    "history_run_id, number, line, state, reason, warnings, message_id, user_id, "
    "anonymous_id, email, name, occurred_at, item, cells"
)


class LineStream:
    """The lines of an open file of JSON lines, one record each."""

    def __init__(self, run: HistoryRun) -> None:
        self.stream = upload_path(run.path).open("rb")
        self.line = 0
        if run.staged_records and run.read_on:
            self.stream.seek(run.read_on["offset"])
            self.line = run.read_on["line"]

    def __iter__(self) -> Iterator[Record]:
        """Give the lines; closes the file at the end."""
        with self.stream:
            while line := self.stream.readline(MAX_LINE):
                self.line += 1
                if len(line) >= MAX_LINE and not line.endswith(b"\n"):
                    while (rest := self.stream.readline(MAX_LINE)) and not (
                        rest.endswith(b"\n")
                    ):
                        pass
                    yield Record(self.line, [""], "line_too_long")
                    continue
                text = line.decode("utf-8-sig", "replace").strip()
                yield Record(self.line, [text])

    def mark(self) -> Mark | None:
        """Say where the file can be read on."""
        return None if self.stream.closed else Mark(self.stream.tell(), self.line)


class HistoryStager:
    """Stages one file, portion by portion; knows where it is in the file."""

    def __init__(self, run: HistoryRun, now: datetime) -> None:
        self.run = run
        choices = choices_of(run, now)
        if run.form == HistoryRun.Form.LINES:
            self.read = LinesReader(choices).read
            lines = LineStream(run)
            self.mark, self.records = lines.mark, iter(lines)
        else:
            columns = read_columns(run.columns)
            self.read = TableReader(columns, run.headers, choices).read
            stream, self.records = open_behind(run)
            self.mark = stream.mark

    def stage_portion(self, *, now: datetime) -> bool:
        """
        Stage the next portion and count it, in one transaction.

        :returns: whether the file has more
        :raises UnreadableFile: if the file cannot be read on, or has too many rows
        """
        run = self.run
        with transaction.atomic():
            taken, staged = self._copy_portion()
            run.staged_records += taken
            run.row_count += staged
            run.blank_count += taken - staged
            is_over = taken < PORTION
            if is_over:
                run.staged_at = now
            elif mark := self.mark():
                run.read_on = {**asdict(mark), "records": run.staged_records}
            if run.row_count > MAX_ROWS:
                raise UnreadableFile(
                    "There are more than 5,000,000 rows. Split the file and import the parts "
                    "one after the other."
                )
            # First of all the lease: two workers never stage the same portion.
            beat(
                run,
                now=now,
                done=run.row_count,
                total=max(run.total_count, run.row_count),
                phase="Reading the file",
            )
            run.save(
                update_fields=[
                    "staged_records",
                    "row_count",
                    "blank_count",
                    "staged_at",
                    "read_on",
                ]
            )
        return not is_over

    def _copy_portion(self) -> tuple[int, int]:
        """Copy up to ``PORTION`` records; tell how many were taken, and how many staged."""
        taken = staged = 0
        statement = f"COPY contacts_historyrow ({COLUMNS}) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for record in islice(self.records, PORTION):
                taken += 1
                if record.is_blank:
                    continue
                staged += 1
                number = self.run.row_count + staged
                copy.write(
                    copy_line(
                        self.read(record), f"{self.run.pk}\t{number}\t{record.line}"
                    )
                )
        return taken, staged


def copy_line(row: StagedEvent, prefix: str) -> str:
    """Write a staged row as a line of COPY, in the order of ``COLUMNS``."""
    texts = (row.message_id, row.user_id, row.anonymous_id, row.email, row.name)
    moment = row.occurred_at.isoformat() if row.occurred_at else "\\N"
    item = "\\N" if row.item is None else escape(write_json(row.item))
    cells = escape(write_json(row.cells)) if row.cells else "\\N"
    warnings = ",".join(row.warnings)[:120]
    return (
        f"{prefix}\t{row.state}\t{row.reason}\t{warnings}\t"
        + "\t".join(escape(text) for text in texts)
        + f"\t{moment}\t{item}\t{cells}\n"
    )


def clear_staging(run: HistoryRun) -> None:
    """Forget what was staged, so that the file is read from the beginning."""
    rows = run.rows.all()
    rows._raw_delete(rows.db)
    run.staged_records = run.row_count = run.blank_count = 0
    run.staged_at = run.read_on = None
    run.save(
        update_fields=[
            "staged_records",
            "row_count",
            "blank_count",
            "staged_at",
            "read_on",
        ]  # fmt: skip
    )
