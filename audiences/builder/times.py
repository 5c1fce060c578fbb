"""The controls that speak of time: how long, when, on which days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from audiences.builder.choices import Choice, choices
from audiences.builder.controls import At, Document, SelectView, WordView
from audiences.builder.fields import Fields, line, list_of, mapping_of, text_of, whole
from audiences.conditions.windows import UNITS


@dataclass(frozen=True)
class SpanView:
    """So many minutes, hours, days or weeks."""

    name: str
    id: str
    label: str
    amount: str
    units: Sequence[Choice]
    template: str = "audiences/_part_span.html"


def read_span(fields: Fields, key: str, default: int = 30) -> dict[str, Any]:
    """Read how long."""
    return {
        "amount": whole(fields.get(f"{key}.amount", str(default))),
        "unit": fields.get(f"{key}.unit", "days"),
    }


def show_span(
    span: Document,
    at: At,
    key: str,
    label: str,
    *,
    default: int = 30,
    units: Sequence[str] = tuple(UNITS),
) -> SpanView:
    """Show how long."""
    return SpanView(
        f"{at.field}{key}.",
        f"{at.id}_{key.replace('.', '_')}",
        label,
        text_of(span, "amount", default),
        choices({unit: unit for unit in units}, text_of(span, "unit", "days")),
    )


@dataclass(frozen=True)
class Span:
    """How long."""

    key: str
    label: str
    default: int = 30

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read the amount and the unit."""
        return {self.key: read_span(fields, self.key, self.default)}

    def show(self, node: Document, at: At) -> SpanView:
        """Show the amount and the unit."""
        span = mapping_of(node, self.key)
        return show_span(span, at, self.key, self.label, default=self.default)


WINDOWS = {
    "ever": "at any time",
    "last": "in the last",
    "ago": "between … ago",
    "between": "between dates",
}


@dataclass(frozen=True)
class DayView:
    """A day; or a moment, which is written out with its zone."""

    name: str
    id: str
    label: str
    value: str
    is_moment: bool = False
    template: str = "audiences/_part_day.html"


@dataclass(frozen=True)
class WindowView:
    """When: a choice, and the controls that follow from it."""

    choice: SelectView
    kind: str
    parts: Sequence[Any] = field(default_factory=list)
    template: str = "audiences/_part_row.html"


@dataclass(frozen=True)
class When:
    """A span of time in which something happened."""

    kinds: tuple[str, ...] = tuple(WINDOWS)
    key: str = "window"
    default: int = 90

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read which sort of span, and its ends."""
        key, kind = self.key, fields.get(self.key, self.kinds[0])
        window: dict[str, Any] = {"kind": kind}
        if kind == "last":
            window |= read_span(fields, key, self.default)
        elif kind == "between":
            window["from"] = fields.get(f"{key}.from", "")
            window["until"] = fields.get(f"{key}.until", "")
        elif kind == "ago":
            window["nearest"] = read_span(fields, f"{key}.nearest", 30)
            window["farthest"] = read_span(fields, f"{key}.farthest", 60)
        return {key: window}

    def show(self, node: Document, at: At) -> WindowView:
        """Show the choice, and its ends."""
        window, key = mapping_of(node, self.key), self.key
        kind = text_of(window, "kind", self.kinds[0])
        options = {known: WINDOWS[known] for known in self.kinds}
        parts: list[Any] = []
        if kind == "last":
            parts = [show_span(window, at, key, "How long", default=self.default)]
        elif kind == "between":
            parts = [
                show_day(window, at.inside(key), "from", "From"),
                WordView("and"),
                show_day(window, at.inside(key), "until", "Until"),
            ]
        elif kind == "ago":
            ends = {
                name: show_span(
                    mapping_of(window, name),
                    at,
                    f"{key}.{name}",
                    label,
                    default=default,
                )
                for name, label, default in (
                    ("nearest", "At least so long ago", 30),
                    ("farthest", "At most so long ago", 60),
                )
            }
            parts = [
                ends["nearest"],
                WordView("and"),
                ends["farthest"],
                WordView("ago"),
            ]
        choice = SelectView(
            at.field + key,
            f"{at.id}_{key}",
            "When",
            choices(options, kind),
            refreshes=True,
        )
        return WindowView(choice, kind, parts)


def show_day(node: Document, at: At, key: str, label: str) -> DayView:
    """Show a day in a calendar, a moment as it is written."""
    written = text_of(node, key)
    return DayView(
        at.field + key,
        f"{at.id}_{key}",
        label,
        line(written),
        is_moment=len(written.strip()) > len("2026-05-31"),
    )


DAYS = {
    "mon": "Mon",
    "tue": "Tue",
    "wed": "Wed",
    "thu": "Thu",
    "fri": "Fri",
    "sat": "Sat",
    "sun": "Sun",
}


@dataclass(frozen=True)
class DaysView:
    """The days of the week, each on or off."""

    name: str
    id: str
    days: Sequence[Choice]
    template: str = "audiences/_part_days.html"


@dataclass(frozen=True)
class Days:
    """Days of the week."""

    key: str = "days"

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read which are on, from Monday on."""
        return {self.key: [day for day in DAYS if f"{self.key}.{day}" in fields]}

    def show(self, node: Document, at: At) -> DaysView:
        """Show each day."""
        chosen = list_of(node, self.key)
        return DaysView(
            f"{at.field}{self.key}.",
            f"{at.id}_{self.key}",
            [Choice(day, label, day in chosen) for day, label in DAYS.items()],
        )
