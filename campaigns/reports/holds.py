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
