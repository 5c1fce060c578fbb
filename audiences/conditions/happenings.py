"""What the kinds of conditions about events share: their filters, their SQL, their words."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from audiences.conditions.comparisons import (
    PropertyIs,
    compare_inside,
    describe_comparison,
    describe_path,
    dump_comparison,
    parse_comparison,
    parse_name,
    parse_path,
)
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.kept import Kept, in_filters, turns_of_filters
from audiences.conditions.kind import Clock, Flip, Names, Setting
from audiences.conditions.sql import Fragment, combine, exists, join, value
from audiences.conditions.windows import Bounds, Window
from audiences.conditions.words import quoted, readable

MOST_FILTERS = 20


class Happening(Protocol):
    """A condition, or a part of one, that speaks of the events of a name."""

    @property
    def name(self) -> str:
        """Give the name of the events."""

    @property
    def filters(self) -> tuple[PropertyIs, ...]:
        """Give what has to hold for each event that counts."""


def parse_event(
    document: Mapping[str, Any], path: Path
) -> tuple[str, tuple[PropertyIs, ...]]:
    """Read the name of an event and the filters on it."""
    name = parse_name(document, path, "Choose an event.")
    return name, parse_filters(document, path)


def parse_filters(document: Mapping[str, Any], path: Path) -> tuple[PropertyIs, ...]:
    """Read comparisons with properties of an event."""
    filters = document.get("filters", [])
    if not isinstance(filters, list) or len(filters) > MOST_FILTERS:
        raise ConditionError(
            (*path, "filters"), f"Use at most {MOST_FILTERS} filters on one event."
        )
    return tuple(
        _parse_filter(inner, (*path, "filters", index))
        for index, inner in enumerate(filters)
    )


def _parse_filter(document: object, path: Path) -> PropertyIs:
    """Read a comparison with a property of the event."""
    if not isinstance(document, Mapping):
        raise ConditionError(path, "Choose a property.")
    compared = parse_comparison(document, path, "Choose a property.")
    return PropertyIs(*compared, path=parse_path(document, path))


def dump_event(node: Happening) -> dict[str, Any]:
    """Write the name and the filters."""
    return {
        "name": node.name,
        "filters": [dump_comparison(inner) for inner in node.filters],
    }


def say_event(node: Happening, names: Names) -> str:
    """Say the name of the event, in quotes."""
    return quoted(names.events.get(node.name) or readable(node.name, capital=True))


def say_filters(filters: Iterable[PropertyIs]) -> str:
    """Say which of the events count, after a space; nothing if all do."""
    tests = " and ".join(
        f"{readable(inner.name)}{describe_path(inner)} {describe_comparison(inner)}"
        for inner in filters
    )
    return f" where {tests}" if tests else ""


def say_times(least: int) -> str:
    """Say "at least 3 times" after a space; nothing for once."""
    return f" at least {least:,} times" if least > 1 else ""


def events(
    node: Happening,
    setting: Setting,
    *tests: Fragment,
    bounds: Bounds | None = None,
    alias: str = "event",
) -> Fragment:
    """
    Select the events that count, from FROM on: of the name, within the bounds, and such that
    the filters and further tests hold.
    """
    gathered = [
        combine(f"{alias}.name = {{}}", unseen(value(node.name, "text"), setting.few)),
        *within(bounds or Bounds(until=setting.as_of), alias, hides=setting.few),
        *existing(setting, alias),
        *tests,
        *(compare(inner, setting, alias) for inner in node.filters),
    ]
    template = " AND ".join("{}" for _ in gathered)
    return combine(f"FROM contacts_event AS {alias} WHERE {template}", *gathered)


def unseen(constant: Fragment, hides: bool = True) -> Fragment:
    """
    Hide a constant from the planner, where contacts are looked up one by one.

    Of a time or a name that is newer than the statistics it expects no rows, and then reads
    an index by name and time, of everybody, where it must begin with the contact.
    """
    return constant.format("(SELECT {})") if hides else constant


def within(
    bounds: Bounds, alias: str = "event", column: str = "", *, hides: bool = False
) -> list[Fragment]:
    """Compare the time of the event, or another, with each end that there is."""
    column = column or f"{alias}.occurred_at"
    ends = [
        (">", bounds.after),
        (">=", bounds.since),
        ("<", bounds.before),
        ("<=", bounds.until),
    ]
    return [
        combine(f"{column} {sign} {{}}", unseen(value(end, "timestamptz"), hides))
        for sign, end in ends
        if end is not None
    ]


def existing(setting: Setting, alias: str = "event") -> list[Fragment]:
    """Leave out the events that are taken as if they had not happened."""
    tests = []
    if setting.since:
        tests.append(Fragment(f"{alias}.occurred_at > {setting.since}"))
    if setting.counts_from is not None:
        bound = value(setting.counts_from, "timestamptz")
        tests.append(combine(f"{alias}.occurred_at > {{}}", bound))
    return tests


def compare(node: PropertyIs, setting: Setting, alias: str = "event") -> Fragment:
    """Compare a property of the event."""
    return compare_inside(f"{alias}.properties", node, setting.as_of).format("({})")


def filters_hold(node: Happening, setting: Setting, alias: str = "event") -> Fragment:
    """Compare all the properties of the event."""
    tests = [compare(inner, setting, alias) for inner in node.filters]
    return join("AND", tests) if tests else Fragment("TRUE")


def of_contact(rows: Fragment, alias: str = "event") -> Fragment:
    """Leave the rows of the contact."""
    return rows.format(f"{{}} AND {alias}.contact_id = contact.id")


def there_is(rows: Fragment, setting: Setting, *, holds: bool = True) -> Fragment:
    """
    Ask whether there is such an event of the contact, or none.

    For everybody it becomes a join. For few contacts each is looked up: OFFSET keeps the
    planner from reading all the events of the name at once instead.
    """
    mine = of_contact(rows)
    if setting.few:
        return exists(mine.format("{} OFFSET 0"), holds=holds)
    whom = rows.format("SELECT DISTINCT event.contact_id {}") if holds else None
    return replace(exists(mine, holds=holds), whom=whom)


def among(contacts: Fragment, *, holds: bool) -> Fragment:
    """
    Look for the contact in a set that is read once; ``contacts`` selects a ``contact_id``,
    each once.

    Both ways become joins. Beside OR, where nothing can, IN is a hash whatever the planner
    expects, and of EXISTS it believes too readily that looking into each contact is cheaper;
    but NOT IN is never a join.
    """
    if holds:
        return replace(contacts.format("contact.id IN ({})"), whom=contacts)
    found = "FROM ({}) AS found WHERE found.contact_id = contact.id"
    return exists(contacts.format(found), holds=False)


def flips_of(
    node: Happening, window: Window | None = None, after: Iterable[Any] = ()
) -> Iterable[Flip]:
    """
    List when time changes which events count: as one that came early has happened, at the
    ends of the window, so long ``after`` it, and as a moment in a property comes and goes by.
    """
    yield Flip(Clock.EVENT, node.name)
    for delta in (*(window.edges() if window else ()), *after):
        yield Flip(Clock.EVENT, node.name, delta)
    yield from turns_of_filters(node.name, node.filters)


def moments_of(node: Happening, traits: Mapping[int, Any]) -> Iterable[Kept]:
    """Keep the moments in properties that filters compare with the present, step by step."""
    for part in (node, *getattr(node, "then", ())):
        yield from in_filters(part.name, part.filters)
