"""The control for a name: one that is known, or another one and the way into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audiences.builder.choices import INTO, OTHER, Choices, grouped
from audiences.builder.controls import At, Document
from audiences.builder.fields import Fields, kept, line, list_of, text_of, unkept
from audiences.catalog import Entry

Groups = Sequence[tuple[str, Sequence[Entry]]]


@dataclass(frozen=True)
class NameView:
    """A select of names, and a text for another one."""

    field: str
    id: str
    label: str
    blank: str
    names: Sequence[Choices]
    is_other: bool
    name: str
    path: str
    has_path: bool
    keeps: str
    template: str = "audiences/_part_name.html"


def read_name(fields: Fields) -> dict[str, Any]:
    """Read which name was chosen or typed, and the way into it."""
    chosen = fields.get("name", "")
    if chosen == OTHER:
        return _read_other(fields)
    if chosen.startswith(INTO):
        steps = unkept(chosen[len(INTO) :])
        if isinstance(steps, list) and len(steps) > 1:
            return {"name": steps[0], "path": steps[1:]}
    return {"name": chosen}


def _read_other(fields: Fields) -> dict[str, Any]:
    """Read a name that was typed; as it was stored, if it says the same."""
    name, way = fields.get("other", ""), fields.get("path", "").strip()
    stored = unkept(fields.get("keeps", ""))
    if isinstance(stored, str) and line(stored) == line(name):
        name = stored
    else:
        name = name.strip()
    path = read_path(way)
    return {"name": name, "path": path} if path else {"name": name}


def read_path(way: str) -> list[Any]:
    """Read keys with points between them, or a JSON list of them."""
    steps = unkept(way) if way.startswith("[") else None
    if isinstance(steps, list):
        return steps
    return way.split(".") if way else []


def write_path(path: Sequence[Any]) -> str:
    """Write the keys with points between them, or as JSON if that would say otherwise."""
    way = ".".join(map(str, path))
    is_plain = way == line(way).strip() and read_path(way) == list(path)
    return way if is_plain else kept(list(path))


def show_name(
    node: Document, groups: Groups, at: At, label: str, blank: str, *, has_path: bool
) -> NameView:
    """Show the names that are known, and a text for others."""
    name = text_of(node, "name")
    path = list_of(node, "path")
    names, is_other = grouped(groups, name, path)
    if name == OTHER or name.startswith(INTO):
        is_other = True
    return NameView(
        at.field,
        at.id,
        label,
        blank,
        names,
        is_other,
        line(name),
        write_path(path) if path else "",
        has_path,
        kept(name) if is_other else "",
    )


@dataclass(frozen=True)
class EventName:
    """Which event."""

    def read(self, fields: Fields) -> dict[str, Any]:
        """Read its name."""
        return {"name": read_name(fields)["name"]}

    def show(self, node: Document, at: At) -> NameView:
        """Show the events that are known."""
        groups = [("Events", at.catalog.events)]
        named = {"name": node.get("name", "")}
        return show_name(named, groups, at, "Event", "Choose an event…", has_path=False)
