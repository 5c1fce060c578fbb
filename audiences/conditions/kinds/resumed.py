"""The contact did something again after a break."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import PropertyIs
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.evidence import evidence
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
from audiences.conditions.operands import dump_duration, dump_window, parse_duration
from audiences.conditions.operands import parse_window as parse_any_window
from audiences.conditions.sql import Fragment, combine, exists, value
from audiences.conditions.windows import Bounds, Duration, Last
from audiences.conditions.words import describe_duration, describe_window


@dataclass(frozen=True)
class Resumed:
    """An event within the window that follows on a quiet time, which followed on another."""

    name: str
    quiet: Duration
    window: Last
    filters: tuple[PropertyIs, ...] = ()


def parse(document: Mapping[str, Any], path: Path) -> Resumed:
    """Read "did something again after a break"."""
    name, filters = parse_event(document, path)
    quiet = parse_duration(document.get("quiet"), (*path, "quiet"))
    window = parse_any_window(document.get("window"), (*path, "window"))
    if not isinstance(window, Last):
        raise ConditionError((*path, "window"), "Enter a time, like the last 7 days.")
    return Resumed(name, quiet, window, filters)


def dump(node: Resumed) -> dict[str, Any]:
    """Write all that there is to say."""
    return {
        **dump_event(node),
        "quiet": dump_duration(node.quiet),
        "window": dump_window(node.window),
    }


def compile_node(node: Resumed, setting: Setting, holds: bool) -> Fragment:
    """
    Look for an event within the window, none in the time before it, and one before that.

    Leans on event_by_name for everybody and on event_of_contact for few.
    """
    if not setting.few:
        return among(_breaks(node, setting), holds=holds)
    quiet = value(node.quiet.delta, "interval")
    between = combine(
        "{} AND between_them.contact_id = event.contact_id"
        " AND between_them.occurred_at < event.occurred_at"
        " AND between_them.occurred_at > event.occurred_at - {}",
        events(node, setting, alias="between_them"),
        quiet,
    )
    before = combine(
        "{} AND earlier.contact_id = event.contact_id"
        " AND earlier.occurred_at <= event.occurred_at - {}",
        events(node, setting, alias="earlier"),
        quiet,
    )
    tests = exists(between, holds=False), exists(before)
    rows = events(node, setting, *tests, bounds=node.window.bounds(setting.as_of))
    return there_is(rows, setting, holds=holds)


def _breaks(node: Resumed, setting: Setting) -> Fragment:
    """
    Select who has an event within the window with a break before it.

    The window and the time before it are read once, in order; of whom that shows no earlier
    event, those are looked for who have one from before. Of several events at the same
    instant the first shows the break.
    """
    start = setting.as_of - node.window.duration.delta
    longest = start - node.quiet.delta
    rows = events(node, setting, bounds=Bounds(after=longest, until=setting.as_of))
    before = events(node, setting, bounds=Bounds(until=longest), alias="earlier")
    return combine(
        "SELECT event.contact_id FROM (SELECT event.contact_id, event.occurred_at,"
        " lag(event.occurred_at) OVER ("
        "PARTITION BY event.contact_id ORDER BY event.occurred_at) AS earlier_at {})"
        " AS event WHERE event.occurred_at > {} AND (event.earlier_at <="
        " event.occurred_at - {} OR (event.earlier_at IS NULL AND {})) GROUP BY 1",
        rows,
        value(start, "timestamptz"),
        value(node.quiet.delta, "interval"),
        exists(before.format("{} AND earlier.contact_id = event.contact_id")),
    )


def say(node: Resumed, names: Names) -> str:
    """Say what they did again, and after how long."""
    return (
        f"who did {say_event(node, names)} again{describe_window(node.window)}"
        f"{say_filters(node.filters)}, after none for {describe_duration(node.quiet)}"
    )


def waits_for(node: Resumed, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for the event."""
    return (node.name,)


def flips(node: Resumed, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change as an event leaves the window."""
    return flips_of(node, node.window)


def found(node: Resumed, setting: Setting) -> Fragment:
    """Tell the longest break that ended within the window, and the events around it."""
    after = setting.as_of - node.window.duration.delta
    return combine(
        "coalesce((SELECT {} FROM ("
        "SELECT event.id, event.occurred_at, lag(event.id) OVER before AS earlier_id,"
        " event.occurred_at - lag(event.occurred_at) OVER before AS break {}"
        " WINDOW before AS (ORDER BY event.occurred_at, event.id)) AS event"
        " WHERE event.occurred_at > {}"
        " ORDER BY event.break DESC NULLS LAST, event.occurred_at DESC LIMIT 1), {})",
        _told(
            node,
            "extract(epoch FROM event.break)",
            "to_jsonb(array_remove(ARRAY[event.id, event.earlier_id], NULL))",
        ),
        of_contact(events(node, setting)),
        value(after, "timestamptz"),
        _told(node, "NULL::numeric", "jsonb_build_array()"),
    )


def _told(node: Resumed, length: str, ids: str) -> Fragment:
    """Give the length of a break beside what it takes."""
    needed = value(int(node.quiet.delta.total_seconds()), "bigint")
    return evidence("seconds", Fragment(length), needed=needed, events=Fragment(ids))


KIND = Kind(
    name="resumed",
    node=Resumed,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
    moments=moments_of,
)
