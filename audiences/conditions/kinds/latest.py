"""The latest event of a name within a window is such as filters say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import PropertyIs
from audiences.conditions.errors import Path
from audiences.conditions.evidence import evidence, newest_of
from audiences.conditions.happenings import (
    among,
    dump_event,
    events,
    filters_hold,
    flips_of,
    moments_of,
    of_contact,
    parse_event,
    say_event,
    say_filters,
)
from audiences.conditions.kind import Flip, Kind, Names, Setting
from audiences.conditions.operands import dump_window, parse_window
from audiences.conditions.sql import Fragment, combine, negate, value
from audiences.conditions.windows import Ever, Window
from audiences.conditions.words import describe_window


@dataclass(frozen=True)
class LatestIs:
    """Of the events of the name within the window, the latest satisfies the filters."""

    name: str
    window: Window = Ever()
    filters: tuple[PropertyIs, ...] = ()


def parse(document: Mapping[str, Any], path: Path) -> LatestIs:
    """Read "whose latest event is such"."""
    name, filters = parse_event(document, path)
    window = parse_window(document.get("window", {"kind": "ever"}), (*path, "window"))
    return LatestIs(name, window, filters)


def dump(node: LatestIs) -> dict[str, Any]:
    """Write the event, the filters and the window."""
    return {**dump_event(node), "window": dump_window(node.window)}


def compile_node(node: LatestIs, setting: Setting, holds: bool) -> Fragment:
    """
    Find the latest event of the contact, and compare its properties.

    Leans on event_of_contact for few, and on event_by_name for everybody.
    """
    every = LatestIs(node.name)
    rows = events(every, setting, bounds=node.window.bounds(setting.as_of))
    tests = filters_hold(node, setting)
    if setting.few:
        found = combine(
            "(SELECT {} {} ORDER BY event.occurred_at DESC, event.id DESC LIMIT 1)",
            tests,
            of_contact(rows),
        )
        return found if holds else negate(found)
    newest = rows.format(
        "SELECT DISTINCT ON (event.contact_id) event.contact_id, event.properties {}"
        " ORDER BY event.contact_id DESC, event.occurred_at DESC, event.id DESC"
    )
    found = combine(
        "SELECT event.contact_id FROM ({}) AS event WHERE {}", newest, tests
    )
    return among(found, holds=holds)


def say(node: LatestIs, names: Names) -> str:
    """Say what the latest one is like."""
    event, window = say_event(node, names), describe_window(node.window)
    if not node.filters:
        return f"who did {event}{window}"
    return f"whose latest {event}{window} is one{say_filters(node.filters)}"


def waits_for(node: LatestIs, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for the event."""
    return (node.name,)


def flips(node: LatestIs, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change as an event enters or leaves the window."""
    return flips_of(node, node.window)


def found(node: LatestIs, setting: Setting) -> Fragment:
    """
    Tell when the latest was, within the window or else at all; of that within the window the
    event, and its properties that are compared.
    """
    every = LatestIs(node.name)
    rows = events(every, setting, bounds=node.window.bounds(setting.as_of))
    names = value(sorted({inner.name for inner in node.filters}), "text[]")
    compared = combine(
        "(SELECT (SELECT jsonb_object_agg(name, event.properties -> name)"
        " FROM unnest({}) AS name) {} ORDER BY event.occurred_at DESC, event.id DESC LIMIT 1)",
        names,
        of_contact(rows),
    )
    newest = "(SELECT max(event.occurred_at) {})"
    ever = events(every, setting, bounds=Ever().bounds(setting.as_of))
    return evidence(
        "moment",
        combine(
            "coalesce({}, {})",
            of_contact(rows).format(newest),
            of_contact(ever).format(newest),
        ),
        properties=compared,
        events=newest_of(rows, 1),
    )


KIND = Kind(
    name="latest",
    node=LatestIs,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
    moments=moments_of,
)
