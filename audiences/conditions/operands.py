"""Values in a condition document: from JSON to what SQL compares with, and back."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from audiences.conditions.errors import ConditionError, Path
from audiences.conditions.operators import Operand
from audiences.conditions.windows import (
    LONGEST,
    UNITS,
    Ago,
    Between,
    Duration,
    Ever,
    Last,
    Window,
    end_of,
    first_moment,
)

LONGEST_TEXT = 1_000
MOST_CHOICES = 1_000
WINDOWS = ("ever", "last", "ago", "between")
NUMBER = re.compile(r"[+-]?[0-9]{1,30}([.][0-9]{1,30})?")


def parse_text(raw: object, path: Path) -> str:
    """Read a text that PostgreSQL can store and that is not blank."""
    if not isinstance(raw, str):
        raise ConditionError(path, "Enter a text.")
    if not raw.strip():
        raise ConditionError(path, "Enter a value.")
    if len(raw) > LONGEST_TEXT:
        raise ConditionError(path, f"Use at most {LONGEST_TEXT} characters.")
    if "\0" in raw or any("\ud800" <= letter <= "\udfff" for letter in raw):
        raise ConditionError(path, "The text holds a character that no value can hold.")
    return raw


def parse_number(raw: object, path: Path) -> Decimal:
    """Read a number of up to 30 digits before and after the point, exactly."""
    if isinstance(raw, float):
        text = format(Decimal(repr(raw)), "f")
    elif isinstance(raw, str | int | Decimal) and not isinstance(raw, bool):
        text = str(raw).strip()
    else:
        text = ""
    if not NUMBER.fullmatch(text):
        raise ConditionError(path, "Enter a number, like 500 or 12.5.")
    return Decimal(text)


def parse_scalar(raw: object, path: Path) -> str | Decimal | bool:
    """Read a text, a number or a flag as what it is."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int | float | Decimal):
        return parse_number(raw, path)
    return parse_text(raw, path)


def parse_scalars(raw: object, path: Path) -> tuple[str | Decimal | bool, ...]:
    """Read one or more values."""
    if not isinstance(raw, list) or not raw:
        raise ConditionError(path, "Enter at least one value, each on its own line.")
    if len(raw) > MOST_CHOICES:
        raise ConditionError(path, f"Use at most {MOST_CHOICES:,} values.")
    return tuple(
        parse_scalar(choice, (*path, index)) for index, choice in enumerate(raw)
    )


def parse_range(raw: object, path: Path) -> tuple[Decimal, Decimal]:
    """Read two numbers, the smaller one first."""
    if not isinstance(raw, list) or len(raw) != 2:
        raise ConditionError(path, "Enter two numbers, like 10 and 20.")
    low, high = (parse_number(end, path) for end in raw)
    if low > high:
        raise ConditionError(path, "The first number must not be above the second.")
    return low, high


def parse_date(raw: object, path: Path) -> date | datetime:
    """Read a day, or a moment (in UTC where it names no zone)."""
    text = raw.strip() if isinstance(raw, str) else ""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            found: date | datetime = date.fromisoformat(text)
        else:
            found = datetime.fromisoformat(text)
    except ValueError:
        raise ConditionError(path, "Enter a date, like 2026-05-31.") from None
    if not 1000 <= found.year <= 2999:
        raise ConditionError(path, "Enter a date between the years 1000 and 2999.")
    if isinstance(found, datetime) and found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    return found


def parse_count(raw: object, path: Path, *, least: int) -> int:
    """Read how often: a whole number."""
    text = str(raw).strip() if isinstance(raw, str | int) else ""
    if isinstance(raw, bool) or not re.fullmatch(r"[0-9]{1,6}", text):
        raise ConditionError(path, "Enter a whole number, like 3.")
    if int(text) < least:
        raise ConditionError(path, f"Enter a number of at least {least}.")
    return int(text)


