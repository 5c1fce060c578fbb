"""How far a value is from what a condition needs, in words."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency

from audiences.conditions.operators import OPERATORS, Operand
from audiences.conditions.subjects import LONGEST_NUMBER, MOMENT_PATTERN, NUMBER_PATTERN
from audiences.conditions.windows import (
    Duration,
    Last,
    Window,
    end_of,
    first_moment,
)

MOMENT = re.compile(MOMENT_PATTERN)
NUMBER = re.compile(NUMBER_PATTERN.replace("$", r"\Z"))
SPANS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
# The unit of what counts days, beside currencies.
DAYS = "days"
MONEY = frozenset(
    ["amount", "discount", "price", "revenue", "shipping", "spent", "subtotal", "tax"]
    + ["total", "value"]
)


def read_number(content: Any) -> Decimal | None:
    """Read a value as a number, as conditions do."""
    if isinstance(content, bool) or content is None:
        return None
    if isinstance(content, int | Decimal):
        return Decimal(content)
    text = str(content)
    if isinstance(content, str) and len(text) <= LONGEST_NUMBER and NUMBER.match(text):
        return Decimal(text.strip())
    return None


def read_moment(content: Any) -> datetime | None:
    """Read a value as a moment: as conditions do, and as PostgreSQL writes its own."""
    if not isinstance(content, str):
        return None
    if not MOMENT.match(content) and not content.endswith("+00:00"):
        return None
    try:
        found = datetime.fromisoformat(content)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Missing:
    """
    What is missing, in words; blank where it can't be told.

    Of two people who miss the same condition the one with the smaller ``size`` is nearer; it
    is None where nothing can be measured.
    """

    text: str = ""
    size: Decimal | None = None


def missing(node: Any, content: Any, as_of: datetime, unit: str = "") -> Missing:
    """
    Measure what is missing, of a comparison that does not hold.

    ``content`` is the value found, and ``unit`` a currency, or "days", where it is in some.
    """
    operator = OPERATORS.get(getattr(node, "operator", ""))
    if operator is None:
        return Missing()
    if operator.operand in (Operand.NUMBER, Operand.RANGE):
        gap = number_gap(operator.name, node.value, read_number(content))
        return _unread(content) if gap is None else _say_gap(gap, unit)
    is_date = operator.operand in (Operand.DATE, Operand.DURATION, Operand.DAYS)
    if is_date or operator.name == "anniversary_today":
        moment = read_moment(content)
        if moment is None:
            return _unread(content)
        return _missing_time(operator.name, node.value, moment, as_of)
    return Missing()


def missing_events(node: Any, found: int, blocks: Any, as_of: datetime) -> Missing:
    """
    Measure how many events more it takes, or until when there are too many.

    ``blocks`` is when the event happened that must have left the window first.
    """
    if found < node.count:
        return Missing(f"{node.count - found:,} more", Decimal(node.count - found))
    over = found - node.count
    times = "once" if over == 1 else f"{over:,} times"
    moment = read_moment(blocks)
    if moment is None or not isinstance(node.window, Last):
        return Missing(f"{times} too often", Decimal(over))
    rest = moment + node.window.duration.delta - as_of
    if node.count == 0:
        return sized(rest, "short")
    return Missing(f"{times} too often, for {span(rest)} more", seconds(rest))


def missing_window(window: Window, moment: datetime, as_of: datetime) -> Missing:
    """Measure how far a moment lies outside a window."""
    bounds = window.bounds(as_of)
    if bounds.after and moment <= bounds.after:
        return sized(bounds.after - moment, "too long ago")
    if bounds.since and moment < bounds.since:
        return sized(bounds.since - moment, "too early")
    if bounds.before and moment >= bounds.before:
        return sized(moment - bounds.before, "too late")
    if bounds.until and moment > bounds.until:
        return sized(moment - bounds.until, "short")
    return Missing()


def sized(length: timedelta, word: str) -> Missing:
    """Say a length of time before a word: "3 days short"."""
    return Missing(f"{span(length)} {word}", seconds(length))


def seconds(length: timedelta) -> Decimal:
    """Measure a length of time."""
    return Decimal(str(length.total_seconds()))


def number_gap(operator: str, bound: Any, found: Decimal | None) -> Decimal | None:
    """
    Measure from a number to where the comparison holds; negative if it is too high.

    Zero where it is at the very edge, and any more (or less) would do.
    """
    if found is None:
        return None
    if operator == "between":
        low, high = bound
        return low - found if found < low else min(high - found, Decimal(0))
    return Decimal(bound) - found


def say_amount(amount: Decimal, unit: str = "") -> str:
    """Write a number: as money where ``unit`` is a currency, or as so many days."""
    text = f"{amount:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if unit == DAYS:
        return f"{text} {'day' if amount == 1 else 'days'}"
    return format_currency(amount, unit, locale="en_US") if unit else text


def span(length: timedelta) -> str:
    """Say how long, by the two largest units: "3 days 4 hours"."""
    rest = round(abs(length).total_seconds())
    words = []
    for name, size in SPANS:
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count:,} {name}{'' if count == 1 else 's'}")
        if len(words) == 2 or (words and not count):
            break
    return " ".join(words) or "less than a second"


def currency_of(property_name: str, seen: set[str]) -> str:
    """Find the currency of an amount: the one that all the events name, if they do."""
    words = set(re.split(r"[^a-z]+", property_name.lower()))
    if not words & MONEY or len(seen) != 1:
        return ""
    currency = next(iter(seen))
    return currency if re.fullmatch(r"[A-Z]{3}", currency) else ""


def in_year(day: date, year: int) -> date:
    """Move a day to another year; 29 February is the 28th in most."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _say_gap(gap: Decimal, unit: str) -> Missing:
    """Say how far a number is off."""
    if gap == 0:
        return Missing("exactly at the limit, which does not count", gap)
    side = "short" if gap > 0 else "too much"
    return Missing(f"{say_amount(abs(gap), unit)} {side}", abs(gap))


