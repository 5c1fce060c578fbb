"""The contact does something in most of the last weeks, or other periods."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from audiences.conditions.comparisons import PropertyIs
from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.evidence import evidence, newest_of
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
)
from audiences.conditions.kind import Flip, Kind, Names, Setting
from audiences.conditions.operands import dump_duration, parse_count, parse_duration
from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.windows import LONGEST, Bounds, Duration
from audiences.conditions.words import describe_duration

MOST_PERIODS = 60
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Regular:
    """In at least so many ``of`` the last periods there are so many events."""

    name: str
    times: int
    period: Duration
    at_least: int
    of: int
    filters: tuple[PropertyIs, ...] = ()


def parse(document: Mapping[str, Any], path: Path) -> Regular:
    """Read "did something in so many of the last periods"."""
    name, filters = parse_event(document, path)
    period = parse_duration(document.get("period"), (*path, "period"))
    of = parse_count(document.get("of"), (*path, "of"), least=1)
    if of > MOST_PERIODS:
        raise ConditionError((*path, "of"), f"Use at most {MOST_PERIODS} periods.")
    if of * period.delta > LONGEST:
        raise ConditionError((*path, "of"), "Choose at most a hundred years in all.")
    least = parse_count(document.get("at_least"), (*path, "at_least"), least=1)
    if least > of:
        raise ConditionError(
            (*path, "at_least"), f"There are {of} periods. Enter a number up to {of}."
        )
    times = parse_count(document.get("times", 1), (*path, "times"), least=1)
    return Regular(name, times, period, least, of, filters)


def dump(node: Regular) -> dict[str, Any]:
    """Write all that there is to say."""
    return {
        **dump_event(node),
        "times": node.times,
        "period": dump_duration(node.period),
        "at_least": node.at_least,
        "of": node.of,
    }


def compile_node(node: Regular, setting: Setting, holds: bool) -> Fragment:
    """
    Count the events in each period, then the periods with enough of them.

    Leans on event_by_name for everybody and on event_of_contact for few.
    """
    rows = _rows(node, setting)
    times, least = value(node.times, "bigint"), value(node.at_least, "bigint")
    if setting.few:
        found = combine(
            "(SELECT count(*) FROM (SELECT 1 {} GROUP BY {} HAVING count(*) >= {})"
            " AS period) >= {}",
            of_contact(rows),
            _period(node, setting),
            times,
            least,
        )
        return found if holds else found.format("NOT ({})")
    grouped = combine(
        "SELECT period.contact_id FROM (SELECT event.contact_id {}"
        " GROUP BY event.contact_id, {} HAVING count(*) >= {}) AS period"
        " GROUP BY 1 HAVING count(*) >= {}",
        rows,
        _period(node, setting),
        times,
        least,
    )
    return among(grouped, holds=holds)


def _rows(node: Regular, setting: Setting) -> Fragment:
    """Select the events of all the periods."""
    start = setting.as_of - node.of * node.period.delta
    return events(node, setting, bounds=Bounds(after=start, until=setting.as_of))


def _period(node: Regular, setting: Setting) -> Fragment:
    """
    Number the period of an event. A period begins just after the end of the one before,
    a microsecond being the least that PostgreSQL can tell apart.
    """
    starts = [
        setting.as_of - number * node.period.delta + MICROSECOND
        for number in range(node.of, 0, -1)
    ]
    edges = value(starts, "timestamptz[]")
    return combine("width_bucket(event.occurred_at, {})", edges)


def say(node: Regular, names: Names) -> str:
    """Say what they do, and in how many of the periods."""
    periods = f"{node.of:,} periods of {describe_duration(node.period)}"
    if node.period.amount == 1:
        periods = f"{node.of:,} {node.period.unit}"
    which = "each" if node.at_least == node.of else f"at least {node.at_least:,}"
    return (
        f"who did {say_event(node, names)}{say_times(node.times)} in {which}"
        f" of the last {periods}{say_filters(node.filters)}"
    )


def waits_for(node: Regular, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for the event."""
    return (node.name,)


def flips(node: Regular, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change as an event passes from a period to the one before."""
    return flips_of(node, after=[n * node.period.delta for n in range(1, node.of + 1)])


def found(node: Regular, setting: Setting) -> Fragment:
    """Tell in how many periods there are enough events, and how many in each, from now back."""
    counts = combine(
        "(SELECT jsonb_agg(coalesce(counted.times, 0) ORDER BY number DESC)"
        " FROM generate_series(1, {}) AS number LEFT JOIN"
        " (SELECT {} AS number, count(*) AS times {} GROUP BY 1) AS counted USING (number))",
        value(node.of, "int"),
        _period(node, setting),
        of_contact(_rows(node, setting)),
    )
    enough = combine(
        "(SELECT count(*) FROM jsonb_array_elements({}) AS times WHERE times::bigint >= {})",
        counts,
        value(node.times, "bigint"),
    )
    return evidence(
        "periods",
        enough,
        needed=value(node.at_least, "bigint"),
        periods=counts,
        events=newest_of(_rows(node, setting)),
    )


KIND = Kind(
    name="regular",
    node=Regular,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
    moments=moments_of,
)
