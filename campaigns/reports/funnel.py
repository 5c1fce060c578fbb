"""The funnel from delivered to won, and how people answered."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from campaigns.models import Ask
from campaigns.reports.groups import (
    ANSWERS,
    MATURING,
    STAGES,
    YES_WINDOW,
    Group,
    count_groups,
)
from campaigns.statistics import Rate


@dataclass(frozen=True)
class Stage:
    """A group of the funnel: how many, of the delivered, and of the stage before."""

    group: Group
    count: int
    of_delivered: Rate
    of_previous: Rate


@dataclass(frozen=True)
class Funnel:
    """Stages that never widen, answers that add up to the delivered asks."""

    asked: int
    stages: list[Stage]
    answers: list[Stage]
    yes_rate: Rate
    # Delivered, without an answer, and young enough for one to come.
    maturing: int


def count_funnel(asks: QuerySet[Ask], *, now: datetime) -> Funnel:
    """Count the funnel of the asks; two queries."""
    counts = count_groups(asks)
    maturing = asks.filter(MATURING, asked_at__gt=now - YES_WINDOW).count()
    delivered = counts["delivered"]
    stages = []
    previous = counts["asked"]
    for group in STAGES:
        count = counts[group.word]
        stages.append(
            Stage(group, count, Rate(count, delivered), Rate(count, previous))
        )
        previous = count
    answers = [
        Stage(group, counts[group.word], rate, rate)
        for group in ANSWERS
        for rate in [Rate(counts[group.word], delivered)]
    ]
    yes_rate = Rate(counts["yes"], delivered)
    return Funnel(counts["asked"], stages, answers, yes_rate, maturing)
