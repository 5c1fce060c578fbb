"""How many people each step of a flow has had, and how many are there now."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
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

from campaigns.flows.ways import delays_before
from campaigns.models import Campaign, CampaignVersion, Enrollment, Hold, StepRun

# Counts the active enrollments of a campaign that stay at a step, in a wait or held, by step.
# What was held before enrollments knew since when they stay is found from the side of the
# holds. Leans on enrollments_that_stay and holds_of_campaign.
STAYING = """
SELECT step_key, count(*)
FROM (
    SELECT enrollment.step_key
    FROM campaigns_enrollment AS enrollment
    WHERE enrollment.campaign_id = %(campaign)s AND enrollment.state = 'active'
        AND enrollment.began_at IS NOT NULL
    UNION ALL
    SELECT enrollment.step_key
    FROM (
        SELECT DISTINCT contact_id, enrollment_id, visit
        FROM campaigns_hold
        WHERE campaign_id = %(campaign)s
    ) AS held
    JOIN campaigns_enrollment AS enrollment
        ON enrollment.contact_id = held.contact_id
        AND enrollment.id = held.enrollment_id
        AND enrollment.visit = held.visit
    WHERE enrollment.campaign_id = %(campaign)s AND enrollment.state = 'active'
        AND enrollment.began_at IS NULL
) AS staying
GROUP BY step_key
"""


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
    people he is still in the delay, unless he stays at the next step or is held there.
    """
    own = {"contact": OuterRef("contact"), "enrollment_id": OuterRef("pk")}
    held = Hold.objects.filter(**own, visit=OuterRef("visit"))
    delay = StepRun.objects.filter(
        **own, visit=OuterRef("visit") - 1, outcome__in=("waited", "moved")
    ).values("step_key")
    return Enrollment.objects.filter(
        campaign=campaign, state=Enrollment.State.ACTIVE
    ).annotate(
        place=Case(
            When(began_at__isnull=False, then=F("step_key")),
            When(Exists(held), then=F("step_key")),
            default=Coalesce(Subquery(delay[:1]), F("step_key")),
        )
    )


def count_standing(campaign: Campaign) -> Counter[str]:
    """
    Count the active enrollments by ``place``, as ``standing`` selects them.

    Where every way to a step leads through the same delay, who stands before it sits out that
    delay, or stays where he is; where none does, nobody sits out one. So whole steps are counted from an
    index, and single enrollments are looked at only before steps with ways of both kinds.
    """
    # Whole documents, for only those are filled in with what older ones lack.
    definitions = CampaignVersion.objects.filter(campaign=campaign).values_list(
        "definition", flat=True
    )
    delays = delays_before(definition["steps"] for definition in definitions)
    mapped = _mapped_to(campaign)
    active = Enrollment.objects.filter(
        campaign=campaign, state=Enrollment.State.ACTIVE
    ).order_by()
    before = Counter(
        dict(active.values_list("step_key").annotate(number=Count("*")).order_by())
    )
    with connection.cursor() as cursor:
        cursor.execute(STAYING, {"campaign": campaign.pk})
        staying = Counter(dict(cursor.fetchall()))
    places: Counter[str] = Counter()
    mixed = []
    for key, number in before.items():
        ways = delays.get(key, set())
        if len(ways) != 1 or key in mapped:
            mixed.append(key)
            continue
        [delay] = ways
        places[delay or key] += number - staying[key]
        places[key] += staying[key]
    if mixed:
        one_by_one = (
            standing(campaign)
            .filter(step_key__in=mixed)
            .values("place")
            .annotate(number=Count("*"))
            .order_by("place")
        )
        places.update(dict(one_by_one.values_list("place", "number")))
    return +places


def _mapped_to(campaign: Campaign) -> set[str]:
    """Name the steps before which publish plans have put people, past every delay."""
    actions = campaign.plans.exclude(actions=[]).values_list("actions", flat=True)
    return {action["target"] for plan in actions for action in plan} - {""}


def count_steps(campaign: Campaign) -> dict[str, StepCounts]:
    """Count the steps of the campaign by key; five queries, or six."""
    counts: dict[str, StepCounts] = {}
    for place, number in count_standing(campaign).items():
        counts.setdefault(place, StepCounts()).waiting = number
    reached = (
        StepRun.objects.filter(campaign=campaign)
        .exclude(outcome="moved")
        .values("step_key", "outcome")
        .annotate(number=Count("*"))
        .order_by("step_key", "outcome")
    )
    for row in reached:
        step = counts.setdefault(row["step_key"], StepCounts())
        step.outcomes[row["outcome"]] = row["number"]
        step.reached += row["number"]
    return counts
