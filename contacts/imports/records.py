"""
Stream the records of a file, whatever is wrong with it.

One bad record never hides the next: a quote that is never closed costs the line it is on, and
reading goes on behind it. Memory holds one record, however large the file.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from contacts.imports.dialects import Dialect

MAX_LINE = 4 * 1024 * 1024
MAX_CELL = 64 * 1024
MAX_COLUMNS = 200
# A quoted cell longer than this is a quote that somebody forgot to close.
MAX_OPEN_LINES = 1_000
MAX_OPEN_CHARACTERS = 512 * 1024

UNCLOSED_QUOTE = "unclosed_quote"
LINE_TOO_LONG = "line_too_long"
HAD_NUL = "nul_removed"

csv.field_size_limit(MAX_LINE + MAX_OPEN_CHARACTERS)


@dataclass(slots=True)
class Record:
    """A record: the line it starts on, its cells, and what is wrong or odd about it."""

    line: int
    cells: list[str]
    problem: str = ""
    had_nul: bool = False
    # Whether the record as a whole is longer than a cell may be.
    may_be_long: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it but delimiters and spaces."""
        return not self.problem and not any(map(str.strip, self.cells))


class UnreadableFile(Exception):
    """The file cannot be read at all; the text says why and what to do."""


class _Runaway(Exception):
    """A record went on for longer than any cell may be."""


def open_records(path: Path, dialect: Dialect) -> "RecordStream":
    """Open a file for reading record by record."""
    return RecordStream(path.open(encoding=dialect.encoding, newline=None), dialect)


@dataclass(frozen=True)
class Mark:
    """A place between two records of a file, from which it can be read on."""

    offset: int
    line: int


class RecordStream:
    """The records of an open file, one at a time; closes the file at the end."""

    def __init__(self, stream: TextIO, dialect: Dialect) -> None:
        self.stream = stream
        self.dialect = dialect
        self.line = 0
        # The lines of the record being read, so that they can be read again.
        self.open_lines: list[str] = []
        self.open_characters = 0
        self.again: list[str] = []
        self.had_nul = False
        self.cut_line = False
        self.is_long = False
        self.is_exhausted = False
        self.is_begun = False

    def mark(self) -> Mark | None:
        """Tell the place behind the record just read; None in the middle of open quotes."""
        if self.again or self.open_lines:
            return None
        return Mark(self.stream.tell(), self.line)

    def go_on(self, mark: Mark) -> None:
        """Read on at a place that was told before."""
        self.stream.seek(mark.offset)
        self.line = mark.line
        self.is_begun = True

    def __iter__(self) -> Iterator[Record]:
        """Give the records, header included, without the ``sep=`` line."""
        with self.stream:
            try:
                for _ in range(0 if self.is_begun else self.dialect.skipped_lines):
                    self.stream.readline()
                    self.line += 1
                yield from self._records()
            except UnicodeError as error:
                raise UnreadableFile(
                    f"Line {self.line + 1:,} cannot be read in this encoding. "
                    "Choose another one under “How the file was read”."
                ) from error

    def _records(self) -> Iterator[Record]:
        """Read records; start again behind each one that the strict reader refuses."""
        while True:
            reader = csv.reader(
                self._lines(), delimiter=self.dialect.delimiter, strict=True
            )
            try:
                while True:
                    yield from self._plain_records()
                    cells = next(reader, None)
                    if cells is None:
                        return
                    yield self._take(cells)
            except _Runaway:
                yield self._give_up_on_first_line()
            except csv.Error:
                # A quote in the middle of a cell is sloppy; one that swallows lines is open.
                if self.is_exhausted or len(self.open_lines) > 1:
                    yield self._give_up_on_first_line()
                else:
                    yield self._take(self._read_sloppy(self.open_lines[0]))

    def _plain_records(self) -> Iterator[Record]:
        """Split lines without quotes, which are whole records, up to one that is different."""
        read, delimiter = self.stream.readline, self.dialect.delimiter
        long = min(MAX_LINE, MAX_CELL + 1)
        while not self.again:
            line = read(MAX_LINE)
            if not line or '"' in line or "\0" in line or len(line) >= long:
                if line:
                    self.again.append(line)
                return
            self.line += 1
            text = line.removesuffix("\n")
            yield Record(self.line, text.split(delimiter) if text else [])

    def _read_sloppy(self, line: str) -> list[str]:
        """Read a line whose quotes follow no rule, as well as it goes."""
        escape = "\\" if '\\"' in line else None
        reader = csv.reader([line], delimiter=self.dialect.delimiter, escapechar=escape)
        return next(reader)

    def _take(self, cells: list[str]) -> Record:
        """Make a record of the open lines and forget them."""
        record = Record(
            self.line - len(self.open_lines) + 1,
            cells,
            LINE_TOO_LONG if self.cut_line else "",
            self.had_nul,
            self.is_long or self.open_characters > MAX_CELL,
        )
        self.is_long = False
        self.open_lines.clear()
        self.open_characters = 0
        self.had_nul = self.cut_line = False
        return record

    def _give_up_on_first_line(self) -> Record:
        """Report the line on which the quote was opened; the lines behind it are read again."""
        lines = list(self.open_lines)
        self.is_exhausted = False
        first_line = self.line - len(lines) + 1
        self.line = first_line
        self.again = lines[1:] + self.again
        self.open_lines.clear()
        self.open_characters = 0
        self.had_nul = self.cut_line = False
        return Record(first_line, [lines[0].rstrip("\n")], UNCLOSED_QUOTE)

    def _lines(self) -> Iterator[str]:
        """Give physical lines to the reader, those first that are to be read again."""
        open_lines = self.open_lines
        while True:
            line = self.again.pop(0) if self.again else self.stream.readline(MAX_LINE)
            if not line:
                break
            if len(line) >= MAX_LINE:
                self._skip_rest_of_line()
                self.cut_line = True
                line = line[:2000].replace('"', "") + "\n"
            if "\0" in line:
                line = line.replace("\0", "")
                self.had_nul = True
            if len(line) > MAX_CELL:
                self.is_long = True
            self.line += 1
            open_lines.append(line)
            if len(open_lines) > 1:
                self.open_characters += len(line)
                if (
                    len(open_lines) > MAX_OPEN_LINES
                    or self.open_characters > MAX_OPEN_CHARACTERS
                ):
                    raise _Runaway
            yield line
        self.is_exhausted = True

    def _skip_rest_of_line(self) -> None:
        """Read to the end of a line that is too long, without keeping it."""
        while piece := self.stream.readline(MAX_LINE):
            if piece.endswith("\n"):
                return
