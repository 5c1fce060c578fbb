"""How many people each step of a flow has had, and how many are there now."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce

from campaigns.models import Campaign, Enrollment, Hold, StepRun


@dataclass
class StepCounts:
    """People at a step: there now, who ever reached it, and with what outcome."""

    waiting: int = 0
    reached: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)


def standing(campaign: Campaign) -> QuerySet[Any]:
    """
    Select the active enrollments of the campaign, each with its ``place``: a step's key.

    Who sits out a delay already stands before the next step, and is there for the engine; for
    people he is still in the delay, unless a guardrail holds him at the next step.
    """
    own = {"contact": OuterRef("contact"), "enrollment_id": OuterRef("pk")}
    held = Hold.objects.filter(**own, visit=OuterRef("visit"))
    delay = StepRun.objects.filter(
        **own, visit=OuterRef("visit") - 1, outcome="waited"
    ).values("step_key")
    return Enrollment.objects.filter(
        campaign=campaign, state=Enrollment.State.ACTIVE
    ).annotate(
        place=Case(
            When(Exists(held), then=F("step_key")),
            default=Coalesce(Subquery(delay[:1]), F("step_key")),
        )
    )


def count_steps(campaign: Campaign) -> dict[str, StepCounts]:
    """Count the steps of the campaign by key; two queries."""
    counts: dict[str, StepCounts] = {}
    waiting = (
        standing(campaign)
        .values("place")
        .annotate(number=Count("pk"))
        .order_by("place")
        .values_list("place", "number")
    )
    for place, number in waiting:
        counts.setdefault(place, StepCounts()).waiting = number
    reached = (
        StepRun.objects.filter(campaign=campaign)
        .values("step_key", "outcome")
        .annotate(number=Count("pk"))
        .order_by("step_key", "outcome")
    )
    for row in reached:
        step = counts.setdefault(row["step_key"], StepCounts())
        step.outcomes[row["outcome"]] = row["number"]
        step.reached += row["number"]
    return counts
