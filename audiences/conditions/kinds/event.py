"""An event happened to the contact so many times within a window."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
from audiences.conditions.happenings import within
from audiences.conditions.kind import Clock, Flip, Kind, Names, Setting
from audiences.conditions.operands import dump_window, parse_count, parse_window
from audiences.conditions.sql import Fragment, combine, exists, value
from audiences.conditions.windows import Ever, Last, Window
from audiences.conditions.words import describe_window, quoted, readable

MOST_FILTERS = 20
COUNTS = {"at_least": "at least", "at_most": "at most", "exactly": "exactly"}


@dataclass(frozen=True)
class DidEvent:
    """
    An event happened to the contact so many times within a window.

    ``comparison`` is "at_least", "at_most" or "exactly"; only events for which each of the
    ``filters`` holds are counted, and none after the moment of the evaluation.
    """

    name: str
    comparison: str = "at_least"
    count: int = 1
    window: Window = Ever()
    filters: tuple[PropertyIs, ...] = ()


def parse(document: Mapping[str, Any], path: Path) -> DidEvent:
    """Read "did something so often within a window"."""
    name = parse_name(document, path, "Choose an event.")
    comparison = document.get("operator", "at_least")
    if comparison not in COUNTS:
        raise ConditionError(
            (*path, "operator"),
            f"Operator must be one of {', '.join(COUNTS)}; got {comparison!r}.",
        )
    least = 1 if comparison == "at_least" else 0
    filters = document.get("filters", [])
    if not isinstance(filters, list) or len(filters) > MOST_FILTERS:
        raise ConditionError(
            (*path, "filters"), f"Use at most {MOST_FILTERS} filters on one event."
        )
    return DidEvent(
        name=name,
        comparison=comparison,
        count=parse_count(document.get("count", 1), (*path, "count"), least=least),
        window=parse_window(
            document.get("window", {"kind": "ever"}), (*path, "window")
        ),
        filters=tuple(
            parse_filter(inner, (*path, "filters", index))
            for index, inner in enumerate(filters)
        ),
    )


def parse_filter(document: object, path: Path) -> PropertyIs:
    """Read a comparison with a property of the event."""
    if not isinstance(document, Mapping):
        raise ConditionError(path, "Choose a property.")
    name, operator, value = parse_comparison(document, path, "Choose a property.")
    return PropertyIs(name, operator, value, parse_path(document, path))


def dump(node: DidEvent) -> dict[str, Any]:
    """Write all that there is to say."""
    return {
        "name": node.name,
        "operator": node.comparison,
        "count": node.count,
        "window": dump_window(node.window),
        "filters": [dump_comparison(inner) for inner in node.filters],
    }


def compile_node(node: DidEvent, setting: Setting, holds: bool) -> Fragment:
    """
    Count the events of the contact within the window.

    Leans on event_by_name for everybody and on event_of_contact for few. "At most" is the
    opposite of "at least one more", and "exactly none" of "at least one".
    """
    rows = _events(node, setting)
    if node.comparison == "at_least":
        return _happened(rows, node.count, setting, holds=holds)
    if node.comparison == "at_most":
        return _happened(rows, node.count + 1, setting, holds=not holds)
    if node.count == 0:
        return _happened(rows, 1, setting, holds=not holds)
    return _counted(rows, "=", node.count, setting, holds=holds)


def _happened(rows: Fragment, count: int, setting: Setting, *, holds: bool) -> Fragment:
    """Ask whether there are at least so many rows of the contact, or fewer."""
    if count == 1:
        return exists(rows.format("{} AND event.contact_id = contact.id"), holds=holds)
    return _counted(rows, ">=", count, setting, holds=holds)


def _counted(
    rows: Fragment, sign: str, count: int, setting: Setting, *, holds: bool
) -> Fragment:
    """
    Compare the number of rows of the contact, which is not zero.

    A count for few contacts stops at one more than it must tell apart; contact_id is never
    NULL, so IN has no third answer.
    """
    bound = value(count, "bigint")
    if setting.few:
        found = combine(
            "(SELECT count(*) FROM (SELECT 1 {} AND event.contact_id = contact.id LIMIT {})"
            " AS counted) {} {}",
            rows,
            value(count + 1, "bigint"),
            Fragment(sign),
            bound,
        )
    else:
        found = combine(
            "contact.id IN (SELECT event.contact_id {} GROUP BY event.contact_id"
            " HAVING count(*) {} {})",
            rows,
            Fragment(sign),
            bound,
        )
    return found if holds else found.format("NOT ({})")


def _events(node: DidEvent, setting: Setting) -> Fragment:
    """Select the events that count."""
    tests = [
        combine("event.name = {}", value(node.name)),
        *within(node.window.bounds(setting.as_of)),
        *([Fragment(f"event.occurred_at > {setting.since}")] if setting.since else []),
        *(_filter(inner, setting) for inner in node.filters),
    ]
    template = " AND ".join("{}" for _ in tests)
    return combine(f"FROM contacts_event AS event WHERE {template}", *tests)


def _filter(node: PropertyIs, setting: Setting) -> Fragment:
    """Compare a property of the event."""
    return compare_inside("event.properties", node, setting.as_of).format("({})")


def say(node: DidEvent, names: Names) -> str:
    """Say what they did, how often, when, and with what."""
    event = quoted(names.events.get(node.name) or readable(node.name, capital=True))
    if node.comparison == "at_least" and node.count == 1:
        verb = f"who did {event}"
    elif node.count == 0:
        verb = f"who never did {event}"
        if not isinstance(node.window, Ever):
            verb = f"who did not do {event}"
    else:
        times = "once" if node.count == 1 else f"{node.count:,} times"
        verb = f"who did {event} {COUNTS[node.comparison]} {times}"
    tests = " and ".join(
        f"{readable(inner.name)}{describe_path(inner)} {describe_comparison(inner)}"
        for inner in node.filters
    )
    return verb + describe_window(node.window) + (f" where {tests}" if tests else "")


def waits_for(node: DidEvent, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for the event."""
    return (node.name,)


def flips(node: DidEvent, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change when an event leaves the window."""
    if isinstance(node.window, Last):
        yield Flip(Clock.EVENT, node.name, node.window.duration.delta)


KIND = Kind("event", DidEvent, parse, dump, compile_node, say, waits_for, flips)
