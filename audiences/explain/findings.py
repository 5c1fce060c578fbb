"""What a condition found, and what is missing, in words."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from audiences.conditions.kind import Setting
from audiences.conditions.kinds.event import DidEvent
from audiences.conditions.kinds.local_time import LocalTime
from audiences.conditions.kinds.share import RandomShare
from audiences.conditions.operators import OPERATORS
from audiences.explain.distance import (
    missing,
    missing_times,
    read_moment,
    read_number,
    say_amount,
    span,
)
from contacts.sentences import show_value

Found = Mapping[str, Any]


def say_found(node: Any, found: Found, as_of: datetime, currency: str = "") -> str:
    """Say what the contact has; blank where the answer alone says it."""
    content = found.get("value")
    unit = found.get("unit", "")
    if unit == "times":
        return _say_times(content, found.get("since"))
    if unit in ("steps", "periods"):
        counts = ", ".join(str(count) for count in found.get("periods") or ())
        told = f"{content or 0} of {_of(node, found)} {unit}"
        return f"{told} (from now back: {counts})" if counts else told
    if unit == "seconds":
        length = read_number(content)
        return "no break" if length is None else span(timedelta(seconds=float(length)))
    if isinstance(node, LocalTime):
        return say_local(str(content or ""), as_of)
    if isinstance(node, RandomShare):
        number = read_number(content)
        return "" if number is None else f"number {say_amount(number)} of 100"
    if isinstance(content, bool) and getattr(node, "operator", "") not in OPERATORS:
        return ""
    told = say_value(content, currency)
    since = read_moment(found.get("since"))
    return f"{told}, since {say_moment(since)}" if since else told


def say_value(content: Any, currency: str = "") -> str:
    """Write a value for people."""
    if isinstance(content, bool):
        return "yes" if content else "no"
    number = None if isinstance(content, str) else read_number(content)
    if number is not None:
        return say_amount(number, currency)
    moment = read_moment(content)
    if moment and len(str(content)) > 10:
        return say_moment(moment)
    return show_value(content) or "nothing"


def say_moment(moment: datetime) -> str:
    """Write a moment, to the second."""
    return f"{moment.day} {moment:%B %Y %H:%M:%S %Z}".strip()


def say_local(name: str, as_of: datetime) -> str:
    """Say what the clock shows where the contact lives."""
    try:
        local = as_of.astimezone(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"{name}, which is no time zone" if name else "no time zone"
    return f"{local:%A %H:%M} in {name}"


def say_missing(node: Any, found: Found, as_of: datetime, currency: str = "") -> str:
    """Say what is missing, of a condition that does not hold."""
    content, needed = found.get("value"), found.get("needed")
    if not found:
        return ""
    unit = found.get("unit", "")
    if isinstance(node, DidEvent):
        return missing_times(node.comparison, node.count, int(content or 0))
    if unit == "times" and found.get("since"):
        return f"{_say_times(found['since'], None)} since"
    if unit == "seconds" and content is not None and needed is not None:
        return f"{span(timedelta(seconds=float(needed - content)))} short"
    if unit in ("times", "steps", "periods") and needed is not None:
        rest = int(needed) - int(content or 0)
        word = "" if unit == "times" else f" {unit[:-1] if rest == 1 else unit}"
        return f"{rest:,} more{word}" if rest > 0 else ""
    return missing(node, content, as_of, currency)


def count_of(found: Found) -> int:
    """Say how many events counted in all, of which some are named."""
    named = len(found.get("events") or ())
    if found.get("unit") == "times" and "since" not in found:
        return max(int(found.get("value") or 0), named)
    return named


def measured_property(node: Any, setting: Setting) -> str:
    """Name the property whose amounts a trait adds up; blank for anything else."""
    trait = setting.traits.get(getattr(node, "trait_id", 0))
    if getattr(trait, "kind", "") in ("sum", "average", "min", "max"):
        return str(getattr(trait, "property", ""))
    return ""


def _say_times(content: Any, since: Any) -> str:
    """Say how often."""
    times = int(content or 0)
    told = {0: "never", 1: "once"}.get(times, f"{times:,} times")
    return f"{told}, and {_say_times(since, None)} since" if since is not None else told


def _of(node: Any, found: Found) -> Any:
    """Say of how many steps or periods."""
    return getattr(node, "of", None) or found.get("needed")
