"""A name, an operator and a value: what attributes, properties and traits share."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from audiences.builder.choices import Catalog, Choice, choices
from audiences.builder.controls import At, Document
from audiences.builder.fields import (
    Fields,
    kept,
    line,
    list_of,
    mapping_of,
    numbered,
    text_of,
    unkept,
)
from audiences.builder.names import Groups, NameView, read_name, show_name
from audiences.builder.times import SpanView, read_span, show_span
from audiences.catalog import Entry
from audiences.conditions.operands import NUMBER, dump_number
from audiences.conditions.operators import OPERATORS, Operand
from audiences.conditions.subjects import DATE_FIELDS
from audiences.conditions.windows import UNITS

LINES = re.compile(r"\r\n|\r|\n")
NEW_FILTER = {"name": "", "operator": "is", "value": ""}


@dataclass(frozen=True)
class ComparisonView:
    """The operators that suit what is compared, and the control for a value."""

    field: str
    id: str
    type: str
    operators: Sequence[Choice]
    operand: str
    value: str
    high: str
    span: SpanView
    keeps: str
    samples: Sequence[str]
    is_moment: bool = False
    template: str = "audiences/_part_comparison.html"


def read_comparison(fields: Fields) -> dict[str, Any]:
    """Read an operator and what it takes."""
    operator = fields.get("operator", "is")
    operand = OPERATORS[operator].operand if operator in OPERATORS else Operand.NOTHING
    if operand == Operand.NOTHING:
        return {"operator": operator}
    return {"operator": operator, "value": VALUES[operand](fields)}


def _stored(fields: Fields) -> Any:
    """Read the value that was there when the form was shown."""
    return unkept(fields.get("kept", ""))


def _scalar(fields: Fields, raw: str) -> str | int | float:
    """Make a number where numbers are compared; its own text where digits count."""
    text = raw.strip()
    if fields.get("type") == "number" and NUMBER.fullmatch(text):
        return dump_number(Decimal(text))
    return raw


def _read_scalar(fields: Fields) -> Any:
    """Read one value."""
    typed, stored = fields.get("value", ""), _stored(fields)
    if stored is not None and written(stored) == line(typed):
        return stored
    return _scalar(fields, typed)


def _read_scalars(fields: Fields) -> list[Any]:
    """Read one value from each line that is not blank."""
    stored = _stored(fields)
    known: dict[str, list[Any]] = {}
    for choice in reversed(stored if isinstance(stored, list) else []):
        known.setdefault(written(choice).strip(), []).append(choice)
    lines = map(str.strip, LINES.split(fields.get("value", "")))
    return [
        known[text].pop() if known.get(text) else _scalar(fields, text)
        for text in lines
        if text
    ]


def _read_line(fields: Fields) -> Any:
    """Read what was typed."""
    typed, stored = fields.get("value", ""), _stored(fields)
    return stored if stored is not None and written(stored) == line(typed) else typed


def _read_range(fields: Fields) -> list[Any]:
    """Read the two ends."""
    stored = _stored(fields)
    ends = [fields.get("value", ""), fields.get("high", "")]
    if isinstance(stored, list) and [written(end) for end in stored] == ends:
        return stored
    return ends


def _read_span(fields: Fields) -> dict[str, Any]:
    """Read how long."""
    return read_span(fields, "value")


VALUES: dict[Operand, Callable[[Fields], Any]] = {
    Operand.SCALAR: _read_scalar,
    Operand.SCALARS: _read_scalars,
    Operand.TEXT: _read_line,
    Operand.NUMBER: _read_line,
    Operand.RANGE: _read_range,
    Operand.DATE: _read_line,
    Operand.DURATION: _read_span,
    Operand.DAYS: _read_span,
}
SPANS = (Operand.DURATION, Operand.DAYS)


def written(content: Any) -> str:
    """Write a value into one line."""
    if isinstance(content, bool):
        return str(content).lower()
    if isinstance(content, float):
        return format(Decimal(repr(content)), "f")
    return line(str(content)) if isinstance(content, str | int) else ""


def show_comparison(
    node: Document, entry: Entry | None, at: At, *, is_date_field: bool = False
) -> ComparisonView:
    """
    Show the operators that suit the sort of data, and the control of a value.

    If another name may just have been chosen, an operator that does not suit it gives way
    to one that does.
    """
    operator = text_of(node, "operator", "is")
    suitable = {
        key: known.label
        for key, known in OPERATORS.items()
        if entry is None or entry.type in known.types
    }
    if operator not in suitable and (at.was_chosen or is_date_field):
        operator = next(iter(suitable))
    known = {operator: OPERATORS[operator].label} if operator in OPERATORS else {}
    operand = OPERATORS[operator].operand if operator in OPERATORS else Operand.NOTHING
    value = _retyped(node.get("value"), entry) if at.was_chosen else node.get("value")
    shown, high = _texts(value, operand)
    return ComparisonView(
        field=at.field,
        id=at.id,
        type=entry.type if entry else "",
        operators=choices(suitable | known, operator),
        operand=operand.value,
        value=shown,
        high=high,
        span=show_span(
            mapping_of(node, "value"),
            at,
            "value",
            "How long",
            units=("days", "weeks") if operand == Operand.DAYS else tuple(UNITS),
        ),
        keeps=kept(value) if operand not in (Operand.NOTHING, *SPANS) else "",
        samples=entry.samples if entry else (),
        is_moment=operand == Operand.DATE and len(shown) > len("2026-05-31"),
    )


def _retyped(value: Any, entry: Entry | None) -> Any:
    """Make a number of a text of digits, if now numbers are compared."""
    text = value.strip() if isinstance(value, str) else ""
    if entry and entry.type == "number" and NUMBER.fullmatch(text):
        return dump_number(Decimal(text))
    return value


def _texts(value: Any, operand: Operand) -> tuple[str, str]:
    """Write a value for one control, or for two."""
    if operand == Operand.SCALARS:
        values = value if isinstance(value, list) else [value]
        return "\n".join(filter(None, map(written, values))), ""
    if isinstance(value, list):
        low, high = ([written(end) for end in value] + ["", ""])[:2]
        return low, high
    return written(value), ""


@dataclass(frozen=True)
class RowView:
    """Some controls beside each other."""

    parts: Sequence[Any]
    template: str = "audiences/_part_row.html"


@dataclass(frozen=True)
class Compared:
    """An attribute compares with a value; ``offered`` lists the names."""

    label: str
    blank: str
    offered: Callable[[Catalog], Groups]
    has_path: bool = True

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read the name, the operator and the value."""
        return {**read_name(fields), **read_comparison(fields)}

    def show(self, node: Document, at: At) -> RowView:
        """Show the name, the operator and the value."""
        groups = self.offered(at.catalog)
        name = show_name(
            node, groups, at, self.label, self.blank, has_path=self.has_path
        )
        entry = entry_of(groups, node)
        is_date_field = text_of(node, "name") in DATE_FIELDS
        compared = show_comparison(node, entry, at, is_date_field=is_date_field)
        return RowView([name, compared])


