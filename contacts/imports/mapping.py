"""Which column becomes which field: suggested, checked, remembered."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from contacts.cells import clean_number
from contacts.imports.dialects import looks_like_address
from contacts.imports.fields import (
    ASK,
    ATTRIBUTE,
    EMAIL,
    FIELD_LABELS,
    FIRST_NAME,
    FULL_NAME,
    IGNORE,
    LAST_NAME,
    attribute_name,
    field_for_header,
    normalize_header,
)

TEXT, NUMBER, FLAG = "text", "number", "flag"
TYPES = {TEXT: "Text", NUMBER: "Number", FLAG: "Yes or no"}
# Columns that our own error file adds; taken in again they are ignored.
OWN_HEADERS = frozenset(["row", "reason_code", "reason"])
RESERVED = frozenset([*FIELD_LABELS, "created_at", "id"])
ATTRIBUTE_NAME = re.compile(r"[^\W_]\w{0,59}")


@dataclass(frozen=True)
class Column:
    """What becomes of a column: a field, or an attribute of a name and type."""

    field: str
    name: str = ""
    type: str = TEXT

    def to_document(self) -> dict[str, str]:
        """Write it as JSON."""
        return asdict(self)


class MappingError(ValueError):
    """The columns cannot be used as they are mapped; the text is a sentence for the marketer."""


def read_columns(document: Sequence[dict[str, Any]]) -> list[Column]:
    """Read columns from JSON."""
    return [Column(**column) for column in document]


def header_digest(headers: Sequence[str]) -> str:
    """Name a set of headers, so that its mapping is found again."""
    text = "\x1f".join(normalize_header(header) for header in headers)
    return hashlib.sha256(text.encode()).hexdigest()


def unique_headers(headers: Sequence[str]) -> list[str]:
    """Tell equal and empty headers apart: ``Email``, ``Email (2)``, ``Column 3``."""
    seen: dict[str, int] = {}
    unique = []
    for position, header in enumerate(headers, start=1):
        label = (
            " ".join(header.replace("\ufeff", "").split())[:200] or f"Column {position}"
        )
        seen[label] = seen.get(label, 0) + 1
        unique.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return unique


def suggest(
    headers: Sequence[str], samples: Sequence[Sequence[str]], *, has_header: bool
) -> list[Column]:
    """
    Suggest what each column becomes.

    Where two columns fit one field neither is chosen: ``ASK`` makes the marketer decide.
    """
    guesses = [
        _guess(header, values_of(samples, position), has_header=has_header)
        for position, header in enumerate(headers)
    ]
    return ask_where_two_fit(_settle_full_name(guesses))


def ask_where_two_fit(guesses: Sequence[Column]) -> list[Column]:
    """Leave the choice open where two columns would become the same."""
    taken: dict[str, int] = {}
    for column in guesses:
        key = key_of(column)
        taken[key] = taken.get(key, 0) + 1
    return [
        Column(ASK) if taken[key_of(column)] > 1 and column.field != IGNORE else column
        for column in guesses
    ]


def _settle_full_name(guesses: list[Column]) -> list[Column]:
    """Whether “Name” is a full name or a first name is asked, unless first and last are there."""
    fields = {column.field for column in guesses}
    if fields >= {FIRST_NAME, LAST_NAME}:
        return [
            Column(IGNORE) if column.field == FULL_NAME else column
            for column in guesses
        ]
    return guesses


def values_of(samples: Sequence[Sequence[str]], position: int) -> list[str]:
    """Give the values of a column that are not empty."""
    cells = (row[position].strip() for row in samples if position < len(row))
    return [cell for cell in cells if cell]


def _guess(header: str, values: list[str], *, has_header: bool) -> Column:
    """Suggest what one column becomes, by its header, else by what is in it."""
    field = field_for_header(header) if has_header else None
    if field == FULL_NAME:
        return Column(FULL_NAME)
    if field:
        return Column(field)
    addresses = sum(map(looks_like_address, values))
    if values and not has_header and addresses * 2 > len(values):
        return Column(EMAIL)
    if not has_header or not values:
        return Column(IGNORE)
    name = attribute_name(header)
    if not ATTRIBUTE_NAME.fullmatch(name) or name in RESERVED | OWN_HEADERS:
        return Column(IGNORE)
    return Column(ATTRIBUTE, name, guess_type(values))


def guess_type(values: list[str]) -> str:
    """Suggest a type: a number only if no digit can be lost (``007`` stays text)."""
    if all(
        clean_number(value) is not None and not re.match(r"-?0\d", value)
        for value in values
    ):
        return NUMBER
    return TEXT


def key_of(column: Column) -> str:
    """Name what two columns may not both become."""
    return f"{column.field}:{column.name}" if column.name else column.field


def check_columns(columns: Sequence[Column], headers: Sequence[str]) -> None:
    """
    Check that the columns can be used.

    :raises MappingError: with a sentence that names the column and says what to do
    """
    by_key: dict[str, str] = {}
    for column, header in zip(columns, headers, strict=True):
        _check_column(column, header)
        if column.field == IGNORE:
            continue
        other = by_key.setdefault(key_of(column), header)
        if other != header:
            raise MappingError(
                f"“{other}” and “{header}” both become {_label(column)}. "
                "Keep one and ignore the other."
            )
    if EMAIL not in by_key:
        raise MappingError("Choose the column that holds the email.")


def _label(column: Column) -> str:
    """Name what a column becomes."""
    if column.field == ATTRIBUTE:
        return f"the attribute “{column.name}”"
    return f"“{FIELD_LABELS[column.field]}”"


def _check_column(column: Column, header: str) -> None:
    """Check one column by itself."""
    if column.field == ASK:
        raise MappingError(f"Choose what “{header}” becomes, or ignore it.")
    if column.field == ATTRIBUTE:
        if not ATTRIBUTE_NAME.fullmatch(column.name):
            raise MappingError(
                f"Name the attribute for “{header}” with letters, digits and underscores, "
                "such as favorite_color."
            )
        if column.name in RESERVED:
            raise MappingError(
                f"“{column.name}” is a field of its own. Choose it from the menu, or name the "
                f"attribute for “{header}” differently."
            )
    elif column.field != IGNORE and column.field not in FIELD_LABELS:
        raise MappingError(f"Choose what “{header}” becomes, or ignore it.")
