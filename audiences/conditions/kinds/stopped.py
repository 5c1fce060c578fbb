"""The contact did something for a while, and then no more."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audiences.conditions.comparisons import PropertyIs
from audiences.conditions.errors import Path
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
    say_times,
    there_is,
)
from audiences.conditions.kind import Flip, Kind, Names, Setting
from audiences.conditions.operands import dump_duration, parse_count, parse_duration
from audiences.conditions.sql import Fragment, combine, join, value
from audiences.conditions.windows import Bounds, Duration
from audiences.conditions.words import describe_duration


@dataclass(frozen=True)
class Stopped:
    """So many events within the active time, and none in the quiet time since."""

    name: str
    times: int
    active: Duration
    quiet: Duration
    filters: tuple[PropertyIs, ...] = ()


def parse(document: Mapping[str, Any], path: Path) -> Stopped:
    """Read "did something, and stopped"."""
    name, filters = parse_event(document, path)
    return Stopped(
        name=name,
        times=parse_count(document.get("times", 1), (*path, "times"), least=1),
        active=parse_duration(document.get("active"), (*path, "active")),
        quiet=parse_duration(document.get("quiet"), (*path, "quiet")),
        filters=filters,
    )


def dump(node: Stopped) -> dict[str, Any]:
    """Write all that there is to say."""
    return {
        **dump_event(node),
        "times": node.times,
        "active": dump_duration(node.active),
        "quiet": dump_duration(node.quiet),
    }


def compile_node(node: Stopped, setting: Setting, holds: bool) -> Fragment:
    """
    Count the events of both times at once: all that are counted lie in the active one if the
    latest does. Of few contacts, each time is looked up by itself.

    Leans on event_by_name for everybody and on event_of_contact for few.
    """
    end = setting.as_of - node.quiet.delta
    start, times = end - node.active.delta, value(node.times, "bigint")
    if not setting.few:
        both = Bounds(after=start, until=setting.as_of)
        grouped = combine(
            "SELECT event.contact_id {} GROUP BY 1"
            " HAVING count(*) >= {} AND max(event.occurred_at) <= {}",
            events(node, setting, bounds=both),
            times,
            value(end, "timestamptz"),
        )
        return among(grouped, holds=holds)
    active, quiet = _both(node, setting)
    often = combine(
        "(SELECT count(*) FROM (SELECT 1 {} LIMIT {}) AS counted) >= {}",
        of_contact(active),
        times,
        times,
    )
    stopped = join("AND", [there_is(quiet, setting, holds=False), often])
    return stopped if holds else stopped.format("NOT ({})")


def _both(node: Stopped, setting: Setting) -> tuple[Fragment, Fragment]:
    """Select the events of the active time, and those of the quiet one."""
    end = setting.as_of - node.quiet.delta
    active = Bounds(after=end - node.active.delta, until=end)
    quiet = Bounds(after=end, until=setting.as_of)
    return events(node, setting, bounds=active), events(node, setting, bounds=quiet)


def say(node: Stopped, names: Names) -> str:
    """Say what they did, and since when no more."""
    times, active = say_times(node.times), describe_duration(node.active)
    return (
        f"who did {say_event(node, names)}{times} in {active}{say_filters(node.filters)},"
        f" then not in the last {describe_duration(node.quiet)}"
    )


def waits_for(node: Stopped, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for the event."""
    return (node.name,)


def flips(node: Stopped, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change as the quiet time has passed since an event, and as the active one has."""
    quiet = node.quiet.delta
    return flips_of(node, after=(quiet, quiet + node.active.delta))


def found(node: Stopped, setting: Setting) -> Fragment:
    """Tell how many events there were, how many there are since, and when the newest was."""
    active, quiet = _both(node, setting)
    return evidence(
        "times",
        count_of(active),
        needed=value(node.times, "bigint"),
        since=count_of(quiet),
        newest=of_contact(quiet).format("(SELECT max(event.occurred_at) {})"),
        events=combine("{} || {}", newest_of(quiet), newest_of(active)),
    )


KIND = Kind(
    name="stopped",
    node=Stopped,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
    moments=moments_of,
)
