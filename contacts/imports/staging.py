"""Read the batches of an import into staged rows, by COPY, some ten thousand at a time."""

from dataclasses import asdict
from datetime import datetime
from itertools import islice

from django.db import connection, transaction

from contacts.imports.columns import ColumnReader
from contacts.imports.mapping import read_columns
from contacts.imports.reading import count_lines, open_behind
from contacts.imports.records import UnreadableFile
from contacts.models import ImportBatch, ImportRun
from contacts.work import beat

PORTION = 20_000
MAX_ROWS = 1_000_000
# Records that are turned into rows at once.
BLOCK = 2_000

COLUMNS = (
    "import_run_id, number, batch_id, line, state, reason, warnings, contact_id, "
    "email, first_name, last_name, locale, time_zone, attributes, cells"
)

# Reserves ids for the contacts that the rows may make; unused ones are gaps, which is fine.
# The sequence is looked up once, not for each id.
RESERVE = """
SELECT nextval(sequence.name)
FROM (
    SELECT pg_get_serial_sequence('contacts_contact', 'id')::regclass AS name OFFSET 0
) AS sequence, generate_series(1, %s)
"""


class Stager:
    """Stages one batch, portion by portion; knows where it is in the file."""

    def __init__(self, run: ImportRun, batch: ImportBatch) -> None:
        self.run = run
        self.batch = batch
        self.reader = ColumnReader(read_columns(batch.columns))
        self.stream, self.records = open_behind(batch)

    def stage_portion(self, *, now: datetime) -> bool:
        """
        Stage the next portion and count it, in one transaction.

        :returns: whether the batch has more
        :raises UnreadableFile: if the file cannot be read on, or has too many rows
        """
        batch = self.batch
        with transaction.atomic():
            taken, staged = self._copy_portion()
            batch.staged_records += taken
            batch.row_count += staged
            batch.blank_count += taken - staged
            is_over = taken < PORTION
            if is_over:
                batch.staged_at = now
            elif mark := self.stream.mark():
                batch.read_on = {**asdict(mark), "records": batch.staged_records}
            batch.save(
                update_fields=[
                    "staged_records",
                    "row_count",
                    "blank_count",
                    "staged_at",
                    "read_on",
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
                phase=f"Reading {batch.name[:60]}",
            )
        return not is_over

    def _copy_portion(self) -> tuple[int, int]:
        """Copy up to ``PORTION`` records; tell how many were taken, and how many staged."""
        taken = staged = 0
        with connection.cursor() as cursor:
            cursor.execute(RESERVE, [PORTION])
            contact_ids = (row[0] for row in cursor.fetchall())
            with cursor.copy(f"COPY contacts_importrow ({COLUMNS}) FROM STDIN") as copy:
                while taken < PORTION and (
                    records := list(islice(self.records, min(BLOCK, PORTION - taken)))
                ):
                    lines = self.reader.write_lines(
                        records,
                        run=self.run.pk,
                        batch=self.batch.pk,
                        number=self.run.row_count + staged,
                        contact_ids=contact_ids,
                    )
                    copy.write("".join(lines))
                    taken += len(records)
                    staged += len(lines)
        return taken, staged


def clear_staging(run: ImportRun) -> None:
    """Forget what was staged, so that the batches are read from the beginning."""
    rows = run.rows.all()
    rows._raw_delete(rows.db)
    run.batches.update(staged_records=0, row_count=0, blank_count=0, staged_at=None)
    ImportRun.objects.filter(pk=run.pk).update(row_count=0, counts={})
    run.refresh_from_db()


def estimate_rows(run: ImportRun) -> int:
    """Estimate how many rows the batches have, by counting line ends; at least what is known."""
    return sum(count_lines(batch) for batch in run.batches.all()) or 1
