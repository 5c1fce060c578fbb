"""A period taken apart: into days, weeks or months, as many as can be looked at."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import Any

from django.db.models import Q

from campaigns.reports.referrals.filters import Filters
from referrals.models import Referral

# By the word of a period; all time is taken apart into months, too.
UNITS = {"7": "day", "30": "day", "90": "week"}
# More months are not drawn; what was before counts in the first one.
MOST_MONTHS = 36


@dataclass(frozen=True)
class Stretches:
    """Days, weeks or months in a row, each named by its first day."""

    unit: str
    begins: list[date]
    zone: tzinfo

    @cached_property
    def limits(self) -> list[datetime]:
        """When each begins."""
        return [datetime.combine(on, time(), self.zone) for on in self.begins]

    def place(self, at: datetime) -> int:
        """Say in which one a moment is; the first has all that was before, too."""
        return max(bisect_right(self.limits, at) - 1, 0)

    def during(self, field: str, begin: date) -> Q:
        """
        Limit a time to the stretch that begins on a day.

        :raises ValueError: if none begins then
        """
        place = self.begins.index(begin)
        found = Q()
        if place:
            found &= Q((f"{field}__gte", self.limits[place]))
        if place + 1 < len(self.limits):
            found &= Q((f"{field}__lt", self.limits[place + 1]))
        return found


def stretches_of(filters: Filters, *, zone: tzinfo) -> Stretches:
    """Take the period apart; all time begins with the first friend."""
    period = filters.period
    unit = UNITS.get(period.word, "month")
    since = period.since
    if since is None:
        first: Any = Referral.objects.order_by("lead_at").values_list("lead_at")[:1]
        since = next((at for (at,) in first), period.until)
    last = _beginning(period.until.astimezone(zone).date(), unit)
    begin = _beginning(since.astimezone(zone).date(), unit)
    found = [last]
    while found[-1] > begin and (unit != "month" or len(found) < MOST_MONTHS):
        found.append(_beginning(found[-1] - timedelta(days=1), unit))
    return Stretches(unit, found[::-1], zone)


def _beginning(day: date, unit: str) -> date:
    """Give the first day of the stretch that has this day."""
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if unit == "week" else day
