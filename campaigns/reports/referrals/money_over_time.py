"""
What friends brought and what it cost as time went by, and what is owed now; by currency.

Orders count when they were placed and rewards when they were earned, each of the friends of the
report, so the columns add up to its sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Func, IntegerField, Sum, Value

from campaigns.reports.referrals.filters import Filters
from campaigns.reports.referrals.money import (
    COSTS,
    NET,
    MoneyLine,
    orders_of,
    rewards_of,
)
from campaigns.reports.referrals.stretches import Stretches

# In the order of the picture: what is owed, from sure to unsure.
OWED = ("approved", "held", "waiting")


@dataclass
class Curve:
    """One currency; the sums of each stretch, and what is owed by class, in minor units."""

    currency: str
    begins: list[date]
    revenue: list[int] = field(default_factory=list)
    cost: list[int] = field(default_factory=list)
    owed: dict[str, int] = field(default_factory=dict)
    rows: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self.revenue = [0] * len(self.begins)
        self.cost = [0] * len(self.begins)
        self.owed = dict.fromkeys(OWED, 0)

    @property
    def has_movement(self) -> bool:
        """Whether anything came in or went out in this time."""
        return any(self.revenue) or any(self.cost)


def count_over_time(
    filters: Filters, stretches: Stretches, lines: Sequence[MoneyLine]
) -> list[Curve]:
    """Add up orders and rewards by stretch, the currency of most of them first; two queries."""
    curves: dict[str, Curve] = {}

    def curve_of(currency: str) -> Curve:
        """Find the curve of a currency, or begin it."""
        return curves.setdefault(currency, Curve(currency, stretches.begins))

    orders = orders_of(filters).annotate(
        place=place_of("occurred_at", stretches.limits), net=NET
    )
    for currency, place, number, total in _sums(orders, "net"):
        curve = curve_of(currency)
        curve.revenue[max(place - 1, 0)] += int(total)
        curve.rows += number
    rewards = rewards_of(filters).filter(state__in=COSTS)
    rewards = rewards.annotate(place=place_of("earned_at", stretches.limits))
    for currency, place, number, total in _sums(rewards, "amount_minor"):
        curve = curve_of(currency)
        curve.cost[max(place - 1, 0)] += int(total)
        curve.rows += number
    for line in lines:
        for word in OWED:
            if line.currency and getattr(line, word):
                curve_of(line.currency).owed[word] += int(getattr(line, word))
    curves.pop("", None)
    return sorted(curves.values(), key=lambda curve: (-curve.rows, curve.currency))


def place_of(name: str, limits: Sequence[datetime]) -> Func:
    """Number the stretch of a time, from 1; 0 is before all of them."""
    return Func(
        F(name),
        Value(list(limits)),
        function="width_bucket",
        template="%(function)s(%(expressions)s::timestamptz[])",
        output_field=IntegerField(),
    )


def _sums(rows: Any, name: str) -> Any:
    """Add up by currency and stretch."""
    return (
        rows.order_by()
        .values_list("currency", "place")
        .annotate(number=Count("pk"), total=Sum(name))
    )
