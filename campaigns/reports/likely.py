"""
How many of so many asks would probably be answered in which way.

From the rates of asks that were really delivered and are answered or thirty days old: those of
the campaign itself, else those of its program, else all; the first that are enough to speak of a
rate. It is an estimate: others are asked, at another time, with other words.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from campaigns.models import Ask, Campaign
from campaigns.reports.groups import DELIVERED, MATURING, NOT_NOW, YES, YES_WINDOW
from campaigns.statistics import Rate


@dataclass(frozen=True)
class Likely:
    """A rate as it was observed, and what it makes of so many asks."""

    rate: Rate
    asks: int

    @property
    def low(self) -> int:
        """How many it would be at least, by the 95 % interval."""
        return round(self.asks * self.rate.low / 100)

    @property
    def high(self) -> int:
        """How many it would be at most, by the 95 % interval."""
        return round(self.asks * self.rate.high / 100)


@dataclass(frozen=True)
class Answers:
    """The likely answers, and from whose asks they are reckoned: campaign, program or all."""

    source: str
    yes: Likely
    not_now: Likely

    @property
    def total(self) -> int:
        """How many asks they are reckoned from."""
        return self.yes.rate.total


def likely_answers(campaign: Campaign, *, asks: int, now: datetime) -> Answers | None:
    """Estimate the answers to so many asks; None where too few were made. Three queries."""
    sources = {
        "campaign": Q(campaign=campaign),
        "program": Q(campaign__program=campaign.program_id),
        "all": Q(),
    }
    for source, own in sources.items():
        yes, not_now = _observed(own, now)
        if yes.is_sure:
            return Answers(source, Likely(yes, asks), Likely(not_now, asks))
    return None


def _observed(own: Q, now: datetime) -> tuple[Rate, Rate]:
    """Count yes and not now over the asks from which nothing more can come."""
    asks = Ask.objects.filter(DELIVERED, own, refunded_at=None)
    matured = asks.exclude(MATURING, asked_at__gt=now - YES_WINDOW)
    counted = matured.aggregate(
        total=Count("pk"),
        yes=Count("pk", filter=YES),
        not_now=Count("pk", filter=NOT_NOW),
    )
    total = counted["total"]
    return Rate(counted["yes"], total), Rate(counted["not_now"], total)
