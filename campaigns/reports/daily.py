"""Asks and what came of them, day by day."""

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from campaigns.models import Ask
from campaigns.reports.groups import count_groups_by

# In the order of the fields of a day.
WORDS = ("delivered", "yes", "lead", "won")


@dataclass(frozen=True)
class Day:
    """The asks made on a day, and how many of them came how far."""

    on: date
    delivered: int
    yes: int
    lead: int
    won: int


def count_days(asks: QuerySet[Ask], *, zone: tzinfo) -> list[Day]:
    """Count the asks by the day they were made, days without asks included; one query."""
    dated = asks.annotate(on=TruncDate("asked_at", tzinfo=zone))
    found = {
        on: Day(on, *(counts[word] for word in WORDS))
        for (on,), counts in count_groups_by(dated, "on").items()
    }
    if not found:
        return []
    first, last = min(found), max(found)
    days = [first + timedelta(days=index) for index in range((last - first).days + 1)]
    return [found.get(day, Day(day, 0, 0, 0, 0)) for day in days]


def group_by_week(days: list[Day]) -> list[Day]:
    """Add days up to weeks, each named by its Monday."""
    weeks: dict[date, Day] = {}
    for day in days:
        monday = day.on - timedelta(days=day.on.weekday())
        week = weeks.get(monday, Day(monday, 0, 0, 0, 0))
        weeks[monday] = Day(
            monday,
            week.delivered + day.delivered,
            week.yes + day.yes,
            week.lead + day.lead,
            week.won + day.won,
        )
    return list(weeks.values())
