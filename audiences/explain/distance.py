"""How far a value is from what a condition needs, in words."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency

from audiences.conditions.operators import OPERATORS, Operand
from audiences.conditions.subjects import LONGEST_NUMBER, MOMENT_PATTERN, NUMBER_PATTERN
from audiences.conditions.windows import Duration, end_of, first_moment

MOMENT = re.compile(MOMENT_PATTERN)
NUMBER = re.compile(NUMBER_PATTERN.replace("$", r"\Z"))
SPANS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
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


def missing(node: Any, content: Any, as_of: datetime, currency: str = "") -> str:
    """
    Say what is missing, of a condition that does not hold; blank where it can't be measured.

    ``content`` is the value found, and ``currency`` what an amount is in.
    """
    operator = OPERATORS.get(getattr(node, "operator", ""))
    if operator is None:
        return ""
    if operator.operand in (Operand.NUMBER, Operand.RANGE):
        gap = number_gap(operator.name, node.value, read_number(content))
        return _say_gap(gap, currency) if gap is not None else _unread(content)
    if operator.operand in (Operand.DATE, Operand.DURATION):
        moment = read_moment(content)
        if moment is None:
            return _unread(content)
        return _missing_time(operator.name, node.value, moment, as_of)
    return ""


def missing_times(comparison: str, count: int, found: int) -> str:
    """Say how many times more or fewer."""
    if found < count:
        return f"{count - found:,} more"
    times = "once" if found - count == 1 else f"{found - count:,} times"
    return f"{times} too often"


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


def say_amount(amount: Decimal, currency: str = "") -> str:
    """Write a number, as money where it is some."""
    if currency:
        return format_currency(amount, currency, locale="en_US")
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


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


def _say_gap(gap: Decimal, currency: str) -> str:
    """Say how far a number is off."""
    if gap == 0:
        return "exactly at the limit, which does not count"
    side = "short" if gap > 0 else "too much"
    return f"{say_amount(abs(gap), currency)} {side}"


def _missing_time(operator: str, bound: Any, moment: datetime, as_of: datetime) -> str:
    """Say how far a moment is off."""
    if isinstance(bound, Duration):
        return _missing_span(operator, bound.delta, moment, as_of)
    if operator == "before":
        return f"{span(moment - first_moment(bound))} too late"
    return f"{span(end_of(bound) - moment)} too early"


def _missing_span(
    operator: str, length: timedelta, moment: datetime, as_of: datetime
) -> str:
    """Say how far a moment is off what is counted from now."""
    ago = as_of - moment
    if operator == "in_the_last":
        return (
            f"{span(ago - length)} too long ago"
            if ago >= length
            else f"not before {span(ago)} from now"
        )
    if operator == "longer_ago":
        return f"{span(length - ago)} too early"
    if operator == "later_than":
        return f"{span(length + ago)} too soon"
    if moment <= as_of:
        return f"{span(ago)} ago already"
    return f"{span(-ago - length)} too early"


def _unread(content: Any) -> str:
    """Say that there is no value, or none that can be compared."""
    return "nothing is known" if content in (None, "") else "can't be compared"
