"""A plan as a CSV file, out and in again."""

import csv
import io
from collections.abc import Sequence

from contacts.plans.rows import COLUMNS, CellError, Reading, Row, read_rows

MOST_BYTES = 5_000_000
# What other tools call our columns.
COLUMN_WORDS = {
    **{key: key for key in COLUMNS},
    **{title.lower(): key for key, title in COLUMNS.items()},
    "type": "types",
    "event name": "event",
    "property": "path",
    "property name": "path",
    "path": "path",
    "data type": "types",
    "permitted values": "permitted",
    "values": "permitted",
    "regex": "pattern",
    "required?": "required",
}


class SheetRefused(ValueError):
    """The file can't be read as a plan; the argument says why, for people."""


def headers() -> list[str]:
    """List the titles of the columns."""
    return list(COLUMNS.values())


def lines(rows: Sequence[Row]) -> list[list[str]]:
    """Write the rows in the order of the columns."""
    return [[row.cells()[key] for key in COLUMNS] for row in rows]


def read_sheet(content: bytes) -> Reading:
    """
    Read a file as a plan; the errors of cells count the lines below the titles from 0.

    :raises SheetRefused: if it is no table with the columns of a plan
    """
    table = [row for row in csv_rows(content) if any(cell.strip() for cell in row)]
    if not table:
        raise SheetRefused("The file is empty.")
    titles, *body = table
    columns = [COLUMN_WORDS.get(title.strip().lower()) for title in titles]
    if "event" not in columns:
        shown = ", ".join(title.strip() for title in titles)[:120]
        raise SheetRefused(
            f"There is no column “Event”. The first line of the file is: {shown}."
        )
    twice = {column for column in columns if column and columns.count(column) > 1}
    if twice:
        raise SheetRefused(
            f"The column “{COLUMNS[sorted(twice)[0]]}” is there more than once."
        )
    cells = [
        {
            column: unguarded(cell)
            for column, cell in zip(columns, row, strict=False)
            if column
        }
        for row in body
    ]
    reading = read_rows(cells)
    reading.errors += [
        CellError(
            number, "event", f"This line has {len(row)} cells, not {len(titles)}."
        )
        for number, row in enumerate(body)
        if len(row) > len(titles)
    ]
    return reading


def csv_rows(content: bytes) -> list[list[str]]:
    """
    Split a file into cells; commas, semicolons and tabs are understood.

    :raises SheetRefused: if it is too large, no text in UTF-8, or no CSV
    """
    if len(content) > MOST_BYTES:
        raise SheetRefused("The file is larger than 5 MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SheetRefused(
            "The file is no text in UTF-8. Save it as “CSV UTF-8” and try again."
        ) from None
    first = text.splitlines()[0] if text else ""
    delimiter = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter))
    except csv.Error as error:
        raise SheetRefused(f"The file is no CSV: {error}.") from None


def unguarded(cell: str) -> str:
    """Take away the apostrophe that keeps a spreadsheet from running a cell."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@" else cell
