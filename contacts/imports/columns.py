"""
Turn many records into staged rows at once: column by column, each distinct cell once.

Only what is as it should be is read here. A row with anything odd in it is left to ``RowReader``,
the judge of all rows, so both ways give the same.
"""

from collections.abc import Callable, Iterator, Sequence

from contacts.cells import (
    LONGEST_ADDRESS,
    TYPO_DOMAINS,
    clean_flag,
    clean_locale,
    clean_time_zone,
    is_plain,
    split_name,
)
from contacts.identities.guards import names_nobody
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
from contacts.imports.mapping import Column
from contacts.imports.records import Record
from contacts.imports.rows import (
    LONGEST_NAME,
    TYPED_READERS,
    RowReader,
    copy_line,
    write_text,
    write_value,
)

# What a spreadsheet's error or a guarded formula begins with.
ODD_BEGINNINGS = ("#", "'")

# Reads a cell as COPY takes it; None if the row must be looked at more closely.
CellReader = Callable[[str], str | None]


class ColumnReader:
    """Reads the records of one batch; built once, called for some thousand records."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.reader = RowReader(columns)
        self.width = len(columns)
        self.no_cells = [""] * self.width
        self.places = {column.field: place for place, column in enumerate(columns)}
        self.attributes = [
            (place, attribute_reader(column))
            for place, column in enumerate(columns)
            if column.field == ATTRIBUTE
        ]
        if USER_ID in self.places:
            self.attributes.append((self.places[USER_ID], plain_user_id))

    def write_lines(
        self,
        records: Sequence[Record],
        *,
        run: int,
        batch: int,
        number: int,
        contact_ids: Iterator[int],
    ) -> list[str]:
        """Write a line of COPY for each record that is not empty, the first after ``number``."""
        cells = Cells([self._regular(record) for record in records])
        first_names, last_names = self._names(cells)
        regular = zip(
            cells.read(self.places[EMAIL], plain_address, is_distinct=True),
            first_names,
            last_names,
            self._read(cells, LOCALE, settled(clean_locale)),
            self._read(cells, TIME_ZONE, settled(clean_time_zone)),
            self._attributes(cells),
            strict=True,
        )
        self._read(cells, UNSUBSCRIBED, no)
        lines: list[str] = []
        odd = cells.odd
        for place, (record, values) in enumerate(zip(records, regular, strict=True)):
            if place not in odd:
                number += 1
                lines.append(
                    f"{run}\t{number}\t{batch}\t{record.line}\tnew\t\t\t{next(contact_ids)}\t"
                    + "\t".join(values)
                    + "\t\\N\n"
                )
            elif not record.is_blank:
                number += 1
                lines.append(
                    copy_line(
                        self.reader.read(record),
                        prefix=f"{run}\t{number}\t{batch}",
                        line=record.line,
                        contact_id=next(contact_ids),
                    )
                )
        return lines

    def _regular(self, record: Record) -> list[str]:
        """Give the cells of a record; those of an odd one are empty, which is odd as well."""
        is_odd = record.problem or record.had_nul or record.may_be_long
        cells = record.cells
        return self.no_cells if is_odd or len(cells) != self.width else cells

    def _read(self, cells: "Cells", field: str, reader: CellReader) -> Sequence[str]:
        """Read the column of a field, if there is one."""
        place = self.places.get(field)
        return cells.blank if place is None else cells.read(place, reader)

    def _names(self, cells: "Cells") -> tuple[Sequence[str], Sequence[str]]:
        """Read first and last names; where one is missing, the full name has it."""
        first_names = self._read(cells, FIRST_NAME, plain_name)
        last_names = self._read(cells, LAST_NAME, plain_name)
        place = self.places.get(FULL_NAME)
        if place is None:
            return first_names, last_names
        full_names = cells.read(place, plain_name)
        names = [split_name(name) for name in full_names]
        return (
            [one or full[0] for one, full in zip(first_names, names, strict=True)],
            [one or full[1] for one, full in zip(last_names, names, strict=True)],
        )

    def _attributes(self, cells: "Cells") -> Sequence[str]:
        """Write the custom attributes of each row as JSON."""
        if not self.attributes:
            return ["{}"] * len(cells.blank)
        members = [cells.read(place, reader) for place, reader in self.attributes]
        # Each member begins with a comma; the first one of the row loses it.
        return ["{" + "".join(row)[1:] + "}" for row in zip(*members, strict=True)]


class Cells:
    """Some thousand rows as columns; knows which rows are odd."""

    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self.columns = list(zip(*rows, strict=True))
        self.blank = [""] * len(rows)
        self.odd: set[int] = set()

    def read(
        self, place: int, reader: CellReader, *, is_distinct: bool = False
    ) -> list[str]:
        """Read a column; where all cells are distinct, nothing is gained by reading each once."""
        column = self.columns[place]
        if is_distinct:
            values = list(map(reader, column))
        else:
            known = {cell: reader(cell) for cell in set(column)}
            values = [known[cell] for cell in column]
        if None in values:
            self.odd.update(i for i, value in enumerate(values) if value is None)
            return [value or "" for value in values]
        return values  # type: ignore[return-value]  # without None


def plain_address(cell: str) -> str | None:
    """Read an address of the plain form, which needs no escaping, and not mistyped."""
    address = cell.strip().lower()
    if len(address) > LONGEST_ADDRESS or not is_plain(address):
        return None
    return None if address.rpartition("@")[2] in TYPO_DOMAINS else address


def plain_name(cell: str) -> str | None:
    """Read a name of one line."""
    name = cell.strip()
    is_odd = (
        len(name) > LONGEST_NAME
        or name.startswith(ODD_BEGINNINGS)
        or "\\" in name
        or not name.isprintable()
    )
    return None if is_odd else name


def plain_user_id(cell: str) -> str | None:
    """Read a user id that names somebody, as a member of the attributes."""
    text = plain_name(cell)
    if not text:
        return text
    if names_nobody(USER_ID, text):
        return None
    return f",{write_text(USER_ID)}:{write_text(text)}".replace("\\", "\\\\")


def settled(clean: Callable[[str], str | None]) -> CellReader:
    """Read a value that must be one of those we know, or nothing."""

    def read(cell: str) -> str | None:
        text = cell.strip()[:100]
        return clean(text) if text else ""

    return read


def no(cell: str) -> str | None:
    """Read a cell that says that nobody has unsubscribed."""
    word = cell.strip()
    return "" if not word or clean_flag(word) is False else None


def attribute_reader(column: Column) -> CellReader:
    """Make the reader of an attribute: ``,"name":value``, or nothing for an empty cell."""
    typed = TYPED_READERS.get(column.type)
    beginning = f",{write_text(column.name)}:"

    def read(cell: str) -> str | None:
        text = cell.strip()
        if not text:
            return ""
        if text.startswith(ODD_BEGINNINGS):
            return None
        value = text if typed is None else typed(text)
        if value is None:
            return None
        return (beginning + write_value(value)).replace("\\", "\\\\")

    return read
