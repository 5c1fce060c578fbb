"""Turn the cells of a record into the staged row of a contact, by what each column becomes."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from contacts.cells import (
    GUARDED,
    SPREADSHEET_ERRORS,
    TYPO_DOMAINS,
    BadAddress,
    clean_address,
    clean_flag,
    clean_locale,
    clean_number,
    clean_time_zone,
    split_name,
)
from contacts.identities.guards import LONGEST, names_nobody
from contacts.imports.fields import (
    ATTRIBUTE,
    EMAIL,
    FIRST_NAME,
    FULL_NAME,
    LAST_NAME,
    LOCALE,
    TIME_ZONE,
    UNSUBSCRIBED,
    USER_ID,
)
from contacts.imports.mapping import FLAG, NUMBER, Column
from contacts.imports.records import HAD_NUL, MAX_CELL, Record

CONTROL = re.compile(r"[\n\r\t]")
# Made once; json.dumps with options would make one for each row.
write_json = json.JSONEncoder(ensure_ascii=False).encode
write_text = json.encoder.encode_basestring
SHOWN_CELL = 200
SHOWN_CELLS = 20
LONGEST_NAME = 200


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
    warnings: tuple[str, ...] = ()
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
        self.user_id = places.get(USER_ID)
        self.attributes = [
            (place, column.name, column.type, TYPED_READERS.get(column.type))
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
            row.email = email = clean_address(cells[self.email])
        except BadAddress as error:
            raise Refused(str(error)) from error
        if email.rpartition("@")[2] in TYPO_DOMAINS:
            row.warnings += ("address_typo",)
        if self.unsubscribed is not None and self._is_yes(cells[self.unsubscribed]):
            raise Refused("marked_unsubscribed")
        self._read_names(cells, row)
        if self.locale is not None and cells[self.locale]:
            self._settle(row, "locale", clean_locale, cells[self.locale])
        if self.time_zone is not None and cells[self.time_zone]:
            self._settle(row, "time_zone", clean_time_zone, cells[self.time_zone])
        if self.user_id is not None:
            self._read_user_id(row, cells[self.user_id])
        self._read_attributes(cells, row)

    def _read_user_id(self, row: StagedRow, cell: str) -> None:
        """Fill in the user id, which is staged among the attributes."""
        text = self._text(row, cell)
        if len(text) > LONGEST:
            raise Refused("user_id_too_long")
        if text and names_nobody(USER_ID, text):
            row.warnings += ("bad_user_id",)
        elif text:
            row.attributes[USER_ID] = text

    def _read_attributes(self, cells: list[str], row: StagedRow) -> None:
        """Fill in the custom attributes, odd ones by a way of their own."""
        attributes = row.attributes
        for place, name, kind, reader in self.attributes:
            text = cells[place].strip()
            if not text:
                continue
            if text[0] in "#'":
                self._read_attribute(row, name, kind, text)
            elif reader is None:
                attributes[name] = text
            elif (value := reader(text)) is not None:
                attributes[name] = value
            else:
                row.warnings += (f"bad_{kind}",)

    def _cells(self, record: Record, row: StagedRow) -> list[str]:
        """Bring a record to the width of the header, or refuse it."""
        if record.problem:
            raise Refused(record.problem)
        cells = record.cells
        if record.had_nul:
            row.warnings += (HAD_NUL,)
        if len(cells) < self.width:
            row.warnings += ("short_row",)
            cells = cells + [""] * (self.width - len(cells))
        elif len(cells) > self.width and any(map(str.strip, cells[self.width :])):
            raise Refused("too_many_cells")
        if record.may_be_long and max(map(len, cells)) > MAX_CELL:
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
        if max(len(row.first_name), len(row.last_name)) > LONGEST_NAME:
            raise Refused("name_too_long")

    def _text(self, row: StagedRow, cell: str) -> str:
        """Clean a text of one line."""
        text = cell.strip()
        if not text.isprintable():
            text = one_line(text)
        if text.startswith(("#", "'")):
            if text in SPREADSHEET_ERRORS:
                row.warnings += ("spreadsheet_error",)
                return ""
            text = GUARDED.sub("", text)
        return text

    def _settle(
        self,
        row: StagedRow,
        name: str,
        clean: Callable[[str], str | None],
        cell: str,
    ) -> None:
        """Set a value that must be one of those we know, or warn."""
        text = cell.strip()[:100]
        if not text:
            return
        value = clean(text)
        if value is None:
            row.warnings += (f"bad_{name}",)
        else:
            setattr(row, name, value)

    def _read_attribute(self, row: StagedRow, name: str, kind: str, text: str) -> None:
        """Fill in a custom attribute of its type."""
        if text in SPREADSHEET_ERRORS:
            row.warnings += ("spreadsheet_error",)
            return
        reader = TYPED_READERS.get(kind)
        if reader is None:
            row.attributes[name] = GUARDED.sub("", text)
            return
        value = reader(text)
        if value is None:
            row.warnings += (f"bad_{kind}",)
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
    if CONTROL.search(text):
        text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return text


def write_flat(values: Mapping[str, str | float]) -> str:
    """Write texts, numbers and flags as JSON; faster than the encoder that can do all."""
    pairs = [f"{write_text(name)}:{write_value(one)}" for name, one in values.items()]
    return "{" + ",".join(pairs) + "}"


def write_value(value: str | float) -> str:
    """Write one of them."""
    if isinstance(value, str):
        return write_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def copy_line(row: StagedRow, *, prefix: str, line: int, contact_id: int) -> str:
    """Write a staged row as a line of COPY, in the order of ``staging.COLUMNS``."""
    # Names and address hold no control characters; JSON escapes its own.
    texts = f"{row.email}\t{row.first_name}\t{row.last_name}"
    if "\\" in texts:
        texts = texts.replace("\\", "\\\\")
    attributes = write_flat(row.attributes)
    if "\\" in attributes:
        attributes = attributes.replace("\\", "\\\\")
    cells = "\\N" if row.cells is None else escape(write_json(row.cells))
    warnings = ",".join(dict.fromkeys(row.warnings)) if row.warnings else ""
    return (
        f"{prefix}\t{line}\t{row.state}\t{row.reason}\t{warnings}\t{contact_id}\t{texts}"
        f"\t{row.locale}\t{row.time_zone}\t{attributes}\t{cells}\n"
    )
