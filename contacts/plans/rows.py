"""
A plan as a table of rows, which people edit in a grid or send as a file.

A row is a property of an event; one without a path is the event itself. Cells are texts, as
typed; reading them says for each cell what is wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contacts.models import TrackingPlan
from contacts.plans.patterns import PatternRefused, compile_pattern
from contacts.plans.rules import plain_text
from contacts.plans.steps import is_path
from contacts.shapes import TYPE_LABELS

KINDS = {
    "track": "Event",
    "page": "Page view",
    "screen": "Screen view",
    "identify": "Identify",
    "group": "Group",
}
# The name under which views are known everywhere; the others have none.
FIXED_NAMES = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "",
    "group": "",
}
COLUMNS = {
    "kind": "Kind",
    "event": "Event",
    "path": "Property",
    "types": "Types",
    "required": "Required",
    "permitted": "Permitted values",
    "pattern": "Pattern",
    "description": "Description",
}
MOST_ROWS = 5_000
MOST_PERMITTED = 200
LONGEST_DESCRIPTION = 2_000
YES = {"yes", "true", "1", "x", "required"}
NO = {"", "no", "false", "0", "optional"}
# What other tools call our types.
TYPE_WORDS = {
    **{name: name for name in TYPE_LABELS},
    **{label: name for name, label in TYPE_LABELS.items()},
    "string": "text",
    "float": "number",
    "int": "integer",
    "boolean": "flag",
    "bool": "flag",
    "array": "list",
    "null": "empty",
    "datetime": "date",
    "date-time": "date",
}
ANY = {"", "any"}


@dataclass(frozen=True)
class Row:
    """A row of a plan, read."""

    kind: str
    event: str
    path: str = ""
    types: tuple[str, ...] = ()
    is_required: bool = False
    permitted: tuple[Any, ...] = ()
    pattern: str = ""
    description: str = ""

    @property
    def target(self) -> tuple[str, str]:
        """The event that the row is about."""
        return self.kind, self.event

    def cells(self) -> dict[str, str]:
        """Write the row as texts."""
        return {
            "kind": self.kind,
            "event": self.event,
            "path": self.path,
            "types": ", ".join(self.types),
            "required": "yes" if self.is_required else "",
            "permitted": "; ".join(map(plain_text, self.permitted)),
            "pattern": self.pattern,
            "description": self.description,
        }


@dataclass(frozen=True)
class CellError:
    """What is wrong with a cell; rows count from 0."""

    row: int
    column: str
    message: str


@dataclass
class Reading:
    """The rows that could be read, and what is wrong with the others."""

    rows: list[Row] = field(default_factory=list)
    errors: list[CellError] = field(default_factory=list)


def read_rows(cells: Sequence[Mapping[str, Any]]) -> Reading:
    """Read a table; empty rows are skipped, and rows that say the same twice are wrong."""
    reading = Reading()
    if len(cells) > MOST_ROWS:
        reading.errors.append(
            CellError(MOST_ROWS, "event", f"A plan has at most {MOST_ROWS:,} rows.")
        )
        return reading
    seen: dict[tuple[str, str, str], int] = {}
    for number, texts in enumerate(cells):
        row, errors = read_row(number, texts)
        reading.errors += errors
        if row is None:
            continue
        first = seen.setdefault((row.kind, row.event, row.path), number)
        if first != number:
            column = "path" if row.path else "event"
            message = f"Row {first + 1} says the same. Keep one of the two."
            reading.errors.append(CellError(number, column, message))
        reading.rows.append(row)
    return reading


def read_row(
    number: int, texts: Mapping[str, Any]
) -> tuple[Row | None, list[CellError]]:
    """Read one row; None for an empty one."""
    cells = {
        column: str(texts.get(column) or "").replace("\0", "").strip()
        for column in COLUMNS
    }
    if not any(value for column, value in cells.items() if column != "kind"):
        return None, []
    errors: dict[str, str] = {}
    kind = read_kind(cells["kind"], errors)
    row = Row(
        kind=kind,
        event=read_event(kind, cells["event"], errors),
        path=read_path(cells["path"], errors),
        types=read_types(cells["types"], errors),
        is_required=read_flag(cells["required"], errors),
        permitted=read_permitted(cells["permitted"], errors),
        pattern=read_pattern(cells["pattern"], errors),
        description=cells["description"][:LONGEST_DESCRIPTION],
    )
    if not row.path and (row.types or row.is_required or row.permitted or row.pattern):
        errors.setdefault("path", "Name the property that this is said about.")
    return row, [
        CellError(number, column, message) for column, message in errors.items()
    ]


def read_kind(text: str, errors: dict[str, str]) -> str:
    """Read what kind of message a row is about; blank means an event."""
    words = {label.lower(): kind for kind, label in KINDS.items()}
    word = text.lower()
    kind = word if word in KINDS else words.get(word, "")
    if not kind and word:
        errors["kind"] = f"“{text}” is none of " + ", ".join(KINDS) + "."
    return kind or "track"


def read_event(kind: str, text: str, errors: dict[str, str]) -> str:
    """Read the name of an event; views have one name, and identify and group have none."""
    if kind in FIXED_NAMES:
        return FIXED_NAMES[kind]
    if not text:
        errors["event"] = "Name the event."
    elif len(text) > 200:
        errors["event"] = "The name of an event has at most 200 characters."
    return text


def read_path(text: str, errors: dict[str, str]) -> str:
    """Read the path of a property."""
    if text and not is_path(text):
        errors["path"] = "Write it like total, address.city or products.$.price."
    if text == "$" or text.startswith("$."):
        errors["path"] = "Name the list before the $."
    return text


def read_types(text: str, errors: dict[str, str]) -> tuple[str, ...]:
    """Read names of types, ours or those of other tools; none for any."""
    words = [word.strip() for word in text.replace("|", ",").split(",")]
    found = []
    for word in words:
        if word.lower() in ANY:
            continue
        name = TYPE_WORDS.get(word.lower())
        if name is None:
            errors["types"] = f"“{word}” is none of " + ", ".join(TYPE_LABELS) + "."
            return ()
        found.append(name)
    return tuple(dict.fromkeys(found))


def read_flag(text: str, errors: dict[str, str]) -> bool:
    """Read yes or no; blank is no."""
    word = text.lower()
    if word not in YES | NO:
        errors["required"] = "Write yes or no."
    return word in YES


def read_permitted(text: str, errors: dict[str, str]) -> tuple[str, ...]:
    """Read values with semicolons between them."""
    values = tuple(
        dict.fromkeys(filter(None, (part.strip() for part in text.split(";"))))
    )
    if len(values) > MOST_PERMITTED:
        errors["permitted"] = (
            f"These are more than {MOST_PERMITTED} values. Use a pattern instead."
        )
    return values


def read_pattern(text: str, errors: dict[str, str]) -> str:
    """Read a regular expression."""
    try:
        compile_pattern(text)
    except PatternRefused as refused:
        errors["pattern"] = str(refused)
    return text


def rows_of(plan: TrackingPlan) -> list[Row]:
    """List the rows of a plan, by event and path; the event itself first. Two queries."""
    rows = []
    events = plan.events.order_by("-kind", "name", "pk").prefetch_related("properties")
    for event in events:
        properties = sorted(event.properties.all(), key=lambda each: each.path)
        if event.description or not properties:
            rows.append(Row(event.kind, event.name, description=event.description))
        rows += [
            Row(
                kind=event.kind,
                event=event.name,
                path=each.path,
                types=tuple(each.types),
                is_required=each.is_required,
                permitted=tuple(each.permitted),
                pattern=each.pattern,
                description=each.description,
            )
            for each in properties
        ]
    return rows


def targets(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Group rows by their event, in the order in which they stand."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.target, []).append(row)
    return grouped
