"""Values, spans of time and names as people write them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from audiences.conditions.windows import Ago, Between, Duration, Ever, Last, Window


def describe_window(window: Window) -> str:
    """Say when, after a space; nothing for "ever"."""
    match window:
        case Ever():
            return ""
        case Last(duration):
            return f" in the last {describe_duration(duration)}"
        case Ago(nearest, farthest) if nearest.unit == farthest.unit:
            return f" {nearest.amount:,} to {describe_duration(farthest)} ago"
        case Ago(nearest, farthest):
            near, far = describe_duration(nearest), describe_duration(farthest)
            return f" {near} to {far} ago"
        case Between(start, end):
            return f" between {describe_value(start)} and {describe_value(end)}"


def describe_value(value: object) -> str:
    """Write a value as people do."""
    match value:
        case tuple():
            return _choices([describe_value(part) for part in value])
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:,f}"
        case datetime():
            return f"{value.day} {value:%B %Y %H:%M}"
        case date():
            return f"{value.day} {value:%B %Y}"
        case Duration():
            return describe_duration(value)
    return quoted(str(value))


def describe_duration(duration: Duration) -> str:
    """Write "90 days", "1 hour"; "day" alone after "the last"."""
    unit = duration.unit.removesuffix("s") if duration.amount == 1 else duration.unit
    return f"{duration.amount:,} {unit}"


def _choices(words: Sequence[str], most: int = 5) -> str:
    """Write "a, b or c", and only how many there are beyond a few."""
    if len(words) > most:
        return f"{', '.join(words[:most])} or {len(words) - most:,} others"
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} or {words[-1]}"


def readable(name: str, *, capital: bool = False) -> str:
    """Turn a stored name into words: "order_completed" into "order completed"."""
    words = name.replace("_", " ").strip() or name
    return words[:1].upper() + words[1:] if capital else words


def quoted(text: str) -> str:
    """Put a name in quotes."""
    return f"“{text}”"
