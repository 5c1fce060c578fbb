"""Asks and what came of them, day by day."""

from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from campaigns.models import Ask
from campaigns.reports.groups import GROUPS


@dataclass(frozen=True)
class Day:
    """The asks made on a day, and how many of them came how far."""

    on: date
    delivered: int
    yes: int
    lead: int
    won: int


def count_in(word: str) -> Count:
    """Count the asks that belong to a group."""
    return Count("pk", filter=GROUPS[word].predicate)


def count_days(asks: QuerySet[Ask], *, zone: tzinfo) -> list[Day]:
    """Count the asks by the day they were made, days without asks included; one query."""
    rows = (
        asks.annotate(on=TruncDate("asked_at", tzinfo=zone))
        .values("on")
        .annotate(
            delivered=count_in("delivered"),
            yes=count_in("yes"),
            lead=count_in("lead"),
            won=count_in("won"),
        )
        .order_by("on")
    )
    found = {row["on"]: Day(**row) for row in rows}
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
