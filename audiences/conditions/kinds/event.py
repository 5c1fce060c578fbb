"""An event happened to the contact so many times within a window."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import PropertyIs
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.evidence import count_of, evidence, newest_of
from audiences.conditions.happenings import (
    among,
    dump_event,
    events,
    flips_of,
    moments_of,
    of_contact,
    parse_event,
    say_event,
    say_filters,
    there_is,
)
from audiences.conditions.kind import Flip, Kind, Names, Setting
from audiences.conditions.operands import dump_window, parse_count, parse_window
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.windows import Ever, Window
from audiences.conditions.words import describe_window

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
    name, filters = parse_event(document, path)
    comparison = document.get("operator", "at_least")
    if comparison not in COUNTS:
        raise ConditionError(
            (*path, "operator"),
            f"Operator must be one of {', '.join(COUNTS)}; got {comparison!r}.",
        )
    least = 1 if comparison == "at_least" else 0
    return DidEvent(
        name=name,
        comparison=comparison,
        count=parse_count(document.get("count", 1), (*path, "count"), least=least),
        window=parse_window(
            document.get("window", {"kind": "ever"}), (*path, "window")
        ),
        filters=filters,
    )


def dump(node: DidEvent) -> dict[str, Any]:
    """Write all that there is to say."""
    return {
        **dump_event(node),
        "operator": node.comparison,
        "count": node.count,
        "window": dump_window(node.window),
    }


def compile_node(node: DidEvent, setting: Setting, holds: bool) -> Fragment:
    """
    Count the events of the contact within the window.

    Leans on event_by_name for everybody and on event_of_contact for few. "At most" is the
    opposite of "at least one more", and "exactly none" of "at least one".
    """
    rows = events(node, setting, bounds=node.window.bounds(setting.as_of))
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
        return there_is(rows, setting, holds=holds)
    return _counted(rows, ">=", count, setting, holds=holds)


def _counted(
    rows: Fragment, sign: str, count: int, setting: Setting, *, holds: bool
) -> Fragment:
    """
    Compare the number of rows of the contact, which is not zero.

    A count for few contacts stops at one more than it must tell apart.
    """
    bound = value(count, "bigint")
    if not setting.few:
        grouped = "SELECT event.contact_id {} GROUP BY 1 HAVING count(*) {} {}"
        return among(combine(grouped, rows, Fragment(sign), bound), holds=holds)
    found = combine(
        "(SELECT count(*) FROM (SELECT 1 {} LIMIT {}) AS counted) {} {}",
        of_contact(rows),
        value(count + 1, "bigint"),
        Fragment(sign),
        bound,
    )
    return found if holds else found.format("NOT ({})")


def say(node: DidEvent, names: Names) -> str:
    """Say what they did, how often, when, and with what."""
    event = say_event(node, names)
    if node.comparison == "at_least" and node.count == 1:
        verb = f"who did {event}"
    elif node.count == 0:
        verb = f"who never did {event}"
        if not isinstance(node.window, Ever):
            verb = f"who did not do {event}"
    else:
        times = "once" if node.count == 1 else f"{node.count:,} times"
        verb = f"who did {event} {COUNTS[node.comparison]} {times}"
    return verb + describe_window(node.window) + say_filters(node.filters)


def waits_for(node: DidEvent, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for the event."""
    return (node.name,)


def flips(node: DidEvent, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change as an event leaves the window."""
    return flips_of(node, node.window)


def found(node: DidEvent, setting: Setting) -> Fragment:
    """
    Tell how many events count, and which.

    ``blocks`` is when the event happened that must leave the window so that not too many count.
    """
    rows = events(node, setting, bounds=node.window.bounds(setting.as_of))
    parts = {"needed": value(node.count, "bigint"), "events": newest_of(rows)}
    if node.comparison != "at_least":
        parts["blocks"] = combine(
            "(SELECT event.occurred_at {} ORDER BY event.occurred_at DESC OFFSET {} LIMIT 1)",
            of_contact(rows),
            value(node.count, "bigint"),
        )
    return evidence("times", count_of(rows), **parts)


KIND = Kind(
    name="event",
    node=DidEvent,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
    moments=moments_of,
)
