"""Read the batches of an import into staged rows, by COPY, some ten thousand at a time."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from contacts.imports.dialects import Dialect
from contacts.imports.mapping import read_columns
from contacts.imports.records import Record, UnreadableFile, open_records
from contacts.imports.rows import RowReader, copy_line
from contacts.imports.uploads import upload_path
from contacts.models import ImportBatch, ImportRun
from contacts.work import beat

PORTION = 20_000
MAX_ROWS = 1_000_000
COPY_BYTES = 256 * 1024

COLUMNS = (
    "import_run_id, number, batch_id, line, state, reason, warnings, contact_id, "
    "email, first_name, last_name, locale, time_zone, attributes, cells"
)

# Reserves ids for the contacts that the rows may make; unused ones are gaps, which is fine.
RESERVE = """
SELECT nextval(pg_get_serial_sequence('contacts_contact', 'id'))
FROM generate_series(1, %s)
"""


def dialect_of(batch: ImportBatch) -> Dialect:
    """Tell how a batch is read."""
    return Dialect(
        encoding=batch.encoding,
        delimiter=batch.delimiter,
        has_header=batch.has_header,
        skipped_lines=batch.skipped_lines,
        is_certain=batch.is_encoding_certain,
    )


def records_of(batch: ImportBatch) -> Iterator[Record]:
    """Give the records of a batch without the header; empty ones are among them."""
    records = iter(open_records(upload_path(batch.path), dialect_of(batch)))
    if batch.has_header:
        skip_header(records)
    return records


def skip_header(records: Iterator[Record]) -> None:
    """Skip everything up to the header, which is the first record that is not empty."""
    for record in records:
        if not record.is_blank:
            return


class Stager:
    """Stages one batch, portion by portion; knows where it is in the file."""

    def __init__(self, run: ImportRun, batch: ImportBatch) -> None:
        self.run = run
        self.batch = batch
        self.reader = RowReader(read_columns(batch.columns))
        self.records = records_of(batch)
        # What an earlier worker staged is read again and passed over.
        next(islice(self.records, batch.staged_records, batch.staged_records), None)

    def stage_portion(self, *, now: datetime) -> bool:
        """
        Stage the next portion and count it, in one transaction.

        :returns: whether the batch has more
        :raises UnreadableFile: if the file cannot be read on, or has too many rows
        """
        with transaction.atomic():
            taken, staged, blank = self._copy_portion()
            self.batch.staged_records += taken
            self.batch.row_count += staged
            self.batch.blank_count += blank
            is_over = taken < PORTION
            if is_over:
                self.batch.staged_at = now
            self.batch.save(
                update_fields=[
                    "staged_records",
                    "row_count",
                    "blank_count",
                    "staged_at",
                ]
            )
            self.run.row_count += staged
            if self.run.row_count > MAX_ROWS:
                raise UnreadableFile(
                    "There are more than 1,000,000 rows. Split the file and import the "
                    "parts one after the other."
                )
            ImportRun.objects.filter(pk=self.run.pk).update(
                row_count=self.run.row_count
            )
            beat(
                self.run,
                now=now,
                done=self.run.row_count,
                total=max(self.run.total_count, self.run.row_count),
                phase=f"Reading {self.batch.name[:60]}",
            )
        return not is_over

    def _copy_portion(self) -> tuple[int, int, int]:
        """Copy up to ``PORTION`` records; tell how many were taken, staged and empty."""
        with connection.cursor() as cursor:
            cursor.execute(RESERVE, [PORTION])
            reserved = iter([row[0] for row in cursor.fetchall()])
            number = self.run.row_count
            taken = blank = 0
            read = self.reader.read
            lines: list[str] = []
            size = 0
            statement = f"COPY contacts_importrow ({COLUMNS}) FROM STDIN"
            with cursor.copy(statement) as copy:
                for record in islice(self.records, PORTION):
                    taken += 1
                    if record.is_blank:
                        blank += 1
                        continue
                    number += 1
                    line = copy_line(
                        read(record),
                        prefix=f"{self.run.pk}\t{number}\t{self.batch.pk}",
                        line=record.line,
                        contact_id=next(reserved),
                    )
                    lines.append(line)
                    size += len(line)
                    if size > COPY_BYTES:
                        copy.write("".join(lines))
                        lines.clear()
                        size = 0
                copy.write("".join(lines))
        return taken, taken - blank, blank


def clear_staging(run: ImportRun) -> None:
    """Forget what was staged, so that the batches are read from the beginning."""
    rows = run.rows.all()
    rows._raw_delete(rows.db)
    run.batches.update(staged_records=0, row_count=0, blank_count=0, staged_at=None)
    ImportRun.objects.filter(pk=run.pk).update(row_count=0, counts={})
    run.refresh_from_db()


def estimate_rows(run: ImportRun) -> int:
    """Estimate how many rows the batches have, by counting line ends; at least what is known."""
    return sum(_count_lines(batch) for batch in run.batches.all()) or 1


def _count_lines(batch: ImportBatch) -> int:
    """Count the line ends of a batch."""
    feeds = returns = 0
    with upload_path(batch.path).open("rb") as stream:
        while block := stream.read(1 << 20):
            feeds += block.count(b"\n")
            returns += block.count(b"\r")
    return max(feeds, returns)
