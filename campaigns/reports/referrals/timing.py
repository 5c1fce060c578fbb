"""
How long it takes from the moment that qualified a person until the ask arrives.

Of the asks that arrived and began with a moment; members whom a start let in had none. What a
flow waits for on purpose counts, too, and so do quiet hours. Times are in whole minutes, so the
numbers are exact to the minute, and each is the time of a real ask.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from django.db.models import Count, Q, QuerySet

from audiences import selection
from campaigns.models import Ask
from campaigns.reports.referrals.filters import Filters, asks_of
from campaigns.statistics import Rate

GOAL_MINUTES = 120

# Where each stretch of the picture ends, in minutes; the last one does not.
STRETCHES: tuple[tuple[str, str, int | None], ...] = (
    ("5", "Within 5 minutes", 5),
    ("30", "Within 30 minutes", 30),
    ("60", "Within an hour", 60),
    ("120", "Within 2 hours", 120),
    ("360", "Within 6 hours", 360),
    ("1440", "Within a day", 1_440),
    ("4320", "Within 3 days", 4_320),
    ("10080", "Within a week", 10_080),
    ("more", "Later", None),
)
BY_WORD = {word: place for place, (word, _, _) in enumerate(STRETCHES)}


@dataclass(frozen=True)
class Stretch:
    """Asks that took so long, and not less."""

    word: str
    label: str
    rate: Rate


@dataclass(frozen=True)
class Times:
    """The times of some asks, counted by the minute."""

    minutes: Counter[int]

    @property
    def total(self) -> int:
        """How many asks."""
        return self.minutes.total()

    def quantile(self, share: float) -> int | None:
        """Give the time that this share of the asks did not exceed; None of none."""
        wanted = ceil(share * self.total)
        passed = 0
        for minute in sorted(self.minutes):
            passed += self.minutes[minute]
            if passed >= wanted:
                return minute
        return None

    @property
    def median(self) -> int | None:
        """The time in the middle."""
        return self.quantile(0.5)

    @property
    def slowest_of_most(self) -> int | None:
        """The time that 95 of 100 did not exceed."""
        return self.quantile(0.95)

    @property
    def median_length(self) -> timedelta | None:
        """The time in the middle, to be said."""
        return _length(self.median)

    @property
    def slowest_length(self) -> timedelta | None:
        """The time that 95 of 100 did not exceed, to be said."""
        return _length(self.slowest_of_most)

    @property
    def in_time(self) -> Rate:
        """How many arrived within two hours."""
        soon = sum(
            count for minute, count in self.minutes.items() if minute < GOAL_MINUTES
        )
        return Rate(soon, self.total)

    @property
    def stretches(self) -> list[Stretch]:
        """Put them into some stretches."""
        found = []
        begin = 0
        for word, label, end in STRETCHES:
            count = sum(
                number
                for minute, number in self.minutes.items()
                if minute >= begin and (end is None or minute < end)
            )
            found.append(Stretch(word, label, Rate(count, self.total)))
            begin = end or begin
        return found


def _length(minutes: int | None) -> timedelta | None:
    """Turn minutes into a length."""
    return None if minutes is None else timedelta(minutes=minutes)


@dataclass(frozen=True)
class TimeReport:
    """All asks, and those of each campaign; ``without_moment`` began with a start."""

    whole: Times
    campaigns: list[tuple[int, Times]]
    without_moment: int


def timed(filters: Filters) -> QuerySet[Ask]:
    """Select the asks that arrived and began with a moment, with ``minutes``."""
    return asks_of(filters).filter(minutes__isnull=False)


def in_stretch(word: str) -> Q:
    """
    Select the asks that took so long, by the word of a stretch.

    :raises KeyError: if there is no such stretch
    """
    place = BY_WORD[word]
    begin = STRETCHES[place - 1][2] if place else 0
    end = STRETCHES[place][2]
    return Q(minutes__gte=begin) & (Q() if end is None else Q(minutes__lt=end))


def count_times(filters: Filters) -> TimeReport:
    """Count the asks by the minutes they took, for each campaign; two statements."""
    kinds: QuerySet[Ask, Any] = (
        timed(filters)
        .values("campaign", "minutes")
        .annotate(number=Count("*"))
        .order_by()
    )
    whole: Counter[int] = Counter()
    by_campaign: dict[int, Counter[int]] = {}
    with selection.generous_cursor():
        rows: list[dict[str, Any]] = list(kinds)
    for row in rows:
        whole[row["minutes"]] += row["number"]
        own = by_campaign.setdefault(row["campaign"], Counter())
        own[row["minutes"]] += row["number"]
    without = asks_of(filters).filter(delivered_at__isnull=False, moment_at=None)
    return TimeReport(
        Times(whole),
        sorted(
            ((pk, Times(minutes)) for pk, minutes in by_campaign.items()),
            key=lambda row: (-row[1].total, row[0]),
        ),
        without.count(),
    )
