"""Asks that were not made, by reason."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from campaigns.models import Campaign, Hold
from campaigns.reports.period import Period


@dataclass(frozen=True)
class HeldReason:
    """A reason, and how many people it held at least once."""

    reason: str
    people: int


def holds_in_period(period: Period, *, campaign: Campaign) -> QuerySet[Hold]:
    """Select what the guardrails held in the period."""
    holds = Hold.objects.filter(campaign=campaign, held_at__lt=period.until)
    return holds if period.since is None else holds.filter(held_at__gte=period.since)


def count_held(holds: QuerySet[Hold]) -> list[HeldReason]:
    """Count people by reason, the commonest first; one query."""
    rows = (
        holds.values("reason")
        .annotate(people=Count("contact", distinct=True))
        .order_by("-people", "reason")
    )
    return [HeldReason(row["reason"], row["people"]) for row in rows]


@dataclass(frozen=True)
class HeldLine:
    """A reason, how many people it held at least once, and how many in each campaign."""

    reason: str
    people: int
    campaigns: list[tuple[Campaign, int]]


def count_held_everywhere(period: Period) -> list[HeldLine]:
    """Count people by reason over all campaigns, the commonest first; three queries."""
    campaigns = Campaign.objects.only("pk", "name").in_bulk()
    holds = Hold.objects.filter(campaign__in=list(campaigns), held_at__lt=period.until)
    if period.since is not None:
        holds = holds.filter(held_at__gte=period.since)
    inside: dict[str, list[tuple[Campaign, int]]] = {}
    per_campaign = holds.values("campaign", "reason").annotate(
        people=Count("contact", distinct=True)
    )
    for row in per_campaign.order_by("-people", "campaign"):
        found = (campaigns[row["campaign"]], row["people"])
        inside.setdefault(row["reason"], []).append(found)
    return [
        HeldLine(one.reason, one.people, inside[one.reason])
        for one in count_held(holds)
        if one.reason in inside
    ]