def parse_duration(raw: object, path: Path) -> Duration:
    """Read so many minutes, hours, days or weeks, up to a hundred years."""
    if not isinstance(raw, Mapping):
        raise ConditionError(path, "Enter how long, like 90 days.")
    unit = raw.get("unit")
    if not isinstance(unit, str) or unit not in UNITS:
        raise ConditionError((*path, "unit"), f"Choose one of {', '.join(UNITS)}.")
    duration = Duration(
        parse_count(raw.get("amount"), (*path, "amount"), least=1), unit
    )
    if duration.delta > LONGEST:
        raise ConditionError((*path, "amount"), "Choose at most a hundred years.")
    return duration


def parse_days(raw: object, path: Path) -> Duration:
    """Read so many days or weeks."""
    duration = parse_duration(raw, path)
    if duration.unit not in ("days", "weeks"):
        raise ConditionError((*path, "unit"), "Choose days or weeks.")
    return duration


def parse_window(raw: object, path: Path) -> Window:
    """Read a span of time."""
    kind = raw.get("kind") if isinstance(raw, Mapping) else None
    if not isinstance(raw, Mapping) or kind not in WINDOWS:
        raise ConditionError(
            path, f"Window must be one of {', '.join(WINDOWS)}; got {kind!r}."
        )
    if kind == "last":
        return Last(parse_duration(raw, path))
    if kind == "ever":
        return Ever()
    if kind == "ago":
        return _parse_ago(raw, path)
    start = parse_date(raw.get("from"), (*path, "from"))
    end = parse_date(raw.get("until"), (*path, "until"))
    if first_moment(start) >= end_of(end):
        raise ConditionError((*path, "until"), "The end must come after the beginning.")
    return Between(start, end)


def _parse_ago(raw: Mapping[str, Any], path: Path) -> Ago:
    """Read from when on, and until when, both counted back from now."""
    nearest = parse_duration(raw.get("nearest"), (*path, "nearest"))
    farthest = parse_duration(raw.get("farthest"), (*path, "farthest"))
    if nearest.delta >= farthest.delta:
        raise ConditionError(
            (*path, "farthest"), "The farther end must lie further back."
        )
    return Ago(nearest, farthest)


def parse_nothing(raw: object, path: Path) -> None:
    """Leave out what the comparison does not need."""


PARSERS: dict[Operand, Callable[[object, Path], Any]] = {
    Operand.NOTHING: parse_nothing,
    Operand.SCALAR: parse_scalar,
    Operand.SCALARS: parse_scalars,
    Operand.TEXT: parse_text,
    Operand.NUMBER: parse_number,
    Operand.RANGE: parse_range,
    Operand.DATE: parse_date,
    Operand.DURATION: parse_duration,
    Operand.DAYS: parse_days,
}


def dump_value(value: object) -> Any:
    """Write a parsed value as JSON; numbers keep every digit."""
    if isinstance(value, tuple):
        return [dump_value(part) for part in value]
    if isinstance(value, Duration):
        return dump_duration(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return dump_number(value)
    return value


def dump_duration(duration: Duration) -> dict[str, Any]:
    """Write a length of time."""
    return {"amount": duration.amount, "unit": duration.unit}


def dump_window(window: Window) -> dict[str, Any]:
    """Write a span of time."""
    match window:
        case Ever():
            return {"kind": "ever"}
        case Last(duration):
            return {"kind": "last", **dump_duration(duration)}
        case Ago(nearest, farthest):
            return {
                "kind": "ago",
                "nearest": dump_duration(nearest),
                "farthest": dump_duration(farthest),
            }
        case Between(start, end):
            return {
                "kind": "between",
                "from": start.isoformat(),
                "until": end.isoformat(),
            }


def dump_number(number: Decimal) -> int | float | str:
    """Write a number as JSON; as text where a float would lose digits."""
    if number == number.to_integral_value():
        return int(number)
    near = float(number)
    return near if Decimal(repr(near)) == number else format(number, "f")
