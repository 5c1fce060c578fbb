"""Times as clients write them, and when a message happened by our clock."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

NUMERIC = (int, float)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Clocks of servers differ by seconds; a time further ahead is wrong.
AHEAD = timedelta(minutes=5)
# Numbers from here on count milliseconds, microseconds, nanoseconds; it is 1973 in each.
MILLISECONDS = 1e11
MICROSECONDS = 1e14
NANOSECONDS = 1e17

# A smaller number is a year, a duration or a slip.
LEAST = 1e8

NUMBERS = {"year", "month", "day", "hour", "minute", "second"}
LOOSE = re.compile(
    r"""\s*(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})
    (?:[T\s]\s*(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})
    (?:[.,](?P<fraction>\d{1,12}))?)?)?
    \s*(?P<zone>Z|z|UTC|GMT|[+-]\d{1,2}:?\d{0,2})?\s*""",
    re.VERBOSE,
)


def read_time(value: Any) -> datetime | None:
    """Read a time, in UTC if it names no zone; None if it is none or before 1970."""
    try:
        if isinstance(value, str):
            moment = _read_text(value)
        elif isinstance(value, NUMERIC) and not isinstance(value, bool):
            moment = _read_number(value)
        else:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        elif moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment >= EPOCH else None


def happened_at(
    *, told: Any, sent_at: datetime | None, received_at: datetime
) -> tuple[datetime, str]:
    """
    Work out when something happened by our clock, and what was unusual about it.

    The client's clock is off by as much as its time of sending is; the way through the
    network counts as such. A time that nobody can mean becomes the time of arrival.
    """
    if told is None or told == "":
        return received_at, ""
    moment = read_time(told)
    if moment is None:
        return received_at, "undated"
    if sent_at is not None:
        try:
            moment = received_at - (sent_at - moment)
        except OverflowError:
            return received_at, "undated"
    if moment > received_at + AHEAD:
        return received_at, "clamped"
    if moment < EPOCH:
        return received_at, "undated"
    return moment, ""


def _read_text(text: str) -> datetime:
    """
    Read a text: ISO 8601 as the library knows it, else more loosely, else a number.

    :raises ValueError: if it is none of these
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        found = LOOSE.fullmatch(text[:64])
    if not found:
        return _read_number(float(text))
    part = found.groupdict()
    number = {name: int(text or 0) for name, text in part.items() if name in NUMBERS}
    fraction = (part["fraction"] or "").ljust(6, "0")[:6]
    zone = _read_zone(part["zone"])
    return datetime(**number, microsecond=int(fraction), tzinfo=zone)


def _read_zone(text: str | None) -> tzinfo | None:
    """Read what stands for a zone behind a time; None if nothing does."""
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    return datetime.strptime(_padded(text), "%z").tzinfo


def _padded(zone: str) -> str:
    """Write a zone with two digits for hours and for minutes."""
    hours, _, minutes = zone[1:].partition(":")
    if not minutes and len(hours) > 2:
        hours, minutes = hours[:-2], hours[-2:]
    return f"{zone[0]}{hours:0>2}{minutes or '0':0>2}"


def _read_number(number: float) -> datetime:
    """
    Read seconds since 1970, or smaller units by the size of the number.

    :raises ValueError: if it is out of reach
    """
    if number < LEAST:
        raise ValueError(number)
    for least, unit in ((NANOSECONDS, 1e9), (MICROSECONDS, 1e6), (MILLISECONDS, 1e3)):
        if number >= least:
            number /= unit
            break
    try:
        return datetime.fromtimestamp(number, UTC)
    except OSError as error:
        raise ValueError(number) from error
