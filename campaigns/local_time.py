"""
The wall clock of a person; all arithmetic with local time is here.

A local time that a change of the clock leaves out means the first valid moment after the
gap; one that comes twice means the first of the two. Zones that nobody knows are replaced
by the fallback. What is computed here is computed once per zone, never per person.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ONE_DAY = timedelta(days=1)
WEEKDAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo | None:
    """Find a zone by its IANA name; None if there is none."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def choose_zone(name: str, fallback: str) -> ZoneInfo:
    """Take the person's zone, else the campaign's, else UTC."""
    return find_zone(name) or find_zone(fallback) or ZoneInfo("UTC")


def parse_time(text: str) -> time:
    """
    Read a wall time such as "09:00".

    :raises ValueError: if it is none
    """
    return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a wall time


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Give the moment, in UTC, at which the wall clock of a zone first shows a time."""
    naive = datetime.combine(day, at.replace(fold=0))
    found = naive.replace(tzinfo=zone).astimezone(UTC)
    shown = found.astimezone(zone)
    if shown.replace(tzinfo=None) == naive:
        return found
    return _end_of_gap(naive, zone)


def _end_of_gap(naive: datetime, zone: ZoneInfo) -> datetime:
    """Find the moment at which the clock jumps over a wall time."""
    before = naive.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    after = naive.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    # In a gap, fold 0 gives the offset before the jump and fold 1 the one after it; the jump
    # lies between the two readings of the wall time.
    early = (naive - max(before, after)).replace(tzinfo=UTC)
    late = (naive - min(before, after)).replace(tzinfo=UTC)
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Give the day that the calendar of a zone shows."""
    return moment.astimezone(zone).date()


def read_day(text: str, zone: ZoneInfo) -> datetime | None:
    """
    Read a day, or a moment, as the noon of the day that it is in a zone; None if it is none.

    A moment without a zone of its own is the zone's wall time.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(zone)
        except OverflowError:
            return None
    return datetime.combine(moment.date(), time(12), zone)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Give the first moment of a day of a zone's calendar."""
    return instant(day, time.min, zone)


def after_days(
    moment: datetime, days: int, at: time | None, zone: ZoneInfo
) -> datetime:
    """
    Go on by days of the zone's calendar, to a wall time, or to the same one as now.

    The 29 February and changes of the clock need no rule: a day is a page of the calendar.
    """
    local = moment.astimezone(zone)
    wall = local.time().replace(fold=0) if at is None else at
    return instant(local.date() + days * ONE_DAY, wall, zone)


def next_opening(
    moment: datetime, quiet_from: time, quiet_until: time, zone: ZoneInfo
) -> datetime | None:
    """
    Give the moment at which quiet hours end; None if it is not quiet.

    Quiet hours may go over midnight; equal ends mean that there are none.
    """
    local = moment.astimezone(zone)
    wall = local.time()
    if quiet_from <= quiet_until:
        if not quiet_from <= wall < quiet_until:
            return None
        return _not_before(moment, local.date(), quiet_until, zone)
    if quiet_until <= wall < quiet_from:
        return None
    day = local.date() + (ONE_DAY if wall >= quiet_from else timedelta())
    return _not_before(moment, day, quiet_until, zone)


def window_opening(
    moment: datetime, days: Collection[int], start: time, end: time, zone: ZoneInfo
) -> datetime | None:
    """
    Give the moment at which a weekly window opens next; None if it is open.

    ``days`` are those on which it opens, Monday is 1. An end that is not after the start is on
    the next day. A window that a change of the clock leaves out does not open that day.

    :raises ValueError: if it never opens
    """
    today = local_day(moment, zone)
    # Yesterday's may go over midnight; what falls into a gap opens a week later.
    for distance in range(-1, 15):
        day = today + distance * ONE_DAY
        if day.isoweekday() not in days:
            continue
        opens = instant(day, start, zone)
        closes = instant(day if end > start else day + ONE_DAY, end, zone)
        if opens <= moment < closes:
            return None
        if moment < opens < closes:
            return opens
    raise ValueError(f"expected a window that opens, got {sorted(days)!r}")


def _not_before(
    moment: datetime, day: date, at: time, zone: ZoneInfo
) -> datetime | None:
    """
    Give the opening, unless it has passed: the second 01:30 of a night in autumn.

    In that hour it stays open if it has been open already.
    """
    opening = instant(day, at, zone)
    return opening if opening > moment else None
