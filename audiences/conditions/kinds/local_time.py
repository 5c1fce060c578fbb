"""Where the contact lives it is a time of the day, on some days of the week."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.journal import field_at
from audiences.conditions.kind import (
    CONTACT_CHANGED,
    Clock,
    Flip,
    Kind,
    Names,
    Setting,
)
from audiences.conditions.sql import Fragment, combine, value

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LABELS = dict(
    zip(
        DAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


@dataclass(frozen=True)
class LocalTime:
    """It is one of the days, and from the start to before the end."""

    start: time
    end: time
    days: tuple[str, ...]


def parse(document: Mapping[str, Any], path: Path) -> LocalTime:
    """Read two times and the days."""
    days = document.get("days")
    if (
        not isinstance(days, list)
        or not days
        or any(not isinstance(day, str) or day not in DAYS for day in days)
    ):
        raise ConditionError(
            (*path, "days"), f"Choose at least one of {', '.join(DAYS)}."
        )
    return LocalTime(
        start=_parse_time(document.get("from"), (*path, "from")),
        end=_parse_time(document.get("until"), (*path, "until")),
        days=tuple(day for day in DAYS if day in days),
    )


def _parse_time(raw: object, path: Path) -> time:
    """Read an hour and a minute."""
    text = raw.strip() if isinstance(raw, str) else ""
    if not TIME.fullmatch(text):
        raise ConditionError(path, "Enter a time, like 09:00.")
    return time.fromisoformat(text)


def dump(node: LocalTime) -> dict[str, Any]:
    """Write the times and the days."""
    return {
        "from": f"{node.start:%H:%M}",
        "until": f"{node.end:%H:%M}",
        "days": list(node.days),
    }


def compile_node(node: LocalTime, setting: Setting, holds: bool) -> Fragment:
    """Compare the time zone of the contact with those in which it is so."""
    minute = setting.as_of.replace(second=0, microsecond=0)
    zones = list(zones_within(node, minute))
    where = Fragment("contact.time_zone")
    if setting.is_past:
        where = field_at("time_zone", setting.as_of)
    found = combine("{} = ANY({})", where, value(zones, "text[]"))
    return found if holds else found.format("NOT ({})")


@lru_cache(maxsize=1_000)
def zones_within(node: LocalTime, minute: datetime) -> tuple[str, ...]:
    """List the time zones in which it is so at a minute."""
    return tuple(zone for zone in _zones() if _is_within(node, zone, minute))


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    """List the names of all time zones."""
    return tuple(sorted(available_timezones()))


def _is_within(node: LocalTime, zone: str, minute: datetime) -> bool:
    """Whether it is so in a time zone; after midnight the day before counts."""
    local = minute.astimezone(ZoneInfo(zone))
    today, now = DAYS[local.weekday()], local.time()
    yesterday = DAYS[(local - timedelta(days=1)).weekday()]
    if node.start < node.end:
        return today in node.days and node.start <= now < node.end
    return (today in node.days and now >= node.start) or (
        yesterday in node.days and now < node.end
    )


def say(node: LocalTime, names: Names) -> str:
    """Say the times and the days."""
    times = f"{node.start:%H:%M} and {node.end:%H:%M}"
    if len(node.days) == len(DAYS):
        return f"where it is between {times}"
    days = [LABELS[day] for day in node.days]
    listed = " or ".join(filter(None, [", ".join(days[:-1]), days[-1]]))
    return f"where it is between {times} on {listed}"


def waits_for(node: LocalTime, traits: Mapping[int, Any]) -> Iterable[str]:
    """Wait for changes of the contact, who may move."""
    return (CONTACT_CHANGED,)


def flips(node: LocalTime, traits: Mapping[int, Any]) -> Iterable[Flip]:
    """Change when it begins and when it ends."""
    yield Flip(Clock.LOCAL, f"{node.start:%H:%M}")
    yield Flip(Clock.LOCAL, f"{node.end:%H:%M}")


def found(node: LocalTime, setting: Setting) -> Fragment:
    """Tell the time zone of the contact."""
    return Fragment("jsonb_build_object('value', contact.time_zone)")


KIND = Kind(
    name="local_time",
    node=LocalTime,
    parse=parse,
    dump=dump,
    compile=compile_node,
    say=say,
    waits_for=waits_for,
    flips=flips,
    found=found,
)
