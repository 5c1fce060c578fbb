"""
Times as files write them: how a column is written, and which moment a cell means.

What a cell does not say – the zone, or whether 03/04 is in March or in April – is never
guessed: the zone is chosen, and the order of day and month is either seen in the column or
asked for.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

from contacts.tracking.times import AHEAD, EPOCH, read_time

DAY, MONTH = "day", "month"
NUMERIC = re.compile(
    r"""(?P<first>\d{1,2})(?P<sign>[/.\-])(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})
    (?:,?[T\s]+(?P<rest>.+))?""",
    re.VERBOSE,
)
YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
CLOCK = re.compile(
    r"""(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?
    \s*(?P<half>[AaPp])?\.?(?:[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?""",
    re.VERBOSE,
)
WORDED = (
    "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%Y %b %d",
)  # fmt: skip
WORDED_DAY = re.compile(
    r"(?P<day>.*?\b\d{4}\b|\d{1,2}-[A-Za-z]{3}-\d{2})\s*(?P<rest>.*)"
)
NUMBER = re.compile(r"\d{9,19}(?:\.\d+)?")
HAS_ZONE = re.compile(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})$", re.IGNORECASE)

LABELS = {
    "iso": "Year first, such as 2026-03-04 10:15",
    "number": "Seconds or milliseconds since 1970",
    "day": "Day first, such as 4/3/2026",
    "month": "Month first, such as 3/4/2026",
    "numeric": "Day and month in figures, such as 3/4/2026",
    "words": "With the month's name, such as 4 Mar 2026",
}


class BadTime(ValueError):
    """The text is no time; the text of the error is a code of ``reasons``."""


@dataclass(frozen=True)
class Detected:
    """How a column of times is written."""

    # Each way that occurs, with an example, the most frequent first.
    ways: tuple[tuple[str, str], ...]
    unread: int
    has_zone: bool
    lacks_zone: bool
    # "day" or "month" if the figures say which comes first.
    order: str
    # Whether the figures leave it open.
    is_open: bool


def detect(values: Iterable[str]) -> Detected:
    """Look at a sample of a column."""
    ways: Counter[str] = Counter()
    examples: dict[str, str] = {}
    orders: set[str] = set()
    zones: set[bool] = set()
    unread = 0
    for value in filter(None, map(str.strip, values)):
        way = _way(value)
        if way is None:
            unread += 1
            continue
        ways[way] += 1
        examples.setdefault(way, value)
        if way != "number":
            zones.add(bool(HAS_ZONE.search(value)))
        if way == "numeric" and (order := _order_of(value)):
            orders.add(order)
    order = orders.pop() if len(orders) == 1 else ""
    return Detected(
        ways=tuple(
            (LABELS[order if way == "numeric" and order else way], examples[way])
            for way, _ in ways.most_common()
        ),
        unread=unread,
        has_zone=True in zones,
        lacks_zone=False in zones,
        order=order,
        is_open=bool(ways["numeric"]) and not order,
    )


def looks_like_time(text: str) -> bool:
    """Whether a cell may hold a time."""
    return _way(text.strip()[:100]) is not None


def read_timestamp(
    text: str, *, zone: tzinfo, order: str, now: datetime | None = None
) -> datetime:
    """
    Read a cell as a moment, in UTC.

    ``zone`` is for times that name none, ``order`` for figures of day and month.

    :raises BadTime: if it is none, lies before 1970, or in the future of ``now``
    """
    value = text.strip()
    if not value:
        raise BadTime("time_missing")
    try:
        moment = _read(value[:100], order)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadTime("time_invalid") from error
    if moment < EPOCH:
        raise BadTime("time_absurd")
    if now is not None and moment > now + AHEAD:
        raise BadTime("time_in_future")
    return moment


def _way(value: str) -> str | None:
    """Tell in which way a time is written; None if it is none."""
    if NUMBER.fullmatch(value):
        return "number" if read_time(float(value)) else None
    if NUMERIC.fullmatch(value):
        way = "numeric"
    elif re.match(r"\d{4}\D?\d", value):
        way = "iso"
    else:
        way = "words"
    for order in (DAY, MONTH):
        try:
            _read(value, order)
        except (ValueError, OverflowError):
            continue
        return way
    return None


def _order_of(value: str) -> str:
    """Tell which comes first in figures, if they leave no choice."""
    found = NUMERIC.fullmatch(value)
    assert found is not None  # noqa: S101 - the caller has seen it
    first, second = int(found["first"]), int(found["second"])
    if first > 12:
        return DAY
    if second > 12:
        return MONTH
    # With dots the day comes first wherever they are in use.
    return DAY if found["sign"] == "." else ""


def _read(value: str, order: str) -> datetime:
    """
    Read a time that may be without a zone.

    :raises ValueError: if it is none
    """
    if NUMBER.fullmatch(value):
        moment = read_time(float(value))
        if moment is None:
            raise ValueError(value)
        return moment
    found = NUMERIC.fullmatch(value)
    if found:
        return _read_numeric(found, order)
    plain = YEAR_FIRST.sub(r"\1-\2-\3", value)
    if re.match(r"\d{4}-?\d", plain):
        return _read_iso(plain)
    return _read_words(value)


def _read_numeric(found: re.Match[str], order: str) -> datetime:
    """Read a date in figures, and the time behind it."""
    first, second = int(found["first"]), int(found["second"])
    year = int(found["year"])
    if len(found["year"]) == 2:
        year += 2000 if year < 70 else 1900
    if not order and found["sign"] == ".":
        order = DAY
    if not order and first != second:
        raise ValueError(found[0])
    day, month = (first, second) if order != MONTH else (second, first)
    return _with_clock(datetime(year, month, day), found["rest"])  # noqa: DTZ001 - added by the caller


def _read_iso(value: str) -> datetime:
    """Read a time that begins with the year."""
    bare = re.sub(r"\s*(UTC|GMT)$", "Z", value, flags=re.IGNORECASE)
    bare = re.sub(r"\s+(?=[+-]\d{2}:?\d{2}$)", "", bare)
    try:
        return datetime.fromisoformat(bare)
    except ValueError:
        day, _, rest = value.replace("T", " ", 1).partition(" ")
        year, month, date = day.split("-")
        moment = datetime(int(year), int(month), int(date))  # noqa: DTZ001 - added by the caller
        return _with_clock(moment, rest)


def _read_words(value: str) -> datetime:
    """Read a date that names its month in English."""
    text = re.sub(r"^[A-Za-z]{3,9},\s*", "", value)
    text = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text.replace(",", " "))
    found = WORDED_DAY.fullmatch(" ".join(text.split()))
    if found:
        for pattern in WORDED:
            try:
                day = datetime.strptime(found["day"], pattern)  # noqa: DTZ007 - added by the caller
            except ValueError:
                continue
            return _with_clock(day, found["rest"])
    moment: datetime = parsedate_to_datetime(value)
    return moment


def _with_clock(day: datetime, rest: str | None) -> datetime:
    """Add the time of the day, and its zone if it names one."""
    if not rest or not rest.strip():
        return day
    found = CLOCK.fullmatch(rest.strip())
    if not found:
        raise ValueError(rest)
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(rest)
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    moment = day.replace(
        hour=hour,
        minute=int(found["minute"]),
        second=int(found["second"] or 0),
        microsecond=int((found["fraction"] or "").ljust(6, "0")[:6]),
    )
    if not found["zone"]:
        return moment
    if found["zone"][0] not in "+-":
        return moment.replace(tzinfo=UTC)
    return moment.replace(tzinfo=datetime.strptime(found["zone"], "%z").tzinfo)
