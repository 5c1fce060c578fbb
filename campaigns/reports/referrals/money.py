"""
What friends brought, what it cost, and what is still owed.

Revenue and rewards are of the friends who joined in the period and were not rejected, with all
their orders since, net of what was taken back; each currency by itself. A reward for a number
of friends belongs to no single one and counts on the day it was earned. What is owed is what is
owed now, whenever it was earned.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

from campaigns.reports.referrals.filters import Filters, referrals_of
from campaigns.reports.referrals.stages import NOT_REJECTED, friends_at
from campaigns.statistics import Rate
from referrals.models import Milestone, Program, Reward, RewardBudget

State = Reward.State
# What was granted for good: it costs, whether it has been handed over or not.
COSTS = (
    State.APPROVED,
    State.SENDING,
    State.FAILED,
    State.FULFILLED,
    State.OWED_BACK,
)
# What is owed now, by how sure it is.
APPROVED_UNPAID = (State.APPROVED, State.SENDING, State.FAILED)
HELD = (State.ON_HOLD, State.AWAITING)
# What an order is worth after what was taken back, as ``REVENUE`` has it.
NET = Case(
    When(canceled_at__isnull=False, then=Value(0)),
    default=Greatest(F("amount_minor") - F("refunded_minor"), Value(0)),
    output_field=BigIntegerField(),
)

# Adds up the orders of referrals. Leans on milestone_counts_once and the keys of referrals.
REVENUE = """
SELECT program_id, currency, count(*), sum(net), COALESCE(sum(net) FILTER (WHERE is_first), 0),
    sum(amount_minor - net)
FROM (
    SELECT won.program_id, won.currency, won.amount_minor,
        CASE WHEN won.canceled_at IS NOT NULL THEN 0
            ELSE GREATEST(won.amount_minor - won.refunded_minor, 0) END AS net,
        row_number() OVER (
            PARTITION BY won.contact_id, won.referral_id ORDER BY won.occurred_at, won.id
        ) = 1 AS is_first
    FROM referrals_milestone AS won
    WHERE won.stage = 'won' AND won.referral_id IN ({referrals})
) AS ordered
WHERE amount_minor IS NOT NULL
GROUP BY program_id, currency
"""
# What rewards cost, and the time from what earned them until they were handed over.
COST = """
SELECT program_id, currency,
    count(*) FILTER (WHERE state = ANY (%s)),
    COALESCE(sum(amount_minor) FILTER (WHERE state = ANY (%s)), 0),
    COALESCE(sum(amount_minor) FILTER (WHERE state = 'fulfilled'), 0),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY fulfilled_at - earned_at)
        FILTER (WHERE state = 'fulfilled')
FROM referrals_reward
WHERE id IN ({rewards})
GROUP BY program_id, currency
"""
OWED = """
SELECT program_id, currency,
    COALESCE(sum(balance_minor) FILTER (WHERE state = ANY (%s)), 0),
    COALESCE(sum(balance_minor) FILTER (WHERE state = ANY (%s)), 0),
    COALESCE(sum(wanted_minor) FILTER (WHERE state = 'pending'), 0),
    COALESCE(-sum(balance_minor) FILTER (WHERE state = 'owed_back'), 0)
