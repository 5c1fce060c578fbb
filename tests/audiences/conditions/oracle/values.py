"""
Values and comparisons, from the words of the language alone.

Reads documents, not nodes, and shares no code with ``audiences``.
"""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

OPPOSITES = {
    "is_not": "is",
    "is_none_of": "is_one_of",
    "not_contains": "contains",
    "is_not_set": "is_set",
}
RELATIVE = ("in_the_last", "in_the_next", "longer_ago", "later_than")


def span(duration: dict[str, Any]) -> timedelta:
    return timedelta(**{duration["unit"]: duration["amount"]})


def day_or_moment(raw: str) -> tuple[datetime, datetime]:
    """The first moment, and the first moment after a day; a moment is its own end."""
    if len(raw) == 10:
        start = datetime.combine(date.fromisoformat(raw), datetime.min.time(), UTC)
        return start, start + timedelta(days=1)
    moment = datetime.fromisoformat(raw)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment, moment


def compares(stored: Any, test: dict[str, Any], now: datetime) -> bool:
    """Whether the comparison holds for a stored value, at the end of its path if it has one."""
    operator = test["operator"]
    if operator in OPPOSITES:
        return not compares(stored, {**test, "operator": OPPOSITES[operator]}, now)
    return any(
        holds_for(value, operator, test.get("value"), now)
        for value in values_at(stored, test.get("path", []))
    )


def values_at(stored: Any, path: list[str]) -> list[Any]:
    """All values to which a path leads; none if it leads nowhere."""
    found = [stored]
    for key in path:
        if key == "*":
            found = [part for one in found if isinstance(one, list) for part in one]
        else:
            found = [one[key] for one in found if isinstance(one, dict) and key in one]
    return found


def holds_for(stored: Any, operator: str, value: Any, now: datetime) -> bool:
    if operator == "is_set":
        return text_of(stored) not in (None, "")
    if operator in ("is", "is_one_of"):
        choices = value if operator == "is_one_of" else [value]
        return any(equals(stored, choice) for choice in choices)
    if operator in ("is_true", "is_false", "contains", "starts_with", "ends_with"):
        text = text_of(stored)
        return text is not None and compares_text(text, operator, value)
    if operator in ("before", "after", *RELATIVE) or operator.startswith("anniversary"):
        moment = moment_of(stored)
        return moment is not None and compares_moment(moment, operator, value, now)
    number = number_of(stored)
    return number is not None and compares_number(number, operator, value)


def compares_text(text: str, operator: str, value: Any) -> bool:
    if operator == "is_true":
        return text.lower() in ("true", "t", "yes", "y", "1")
    if operator == "is_false":
        return text.lower() in ("false", "f", "no", "n", "0")
    if operator == "contains":
        return value in text
    if operator == "starts_with":
        return text.startswith(value)
    return text.endswith(value)


def equals(stored: Any, expected: Any) -> bool:
    if isinstance(expected, bool):
        return text_of(stored) == ("true" if expected else "false")
    if isinstance(expected, str):
        return text_of(stored) == expected
    return number_of(stored) == exactly(expected)


def compares_number(number: Decimal, operator: str, value: Any) -> bool:
    if operator == "between":
        return exactly(value[0]) <= number <= exactly(value[1])
    bound = exactly(value)
    return {
        "greater_than": number > bound,
        "less_than": number < bound,
        "at_least": number >= bound,
        "at_most": number <= bound,
    }[operator]


def compares_moment(moment: datetime, operator: str, value: Any, now: datetime) -> bool:
    if operator == "anniversary_today":
        return days_until_anniversary(moment, now) == 0
    if operator == "anniversary_in_the_next":
        return days_until_anniversary(moment, now) <= span(value).days
    if operator in ("before", "after"):
        start, end = day_or_moment(value)
        if operator == "before":
            return moment < start
        return moment > start if end == start else moment >= end
    length = span(value)
    return {
        "in_the_last": now - length < moment <= now,
        "in_the_next": now < moment <= now + length,
        "longer_ago": moment <= now - length,
        "later_than": moment > now + length,
    }[operator]


def days_until_anniversary(moment: datetime, now: datetime) -> int:
    """How many days (UTC) from today until the next anniversary, which may be today."""
    first, today = moment.astimezone(UTC).date(), now.astimezone(UTC).date()
    year = max(first.year, today.year)
    day = anniversary(first, year)
    return ((day if day >= today else anniversary(first, year + 1)) - today).days


def anniversary(first: date, year: int) -> date:
    try:
        return first.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def exactly(number: Any) -> Decimal:
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def text_of(stored: Any) -> str | None:
    if stored is None or isinstance(stored, str):
        return stored
    if isinstance(stored, datetime):
        return stored.isoformat()
    return json_text(stored)


def json_text(stored: Any) -> str:
    """As PostgreSQL writes jsonb."""
    if isinstance(stored, bool) or stored is None:
        return {True: "true", False: "false", None: "null"}[stored]
    if isinstance(stored, int | float | Decimal):
        number = exactly(stored)
        return format(abs(number) if number == 0 else number, "f")
    if isinstance(stored, str):
        return json.dumps(stored, ensure_ascii=False)
    if isinstance(stored, list):
        return f"[{', '.join(map(json_text, stored))}]"
    keys = sorted(stored, key=lambda key: (len(key.encode()), key.encode()))
    inside = (f"{json_text(key)}: {json_text(stored[key])}" for key in keys)
    return "{" + ", ".join(inside) + "}"


def number_of(stored: Any) -> Decimal | None:
    if isinstance(stored, bool) or stored is None:
        return None
    if isinstance(stored, int | float | Decimal):
        return exactly(stored)
    if isinstance(stored, str):
        text = stored.strip(" ")
        if len(stored) <= 60 and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text):
            return Decimal(text)
    return None


def moment_of(stored: Any) -> datetime | None:
    if isinstance(stored, datetime):
        return stored
    if not isinstance(stored, str):
        return None
    match = re.fullmatch(
        r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
        r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})?)?",
        stored,
    )
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if not 1000 <= int(year) <= 2999:
        return None
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
            UTC,
        )
    except ValueError:
        return None
    if zone and zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 14 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes)
        moment -= offset if zone[0] == "+" else -offset
    return moment
