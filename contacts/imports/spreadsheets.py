"""Cells that a spreadsheet cannot be tricked with, written in the dialect of the upload."""

import csv
import io
from collections.abc import Sequence

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def guard(cell: str) -> str:
    """Put an apostrophe in front of what a spreadsheet would run."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def write_line(cells: Sequence[str], delimiter: str) -> str:
    """Write one record as a line of text, safely."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter).writerow([guard(cell) for cell in cells])
    return line.getvalue()
