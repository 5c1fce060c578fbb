"""How many people each step of a flow has seen, and how many stand before it."""

from dataclasses import dataclass, field

from django.db.models import Count

from campaigns.models import Campaign, Enrollment, StepRun


@dataclass
class StepCounts:
    """People at a step: waiting before it now, gone through it, and with what outcome."""

    waiting: int = 0
    passed: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)


def count_steps(campaign: Campaign) -> dict[str, StepCounts]:
    """Count the steps of the campaign by key; two queries."""
    counts: dict[str, StepCounts] = {}
    waiting = (
        Enrollment.objects.filter(campaign=campaign, state=Enrollment.State.ACTIVE)
        .values("step_key")
        .annotate(number=Count("pk"))
        .order_by("step_key")
    )
    for row in waiting:
        counts.setdefault(row["step_key"], StepCounts()).waiting = row["number"]
    passed = (
        StepRun.objects.filter(campaign=campaign)
        .values("step_key", "outcome")
        .annotate(number=Count("pk"))
        .order_by("step_key", "outcome")
    )
    for row in passed:
        step = counts.setdefault(row["step_key"], StepCounts())
        step.outcomes[row["outcome"]] = row["number"]
        step.passed += row["number"]
    return counts
