"""Turn the cells of a record into the staged row of a contact, by what each column becomes."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from contacts.imports.cells import (
    GUARDED,
    SPREADSHEET_ERRORS,
    BadAddress,
    clean_address,
    clean_flag,
    clean_locale,
    clean_number,
    clean_time_zone,
    looks_misspelled,
    split_name,
)
from contacts.imports.fields import (
    ATTRIBUTE,
    EMAIL,
    FIRST_NAME,
    FULL_NAME,
    LAST_NAME,
    LOCALE,
    TIME_ZONE,
    UNSUBSCRIBED,
)
from contacts.imports.mapping import FLAG, NUMBER, Column
from contacts.imports.records import HAD_NUL, MAX_CELL, Record

ODD = re.compile(r"[\x00-\x1f\x7f\\]")
SHOWN_CELL = 200
SHOWN_CELLS = 20


@dataclass(slots=True)
class StagedRow:
    """What a record says: a contact, or why it is none."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    locale: str = ""
    time_zone: str = ""
    attributes: dict[str, str | int | float | bool] = field(default_factory=dict)
    state: str = "new"
    reason: str = ""
    warnings: list[str] = field(default_factory=list)
    cells: list[str] | None = None


class Refused(Exception):
    """The record is no contact; the text is a code of ``reasons``."""


def one_line(text: str) -> str:
    """Make one line of a text: control characters and runs of spaces become a space."""
    return " ".join(text.replace("\x7f", " ").split())


class RowReader:
    """Reads the records of one batch; built once, called for each record."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.width = len(columns)
        places = {column.field: place for place, column in enumerate(columns)}
        self.email = places[EMAIL]
        self.first_name = places.get(FIRST_NAME)
        self.last_name = places.get(LAST_NAME)
        self.full_name = places.get(FULL_NAME)
        self.locale = places.get(LOCALE)
        self.time_zone = places.get(TIME_ZONE)
        self.unsubscribed = places.get(UNSUBSCRIBED)
        self.attributes = [
            (place, column.name, column.type)
            for place, column in enumerate(columns)
            if column.field == ATTRIBUTE
        ]

    def read(self, record: Record) -> StagedRow:
        """Read a record; one that is no contact comes back with its reason and its cells."""
        row = StagedRow()
        try:
            self._read(record, row)
        except Refused as error:
            return StagedRow(
                email=self._shown_email(record),
                state="suppressed"
                if str(error) == "marked_unsubscribed"
                else "invalid",
                reason=str(error),
                cells=[cell[:SHOWN_CELL] for cell in record.cells[:SHOWN_CELLS]],
            )
        return row

    def _shown_email(self, record: Record) -> str:
        """Give what stands where the email should be, for the list of refused rows."""
        if record.problem or len(record.cells) <= self.email:
            return ""
        return one_line(record.cells[self.email])[:254]

    def _read(self, record: Record, row: StagedRow) -> None:
        """Fill the row from the record."""
        cells = self._cells(record, row)
        try:
            row.email = clean_address(cells[self.email])
        except BadAddress as error:
            raise Refused(str(error)) from error
        if looks_misspelled(row.email):
            row.warnings.append("address_typo")
        if self.unsubscribed is not None and self._is_yes(cells[self.unsubscribed]):
            raise Refused("marked_unsubscribed")
        self._read_names(cells, row)
        if self.locale is not None and cells[self.locale].strip():
            self._settle(row, "locale", clean_locale(cells[self.locale].strip()[:100]))
        if self.time_zone is not None and cells[self.time_zone].strip():
            zone = clean_time_zone(cells[self.time_zone].strip()[:100])
            self._settle(row, "time_zone", zone)
        for place, name, kind in self.attributes:
            text = cells[place].strip()
            if text:
                self._read_attribute(row, name, kind, text)

    def _cells(self, record: Record, row: StagedRow) -> list[str]:
        """Bring a record to the width of the header, or refuse it."""
        if record.problem:
            raise Refused(record.problem)
        cells = record.cells
        if record.had_nul:
            row.warnings.append(HAD_NUL)
        if len(cells) < self.width:
            row.warnings.append("short_row")
            cells = cells + [""] * (self.width - len(cells))
        elif len(cells) > self.width and any(map(str.strip, cells[self.width :])):
            raise Refused("too_many_cells")
        if max(map(len, cells)) > MAX_CELL:
            raise Refused("cell_too_long")
        return cells

    def _is_yes(self, text: str) -> bool:
        """Whether a cell says that somebody has unsubscribed: a yes, a date, a word; not a no."""
        word = text.strip()
        return bool(word) and clean_flag(word) is not False

    def _read_names(self, cells: list[str], row: StagedRow) -> None:
        """Fill in the names."""
        if self.first_name is not None:
            row.first_name = self._text(row, cells[self.first_name])
        if self.last_name is not None:
            row.last_name = self._text(row, cells[self.last_name])
        if self.full_name is not None:
            first, last = split_name(self._text(row, cells[self.full_name]))
            row.first_name = row.first_name or first
            row.last_name = row.last_name or last
        if len(row.first_name) > 200 or len(row.last_name) > 200:
            raise Refused("name_too_long")

    def _text(self, row: StagedRow, cell: str) -> str:
        """Clean a text of one line."""
        text = cell.strip()
        if ODD.search(text):
            text = one_line(text)
        if text.startswith(("#", "'")):
            if text in SPREADSHEET_ERRORS:
                row.warnings.append("spreadsheet_error")
                return ""
            text = GUARDED.sub("", text)
        return text

    def _settle(self, row: StagedRow, name: str, value: str | None) -> None:
        """Set a checked value, or warn."""
        if value is None:
            row.warnings.append(f"bad_{name}")
        else:
            setattr(row, name, value)

    def _read_attribute(self, row: StagedRow, name: str, kind: str, text: str) -> None:
        """Fill in a custom attribute of its type."""
        if text in SPREADSHEET_ERRORS:
            row.warnings.append("spreadsheet_error")
            return
        reader = TYPED_READERS.get(kind)
        if reader is None:
            row.attributes[name] = GUARDED.sub("", text)
            return
        value = reader(text)
        if value is None:
            row.warnings.append(f"bad_{kind}")
        else:
            row.attributes[name] = value


TYPED_READERS: dict[str, Callable[[str], int | float | bool | None]] = {
    NUMBER: clean_number,
    FLAG: clean_flag,
}


def escape(text: str) -> str:
    """Write a text for COPY."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if ODD.search(text):
        text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return text


def copy_line(row: StagedRow, *, prefix: str, line: int, contact_id: int) -> str:
    """Write a staged row as a line of COPY, in the order of ``staging.COLUMNS``."""
    texts = f"{row.email}\t{row.first_name}\t{row.last_name}"
    if "\\" in texts:
        texts = texts.replace("\\", "\\\\")
    attributes = "{}"
    if row.attributes:
        attributes = escape(json.dumps(row.attributes, ensure_ascii=False))
    cells = "\\N"
    if row.cells is not None:
        cells = escape(json.dumps(row.cells, ensure_ascii=False))
    warnings = ",".join(dict.fromkeys(row.warnings)) if row.warnings else ""
    return (
        f"{prefix}\t{line}\t{row.state}\t{row.reason}\t{warnings}\t{contact_id}\t{texts}"
        f"\t{row.locale}\t{row.time_zone}\t{attributes}\t{cells}\n"
    )
