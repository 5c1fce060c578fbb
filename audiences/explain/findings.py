"""What a condition found, and what is missing, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from audiences.conditions.kind import Setting
from audiences.conditions.kinds.entered import EnteredAudience
from audiences.conditions.kinds.event import DidEvent
from audiences.conditions.kinds.first_time import FirstTime
from audiences.conditions.kinds.held import HeldFor
from audiences.conditions.kinds.latest import LatestIs
from audiences.conditions.kinds.local_time import LocalTime
from audiences.conditions.kinds.share import RandomShare
from audiences.conditions.operators import OPERATORS
from audiences.explain.distance import (
    DAYS,
    Missing,
    currency_of,
    missing,
    missing_events,
    missing_window,
    read_moment,
    read_number,
    say_amount,
    sized,
    span,
)
from audiences.explain.evidence import Counted
from contacts.sentences import show_value

Found = Mapping[str, Any]
# Traits that count days.
OF_DAYS = ("days_active", "days_since_first", "days_since_latest")


@dataclass(frozen=True)
class Told:
    """What a contact has for a condition, and what is missing."""

    found: str = ""
    missing: Missing = Missing()


def tell(node: Any, found: Found, events: Iterable[Counted], setting: Setting) -> Told:
    """
    Say what a condition found, and what would be missing if it did not hold.

    ``events`` are those that counted: they name the currency of an amount.
    """
    if not found:
        return Told()
    unit = unit_of(node, setting, {event.currency for event in events})
    return Told(
        say_found(node, found, setting.as_of, unit),
        find_missing(node, found, setting.as_of, unit),
    )


def unit_of(node: Any, setting: Setting, currencies: set[str]) -> str:
    """Find the unit of the numbers that a condition compares; blank for plain ones."""
    trait = setting.traits.get(getattr(node, "trait_id", 0))
    kind = getattr(trait, "kind", "")
    if kind in OF_DAYS:
        return DAYS
    if kind in ("sum", "average", "min", "max"):
        return currency_of(str(getattr(trait, "property", "")), currencies)
    return ""


def say_found(node: Any, found: Found, as_of: datetime, currency: str = "") -> str:
    """Say what the contact has; blank where the answer alone says it."""
    content = found.get("value")
    if isinstance(node, EnteredAudience | FirstTime | LatestIs) and content is None:
        return "never"
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


def find_missing(node: Any, found: Found, as_of: datetime, unit: str = "") -> Missing:
    """Measure what is missing, of a condition that does not hold."""
    content, needed = found.get("value"), found.get("needed")
    measure = MISSING.get(type(node))
    if measure:
        return measure(node, found, as_of)
    sort = found.get("unit", "")
    if sort == "times" and found.get("since"):
        return _missing_quiet(node, found, as_of)
    if sort == "seconds" and content is not None and needed is not None:
        return sized(timedelta(seconds=float(needed - content)), "short")
    if sort in ("times", "steps", "periods") and needed is not None:
        rest = int(needed) - int(content or 0)
        word = "" if sort == "times" else f" {sort[:-1] if rest == 1 else sort}"
        more = Missing(f"{rest:,} more{word}", Decimal(rest))
        return more if rest > 0 else Missing()
    return missing(node, content, as_of, unit)


def _missing_quiet(node: Any, found: Found, as_of: datetime) -> Missing:
    """Measure how long it must still be quiet."""
    since = f"{_say_times(found['since'], None)} since"
    newest = read_moment(found.get("newest"))
    if newest is None:
        return Missing(since)
    rest = sized(newest + node.quiet.delta - as_of, "short")
    return Missing(f"{since}: {rest.text}", rest.size)


def _missing_event(node: DidEvent, found: Found, as_of: datetime) -> Missing:
    """Measure how many events are missing, or how long some must still go by."""
    return missing_events(
        node, int(found.get("value") or 0), found.get("blocks"), as_of
    )


def _missing_held(node: HeldFor, found: Found, as_of: datetime) -> Missing:
    """Measure how long it must still hold, or what is missing of the comparison."""
    since = read_moment(found.get("since"))
    if found.get("holds") and since:
        return sized(node.duration.delta - (as_of - since), "short")
    # Whoever does not compare so at all comes after who does.
    return Missing(missing(node, found.get("value"), as_of).text)


def _missing_moment(
    node: EnteredAudience | FirstTime | LatestIs, found: Found, as_of: datetime
) -> Missing:
    """Measure how far what happened lies outside the window."""
    moment = read_moment(found.get("value"))
    return missing_window(node.window, moment, as_of) if moment else Missing()


MISSING: Mapping[type, Any] = {
    DidEvent: _missing_event,
    HeldFor: _missing_held,
    EnteredAudience: _missing_moment,
    FirstTime: _missing_moment,
    LatestIs: _missing_moment,
}


def count_of(found: Found) -> int:
    """Say how many events counted in all, of which some are named."""
    named = len(found.get("events") or ())
    if found.get("unit") == "times" and "since" not in found:
        return max(int(found.get("value") or 0), named)
    return named


def _say_times(content: Any, since: Any) -> str:
    """Say how often."""
    times = int(content or 0)
    told = {0: "never", 1: "once"}.get(times, f"{times:,} times")
    return f"{told}, and {_say_times(since, None)} since" if since is not None else told


def _of(node: Any, found: Found) -> Any:
    """Say of how many steps or periods."""
    return getattr(node, "of", None) or found.get("needed")
