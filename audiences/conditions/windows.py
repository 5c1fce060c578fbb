"""
Spans of time: "in the last 90 days", "30 to 60 days ago", "between", "ever".

A window has a beginning and an end, either of which may be open, given the moment of the
evaluation. What lies after that moment never counts. "The last 90 days" begin just after the
moment 90 days ago, so what happened exactly 90 days ago has left. A date without a time means
the whole day in UTC: from its first moment, until its last.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
LONGEST = timedelta(days=36_500)


@dataclass(frozen=True)
class Duration:
    """So many minutes, hours, days or weeks."""

    amount: int
    unit: str

    @property
    def delta(self) -> timedelta:
        """The same as a time span."""
        return self.amount * UNITS[self.unit]


@dataclass(frozen=True)
class Bounds:
    """
    A span of time on which SQL can compare.

    After ``after`` (exclusive) or from ``since`` (inclusive), before ``before`` (exclusive)
    and never later than ``until`` (inclusive).
    """

    after: datetime | None = None
    since: datetime | None = None
    before: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Ever:
    """At any time up to now."""

    def bounds(self, as_of: datetime) -> Bounds:
        """Everything up to the moment."""
        return Bounds(until=as_of)

    def edges(self) -> tuple[timedelta, ...]:
        """Say how long after something it comes into the window, or leaves it: never."""
        return ()


@dataclass(frozen=True)
class Last:
    """Within the time span that ends now."""

    duration: Duration

    def bounds(self, as_of: datetime) -> Bounds:
        """After the moment so long ago, up to now."""
        return Bounds(after=as_of - self.duration.delta, until=as_of)

    def edges(self) -> tuple[timedelta, ...]:
        """Say how long after something it leaves the window."""
        return (self.duration.delta,)


@dataclass(frozen=True)
class Ago:
    """Not so recently, and not so long ago."""

    nearest: Duration
    farthest: Duration

    def bounds(self, as_of: datetime) -> Bounds:
        """After the moment that lies farthest back, up to the nearest."""
        return Bounds(
            after=as_of - self.farthest.delta, until=as_of - self.nearest.delta
        )

    def edges(self) -> tuple[timedelta, ...]:
        """Say how long after something it comes into the window, and leaves it."""
        return (self.nearest.delta, self.farthest.delta)


@dataclass(frozen=True)
class Between:
    """From a day or moment until another; a day counts to its end, a moment does not."""

    start: date | datetime
    end: date | datetime

    def bounds(self, as_of: datetime) -> Bounds:
        """From the start to the end, but not past now."""
        return Bounds(
            since=first_moment(self.start), before=end_of(self.end), until=as_of
        )

    def edges(self) -> tuple[timedelta, ...]:
        """Say how long after something it comes into the window, or leaves it: never."""
        return ()


Window = Ever | Last | Ago | Between


def first_moment(moment: date | datetime) -> datetime:
    """Give the moment itself, or the first moment of a day."""
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time.min, UTC)


def end_of(moment: date | datetime) -> datetime:
    """Give the moment itself, or the first moment after a day."""
    if isinstance(moment, datetime):
        return moment
    return first_moment(moment) + timedelta(days=1)