def _missing_time(
    operator: str, bound: Any, moment: datetime, as_of: datetime
) -> Missing:
    """Say how far a moment is off."""
    if operator.startswith("anniversary"):
        days = bound.delta.days if bound else 0
        rest = _days_to_anniversary(moment, as_of) - days
        return Missing(f"{say_amount(Decimal(rest), DAYS)} to go", Decimal(rest))
    if isinstance(bound, Duration):
        return _missing_span(operator, bound.delta, moment, as_of)
    if operator == "before":
        return sized(moment - first_moment(bound), "too late")
    return sized(end_of(bound) - moment, "too early")


def _days_to_anniversary(moment: datetime, as_of: datetime) -> int:
    """Count the days (UTC) to the next anniversary, today or later."""
    today, day = as_of.astimezone(UTC).date(), moment.astimezone(UTC).date()
    first = max(today.year, day.year)
    coming = in_year(day, first)
    return ((coming if coming >= today else in_year(day, first + 1)) - today).days


def _missing_span(
    operator: str, length: timedelta, moment: datetime, as_of: datetime
) -> Missing:
    """Say how far a moment is off what is counted from now: "to go" is what time mends."""
    ago = as_of - moment
    if operator == "in_the_last":
        is_over = ago >= length
        return sized(ago - length, "too long ago") if is_over else sized(-ago, "to go")
    if operator == "longer_ago":
        return sized(length - ago, "short")
    if operator == "later_than":
        return sized(length + ago, "too soon")
    if moment <= as_of:
        return sized(ago, "ago already")
    return sized(-ago - length, "to go")


def _unread(content: Any) -> Missing:
    """Say that there is no value, or none that can be compared."""
    return Missing("nothing is known" if content in (None, "") else "can't be compared")
