"""
How many reached each goal of a campaign, counted in two ways.

By the day of the ask, each pass counts on the day on which something first touched it, with all
that came of it since; a rate is of those passes only whose window is over, for the others may
still reach it. By the day on which it happened, each goal counts on its own day. What happened
before anything had touched the person is counted apart, and is no success of the campaign.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from campaigns.flows.goals import Goal, goals_of
from campaigns.models import Campaign, GoalReached
from campaigns.reports.period import Period
from campaigns.statistics import Rate

BASES = {"asked": "By the day of the ask", "happened": "By the day it happened"}
Touch = GoalReached.Touch

# The first time that something touched each pass of a campaign, by what the goal asks for.
# Leans on asks_of_campaign and messages_of_campaign.
TOUCHED = {
    "delivered": """
        SELECT touch.contact_id, touch.enrollment_id, min(touch.at) AS first
        FROM (
            SELECT ask.contact_id, ask.enrollment_id,
                LEAST(ask.delivered_at, ask.viewed_at) AS at
            FROM campaigns_ask AS ask
            WHERE ask.campaign_id = %(campaign)s AND ask.refunded_at IS NULL
                AND (ask.delivered_at IS NOT NULL OR ask.viewed_at IS NOT NULL)
            UNION ALL
            SELECT message.contact_id, message.enrollment_id, message.finished_at
            FROM campaigns_message AS message
            WHERE message.campaign_id = %(campaign)s AND message.state = 'accepted'
                AND message.ask_id IS NULL AND message.channel <> 'webhook'
        ) AS touch
        GROUP BY 1, 2
    """,
    "viewed": """
        SELECT touch.contact_id, touch.enrollment_id, min(touch.at) AS first
        FROM (
            SELECT ask.contact_id, ask.enrollment_id, ask.viewed_at AS at
            FROM campaigns_ask AS ask
            WHERE ask.campaign_id = %(campaign)s AND ask.viewed_at IS NOT NULL
            UNION ALL
            SELECT message.contact_id, message.enrollment_id, fact.happened_at
            FROM campaigns_message AS message
            JOIN campaigns_messagefact AS fact
                ON fact.contact_id = message.contact_id AND fact.message_id = message.id
                AND fact.kind IN ('viewed', 'clicked')
            WHERE message.campaign_id = %(campaign)s AND message.ask_id IS NULL
        ) AS touch
        GROUP BY 1, 2
    """,
    "any": """
        SELECT contact_id, id AS enrollment_id, enrolled_at AS first
        FROM campaigns_enrollment WHERE campaign_id = %(campaign)s
    """,
}

# The passes that were touched first in the period, with the goal if they have reached it.
COHORT = """
FROM ({touched}) AS pass
LEFT JOIN campaigns_goalreached AS reached
    ON reached.contact_id = pass.contact_id AND reached.enrollment_id = pass.enrollment_id
    AND reached.goal = %(goal)s AND reached.touch <> 'none'
WHERE pass.first < %(until)s
    AND (%(since)s::timestamptz IS NULL OR pass.first >= %(since)s::timestamptz)
"""
COUNT = """
SELECT count(*), count(reached.id),
    count(*) FILTER (WHERE pass.first <= %(over)s),
    count(reached.id) FILTER (WHERE pass.first <= %(over)s)
"""


@dataclass(frozen=True)
class GoalLine:
    """
    One goal in numbers.

    ``rate`` is of the ``over`` whose window is over; by the day on which it happened there is
    none, and ``touched`` is None.
    """

    key: str
    name: str
    window_days: int
    touch: str
    credited: int
    before: int
    touched: int | None = None
    rate: Rate | None = None

    @property
    def immature(self) -> Rate | None:
        """How many of the passes may still reach it."""
        if self.rate is None or self.touched is None:
            return None
        return Rate(self.touched - self.rate.total, self.touched)


def count_goals(campaign: Campaign, period: Period, basis: str) -> list[GoalLine]:
    """Count every goal of the version that runs; two queries for each."""
    if campaign.published is None:
        return []
    goals = goals_of(campaign.published.definition).values()
    return [_count(campaign, goal, period, basis) for goal in goals]


def reached_in_period(
    campaign: Campaign, key: str, period: Period, *, basis: str, credited: bool
) -> QuerySet[GoalReached]:
    """Select who reached a goal: the people behind its numbers."""
    own = GoalReached.objects.filter(campaign=campaign, goal=key)
    goal = _goal(campaign, key)
    if credited and basis == "asked" and goal is not None:
        statement = f"SELECT reached.id {_cohort(goal)} AND reached.id IS NOT NULL"
        values = _values(campaign, goal, period)
        return own.filter(pk__in=_selected(statement, values))
    during = Q(occurred_at__lt=period.until)
    if period.since is not None:
        during &= Q(occurred_at__gte=period.since)
    before = Q(touch=Touch.NONE)
    return own.filter(during, ~before if credited else before)


def name_of_goal(campaign: Campaign, key: str) -> str:
    """Name a goal of the version that runs; its key if it is of an older one."""
    goal = _goal(campaign, key)
    return goal["name"] if goal else key


def _goal(campaign: Campaign, key: str) -> Goal | None:
    """Find a goal of the version that runs."""
    if campaign.published is None:
        return None
    return goals_of(campaign.published.definition).get(key)


def _count(campaign: Campaign, goal: Goal, period: Period, basis: str) -> GoalLine:
    """Count one goal."""
    key = goal["key"]
    shown: dict[str, Any] = {
        "key": key,
        "name": goal["name"],
        "window_days": goal["window_days"],
        "touch": goal["touch"],
    }
    before = reached_in_period(campaign, key, period, basis=basis, credited=False)
    if basis != "asked":
        found = reached_in_period(campaign, key, period, basis=basis, credited=True)
        return GoalLine(**shown, credited=found.count(), before=before.count())
    with connection.cursor() as cursor:
        cursor.execute(COUNT + _cohort(goal), _values(campaign, goal, period))
        touched, credited, over, credited_of_over = cursor.fetchone()
    return GoalLine(
        **shown,
        credited=credited,
        before=before.count(),
        touched=touched,
        rate=Rate(credited_of_over, over),
    )


def _cohort(goal: Goal) -> str:
    """Write the passes that count, by what the goal asks for."""
    return COHORT.format(touched=TOUCHED[goal["touch"]])


def _values(campaign: Campaign, goal: Goal, period: Period) -> dict[str, Any]:
    """Gather the values of a statement."""
    return {
        "campaign": campaign.pk,
        "goal": goal["key"],
        "since": period.since,
        "until": period.until,
        "over": period.until - timedelta(days=goal["window_days"]),
    }


def _selected(statement: str, values: dict[str, Any]) -> RawSQL:
    """Put a statement with named values into a query, whose values have no names."""
    names: list[str] = []

    class Placeholders(dict[str, str]):
        """Takes down the names in the order in which they are asked for."""

        def __missing__(self, name: str) -> str:
            names.append(name)
            return "%s"

    text = statement % Placeholders()
    return RawSQL(text, [values[name] for name in names])  # noqa: S611 - texts of ours
