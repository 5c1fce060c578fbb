"""The contact did something for the first time within a window."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import PropertyIs
from audiences.conditions.errors import Path
from audiences.conditions.evidence import evidence
from audiences.conditions.happenings import (
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
from audiences.conditions.operands import dump_window, parse_window
from audiences.conditions.sql import Fragment, combine, exists
from audiences.conditions.windows import Bounds, Ever, Window
from audiences.conditions.words import describe_window


@dataclass(frozen=True)
class FirstTime:
    """The earliest event of the contact, of those that count, lies within the window."""

    name: str
    window: Window = Ever()
    filters: tuple[PropertyIs, ...] = ()


def parse(document: Mapping[str, Any], path: Path) -> FirstTime:
    """Read "did something for the first time"."""
    name, filters = parse_event(document, path)
    window = parse_window(document.get("window", {"kind": "ever"}), (*path, "window"))
    return FirstTime(name, window, filters)


def dump(node: FirstTime) -> dict[str, Any]:
    """Write the event, the filters and the window."""
    return {**dump_event(node), "window": dump_window(node.window)}


def compile_node(node: FirstTime, setting: Setting, holds: bool) -> Fragment:
    """
    Look for an event within the window that has none before the window.

    Leans on event_by_name for the window, and for what came before on either index.
    """
    bounds = node.window.bounds(setting.as_of)
    tests = []
    if bounds.after or bounds.since:
        before = Bounds(until=bounds.after, before=bounds.since)
        earlier = events(node, setting, bounds=before, alias="earlier")
        same = earlier.format("{} AND earlier.contact_id = event.contact_id")
        tests.append(exists(same, holds=False))
    rows = events(node, setting, *tests, bounds=bounds)
    return there_is(rows, setting, holds=holds)


def say(node: FirstTime, names: Names) -> str:
    """Say what they did first, and when."""
    event, window = say_event(node, names), describe_window(node.window)
    first = f" for the first time{window}" if window else " at least once"
    return f"who did {event}{first}{say_filters(node.filters)}"


def waits_for(node: FirstTime, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for the event."""
    return (node.name,)


def flips(node: FirstTime, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change as an event enters or leaves the window."""
    return flips_of(node, node.window)


def found(node: FirstTime, setting: Setting) -> Fragment:
    """Tell when it was first of all, and the event."""
    first = combine(
        "(SELECT {{}} {} ORDER BY event.occurred_at, event.id LIMIT 1)",
        of_contact(events(node, setting)),
    )
    return evidence(
        "moment",
        Fragment(first.text.format("event.occurred_at"), first.params),
        events=Fragment(
            f"coalesce({first.text.format('jsonb_build_array(event.id)')}, '[]')",
            first.params,
        ),
    )


KIND = Kind(
    name="first_time",
    node=FirstTime,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
    moments=moments_of,
)