FROM referrals_reward
WHERE %s::bigint IS NULL OR program_id = %s
GROUP BY program_id, currency
"""


@dataclass
class MoneyLine:
    """One program in one currency; amounts in minor units."""

    program: Program
    currency: str
    orders: int = 0
    revenue: int = 0
    first_orders: int = 0
    taken_back: int = 0
    rewards: int = 0
    cost: int = 0
    delivered: int = 0
    time_to_reward: timedelta | None = None
    approved: int = 0
    held: int = 0
    waiting: int = 0
    owed_back: int = 0
    won: int = 0
    budget: RewardBudget | None = None

    @property
    def cost_per_won(self) -> int | None:
        """What a friend who bought cost, in whole minor units; None without one."""
        return round(self.cost / self.won) if self.won else None

    @property
    def budget_rate(self) -> Rate:
        """Which part of the budget is booked."""
        if self.budget is None:
            return Rate(0, 0)
        return Rate(self.budget.booked_minor, self.budget.amount_minor)

    @property
    def owed(self) -> list[tuple[str, str, int]]:
        """What is owed now: the word of the class, its name and the amount."""
        return [
            ("approved", "Approved, not delivered", self.approved),
            ("held", "On hold", self.held),
            ("waiting", "Waits for the budget", self.waiting),
            ("owed_back", "Owed back to you", self.owed_back),
        ]


@dataclass(frozen=True)
class MoneyReport:
    """All lines, those with the most revenue first."""

    lines: list[MoneyLine]
    # Friends who bought, by program.
    won: dict[int, int] = field(default_factory=dict)


def count_money(filters: Filters) -> MoneyReport:
    """Add up revenue, cost and what is owed; six statements."""
    programs = Program.objects.in_bulk()
    lines: dict[tuple[int, str], MoneyLine] = {}

    def line_of(program_id: int, currency: str) -> MoneyLine:
        """Find the line of a program and a currency, or begin it."""
        key = (program_id, currency)
        return lines.setdefault(key, MoneyLine(programs[program_id], currency))

    for row in _rows(REVENUE, referrals=counted(filters)):
        line = line_of(*row[:2])
        line.orders, line.revenue, line.first_orders, line.taken_back = row[2:]
    costs = [str(state) for state in COSTS]
    for row in _rows(COST, costs, costs, rewards=rewards_of(filters)):
        line = line_of(*row[:2])
        line.rewards, line.cost, line.delivered, line.time_to_reward = row[2:]
    for row in _rows(OWED, list(APPROVED_UNPAID), list(HELD), *[filters.program] * 2):
        line = line_of(*row[:2])
        line.approved, line.held, line.waiting, line.owed_back = row[2:]
    won = count_won(filters)
    budgets = RewardBudget.objects.order_by("pk")
    if filters.program is not None:
        budgets = budgets.filter(program=filters.program)
    for budget in budgets:
        line_of(budget.program_id, budget.currency).budget = budget
    for line in lines.values():
        line.won = won.get(line.program.pk, 0)
    kept = [line for line in lines.values() if line.currency or line.rewards]
    return MoneyReport(
        sorted(
            kept,
            key=lambda one: (-one.revenue, -one.cost, one.program.pk, one.currency),
        ),
        won,
    )


def counted(filters: Filters) -> QuerySet[Any]:
    """Select the referrals whose money counts."""
    return referrals_of(filters).filter(NOT_REJECTED)


def rewards_of(filters: Filters) -> QuerySet[Reward]:
    """Select the rewards of these referrals, and those for a number of friends."""
    of_one = Q(referral_id__in=counted(filters).values("pk"))
    if filters.narrows_asks:
        return Reward.objects.filter(of_one)
    during = Q(referral_id=0, earned_at__lt=filters.period.until)
    if filters.period.since is not None:
        during &= Q(earned_at__gte=filters.period.since)
    if filters.program is not None:
        during &= Q(program=filters.program)
    return Reward.objects.filter(of_one | during)


def orders_of(filters: Filters) -> QuerySet[Milestone]:
    """Select the orders of these referrals whose worth is known."""
    return Milestone.objects.filter(
        stage="won",
        amount_minor__isnull=False,
        referral_id__in=counted(filters).values("pk"),
    )


def owed_in(filters: Filters, states: tuple[Reward.State, ...]) -> QuerySet[Reward]:
    """Select the rewards that are in a state now, whenever they were earned."""
    rewards = Reward.objects.filter(state__in=states)
    return (
        rewards if filters.program is None else rewards.filter(program=filters.program)
    )


def count_won(filters: Filters) -> dict[int, int]:
    """Count the friends who bought, by program."""
    won = referrals_of(filters).filter(friends_at("won")).order_by("program_id")
    return dict(won.values_list("program_id").annotate(number=Count("pk")))


def _rows(statement: str, *values: Any, **selected: QuerySet[Any]) -> list[Any]:
    """Run a statement over the rows that querysets select."""
    texts = {}
    params: list[Any] = list(values)
    for name, rows in selected.items():
        text, own = rows.order_by().values("pk").query.sql_with_params()
        texts[name] = text
        params += own
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**texts), params)
        return list(cursor.fetchall())
