"""A quarter, and where people live in it; plain clocks that know nothing of the engine."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Summer time ends in Europe and America, and begins in Sydney.
BEGIN = datetime(2026, 8, 20, tzinfo=UTC)
DAYS = 90
END = BEGIN + (DAYS + 1) * DAY
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Asia/Kolkata",
    "",
)
# Something happens at most every three hours, at seventeen past.
SLOT, OFFSET = timedelta(hours=3), timedelta(minutes=17)


def clock_of(zone):
    """The clock of who lives there; of who lives nowhere, the campaign's."""
    return ZoneInfo(zone or "UTC")


def next_opening(local):
    """Find the first moment from then on that is not in the quiet hours, 20:00 to 08:00."""
    if 8 <= local.hour < 20:
        return local.astimezone(UTC)
    day = local.date() + (DAY if local.hour >= 20 else timedelta())
    return on_page(day, 8, 0, local.tzinfo)


def on_page(day, hour, minute, clock):
    """Find when a clock shows a time on a page of its calendar."""
    shown = datetime(day.year, day.month, day.day, hour, minute, tzinfo=clock)
    return shown.astimezone(UTC)
