"""How a file is written: encoding, delimiter, header; found by reading its first records."""

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from contacts.imports.encodings import LABELS, detect_encoding
from contacts.imports.fields import is_known_header

DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Pipe"}
SAMPLE_CHARACTERS = 256 * 1024
SAMPLE_RECORDS = 200
SEPARATOR_LINE = re.compile(r"^\s*\"?sep=(.)\"?\s*$", re.IGNORECASE)
ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


@dataclass(frozen=True)
class Dialect:
    """How to read a file. ``skipped_lines`` counts a leading ``sep=;`` line."""

    encoding: str
    delimiter: str
    has_header: bool
    skipped_lines: int = 0
    is_certain: bool = True


def encoding_label(encoding: str) -> str:
    """Name an encoding for people."""
    return LABELS.get(encoding, encoding)


def read_head(path: Path, encoding: str) -> str:
    """Read the beginning of a file as text; line ends become ``\\n``."""
    with path.open(encoding=encoding, newline=None) as stream:
        return stream.read(SAMPLE_CHARACTERS).replace("\0", "")


def detect_dialect(path: Path) -> Dialect:
    """Find out how a file is written."""
    found = detect_encoding(path)
    dialect = redetect(path, found.name)
    return replace(dialect, is_certain=found.is_certain)


def redetect(path: Path, encoding: str, delimiter: str | None = None) -> Dialect:
    """Find delimiter and header again, with what the marketer has chosen."""
    head = read_head(path, encoding)
    first_line = head.split("\n", 1)[0].removeprefix("\ufeff")
    declared = SEPARATOR_LINE.match(first_line)
    skipped = 1 if declared else 0
    body = head.split("\n", 1)[-1] if declared and "\n" in head else head
    if declared and "\n" not in head:
        body = ""
    chosen = delimiter or (declared.group(1) if declared else guess_delimiter(body))
    records = sample_records(body, chosen)
    return Dialect(encoding, chosen, guess_header(records), skipped)


def sample_records(text: str, delimiter: str) -> list[list[str]]:
    """Read the first records of a text, without empty ones."""
    lines = text.splitlines(keepends=True)
    if len(text) >= SAMPLE_CHARACTERS and len(lines) > 1:
        lines = lines[:-1]
    reader = csv.reader(lines, delimiter=delimiter)
    records = []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            records.append(cells)
        if len(records) >= SAMPLE_RECORDS:
            break
    return records


def guess_delimiter(text: str) -> str:
    """
    Pick the delimiter with the most consistent number of columns above one.

    A file of one column is legal: then nothing splits it, and the comma will do.
    """
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = Counter(len(cells) for cells in sample_records(text, delimiter))
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        if width < 2:
            continue
        score = count / widths.total() + min(width, 50) / 1000
        if score > best_score:
            best, best_score = delimiter, score
    return best


def looks_like_address(cell: str) -> bool:
    """Whether an address is in the cell; only its beginning is looked at."""
    return "@" in cell and ADDRESS.search(cell[:400]) is not None


def guess_header(records: list[list[str]]) -> bool:
    """Whether the first record names the columns: a known header, or no address in it."""
    if not records:
        return True
    first = records[0]
    if any(map(looks_like_address, first)):
        return False
    if any(is_known_header(cell) for cell in first):
        return True
    return not any(cell.strip().isdigit() for cell in first)