def entry_of(groups: Groups, node: Document) -> Entry | None:
    """Find what is known of the name."""
    name, path = text_of(node, "name"), tuple(map(str, list_of(node, "path")))
    return next(
        (
            entry
            for _, entries in groups
            for entry in entries
            if entry.name == name and entry.path == path
        ),
        None,
    )


@dataclass(frozen=True)
class TraitCompared:
    """The value of a trait compares with a value."""

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read the operator and the value."""
        return read_comparison(fields)

    def show(self, node: Document, at: At) -> ComparisonView:
        """Show the operators that suit the trait."""
        chosen = text_of(node, "trait")
        entry = next((e for e in at.catalog.traits if e.name == chosen), None)
        return show_comparison(node, entry, at)


@dataclass(frozen=True)
class FilterView:
    """A filter on a property, and how to take it out."""

    name: NameView
    comparison: ComparisonView
    place: str
    detail: str


@dataclass(frozen=True)
class FiltersView:
    """The filters on an event."""

    filters: Sequence[FilterView]
    place: str
    detail: str
    template: str = "audiences/_part_filters.html"


@dataclass(frozen=True)
class Filters:
    """Which of the events count, by their properties."""

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read the filters in the order of their numbers."""
        return {
            "filters": [self._read_filter(one) for one in numbered(fields, "filters")]
        }

    def _read_filter(self, fields: Fields) -> dict[str, Any]:
        """Read a filter."""
        return {**read_name(fields), **read_comparison(fields)}

    def show(self, node: Document, at: At) -> FiltersView:
        """Show the filters with the properties of the event."""
        detail = f"{at.inner}.filters" if at.inner else "filters"
        groups = [("Properties", at.catalog.properties(text_of(node, "name")))]
        shown = []
        for index, filtered in enumerate(list_of(node, "filters")):
            inner = filtered if isinstance(filtered, Mapping) else {}
            within = at.inside(f"filters.{index}")
            shown.append(
                FilterView(
                    show_name(
                        inner,
                        groups,
                        within,
                        "Property",
                        "Choose a property…",
                        has_path=True,
                    ),
                    show_comparison(inner, entry_of(groups, inner), within),
                    at.place,
                    f"{detail}.{index}",
                )
            )
        return FiltersView(shown, at.place, detail)
