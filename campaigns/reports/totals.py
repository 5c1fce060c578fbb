"""One line per campaign, and the numbers of the home page."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.db.models import Count

from campaigns.messaging.outbox import WEBHOOK
from campaigns.models import Ask, Campaign, Enrollment, Message
from campaigns.reports.groups import (
    asks_in_period,
    count_groups,
    count_groups_by,
)
from campaigns.reports.period import Period, read_period
from campaigns.statistics import Rate


@dataclass(frozen=True)
class CampaignTotals:
    """A campaign and its funnel in one line."""

    campaign: Campaign
    inside: int
    delivered: int
    yes: int
    lead: int
    won: int

    @property
    def yes_rate(self) -> Rate:
        """Yes of delivered."""
        return Rate(self.yes, self.delivered)


def total_campaigns(
    period: Period, *, campaigns: list[Campaign]
) -> list[CampaignTotals]:
    """Total the campaigns over the period; six queries, however many they are."""
    words = ("delivered", "yes", "lead", "won")
    asks = asks_in_period(period).filter(campaign__in=campaigns)
    counts = count_groups_by(asks, "campaign")
    inside = (
        Enrollment.objects.filter(campaign__in=campaigns, state=Enrollment.State.ACTIVE)
        .values("campaign")
        .annotate(number=Count("*"))
        .order_by("campaign")
    )
    active = {row["campaign"]: row["number"] for row in inside}
    return [
        CampaignTotals(
            campaign,
            active.get(campaign.pk, 0),
            *(counts.get((campaign.pk,), {}).get(word, 0) for word in words),
        )
        for campaign in campaigns
    ]


@dataclass(frozen=True)
class HomeNumbers:
    """What the home page says of asks."""

    sent_today: int
    waiting: int
    unknown: int
    yes_rate: Rate
    yes_rate_before: Rate
    leads: int
    won: int


def total_home(*, now: datetime, zone: tzinfo) -> HomeNumbers:
    """Total the last 30 days, the 30 days before, and today; five queries."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    # What is told to other systems reaches nobody.
    messages = Message.objects.exclude(channel=WEBHOOK).order_by()
    accepted = messages.filter(state=Message.State.ACCEPTED, finished_at__gte=midnight)
    current = count_groups(asks_in_period(read_period("30", now=now)))
    earlier = read_period("30", now=now - timedelta(days=30))
    before = count_groups(asks_in_period(earlier))
    return HomeNumbers(
        sent_today=accepted.count(),
        waiting=messages.filter(state=Message.State.QUEUED).count(),
        unknown=messages.filter(state=Message.State.UNKNOWN).count(),
        yes_rate=Rate(current["yes"], current["delivered"]),
        yes_rate_before=Rate(before["yes"], before["delivered"]),
        leads=current["lead"],
        won=current["won"],
    )


def latest_asks(size: int) -> list[Ask]:
    """Fetch the latest asks, for the home page."""
    return list(
        Ask.objects.select_related("contact", "campaign").order_by("-asked_at", "-pk")[
            :size
        ]
    )
