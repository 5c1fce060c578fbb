"""Read a file as it was found to be written: its first rows, all of them, or from where one was."""

from collections.abc import Iterator
from itertools import islice

from contacts.imports import mapping
from contacts.imports.dialects import Dialect
from contacts.imports.records import (
    MAX_COLUMNS,
    Mark,
    Record,
    RecordStream,
    UnreadableFile,
    open_records,
)
from contacts.imports.uploads import UploadRefused, upload_path
from contacts.models.text_file import TextFile

SAMPLE_ROWS = 200


class Sample:
    """The first records of a file, as they are decoded."""

    def __init__(self, records: list[Record], *, has_header: bool) -> None:
        self.records = records[1:] if has_header else records
        first = records[0].cells if records else []
        width = (
            len(first)
            if has_header
            else max((len(r.cells) for r in records), default=0)
        )
        self.headers = list(first) if has_header else [""] * width
        # Delimiters at the end of every line make empty columns without a name.
        while has_header and self.headers and not self.headers[-1].strip():
            if any(
                len(r.cells) >= len(self.headers)
                and r.cells[len(self.headers) - 1].strip()
                for r in self.records
            ):
                break
            self.headers.pop()
        self.rows = [record.cells for record in self.records]


def dialect_of(file: TextFile) -> Dialect:
    """Tell how a file is read."""
    return Dialect(
        encoding=file.encoding,
        delimiter=file.delimiter,
        has_header=file.has_header,
        skipped_lines=file.skipped_lines,
        is_certain=file.is_encoding_certain,
    )


def set_dialect(file: TextFile, dialect: Dialect, *, holds: str) -> Sample:
    """
    Write down how a file is read, and its headers; ``holds`` names what a row of it is.

    :raises UploadRefused: if there is nothing in it, or too much beside each other
    """
    file.encoding = dialect.encoding
    file.is_encoding_certain = dialect.is_certain
    file.delimiter = dialect.delimiter
    file.has_header = dialect.has_header
    file.skipped_lines = dialect.skipped_lines
    sample = read_sample(file)
    width = len(sample.headers)
    if not width:
        raise UploadRefused(
            f"There are no rows in it. Choose a file with one {holds} per row."
        )
    if width > MAX_COLUMNS:
        raise UploadRefused(
            f"The file has {width:,} columns; up to {MAX_COLUMNS} can be read. Is the "
            "delimiter right? Otherwise remove columns that you do not need."
        )
    file.headers = mapping.unique_headers(sample.headers)
    return sample


def read_sample(file: TextFile, size: int = SAMPLE_ROWS) -> Sample:
    """
    Read the first records of a file that are not empty.

    :raises UploadRefused: if the beginning cannot be read
    """
    records: list[Record] = []
    stream = open_records(upload_path(file.path), dialect_of(file))
    try:
        for record in stream:
            if not record.is_blank:
                records.append(record)
            if len(records) > size:
                break
    except UnreadableFile as error:
        raise UploadRefused(str(error)) from error
    finally:
        stream.stream.close()
    return Sample(records, has_header=file.has_header)


def records_of(file: TextFile) -> Iterator[Record]:
    """Give the records of a file without the header; empty ones are among them."""
    records = iter(open_records(upload_path(file.path), dialect_of(file)))
    if file.has_header:
        skip_header(records)
    return records


def skip_header(records: Iterator[Record]) -> None:
    """Skip everything up to the header, which is the first record that is not empty."""
    for record in records:
        if not record.is_blank:
            return


def open_behind(file: TextFile) -> tuple[RecordStream, Iterator[Record]]:
    """Open a file behind what an earlier worker has staged."""
    stream = open_records(upload_path(file.path), dialect_of(file))
    passed = 0
    if file.staged_records and file.read_on:
        stream.go_on(Mark(file.read_on["offset"], file.read_on["line"]))
        passed = file.read_on["records"]
    records = iter(stream)
    if file.has_header and not passed:
        skip_header(records)
    # Records behind the last mark that have been staged too.
    to_skip = file.staged_records - passed
    next(islice(records, to_skip, to_skip), None)
    return stream, records


def count_lines(file: TextFile) -> int:
    """Count the line ends of a file."""
    feeds = returns = 0
    with upload_path(file.path).open("rb") as stream:
        while block := stream.read(1 << 20):
            feeds += block.count(b"\n")
            returns += block.count(b"\r")
    return max(feeds, returns)
