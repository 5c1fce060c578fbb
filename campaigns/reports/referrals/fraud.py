"""
What the fraud checks did to the friends who joined in the period.

*Decided* are those whom the checks, or a person, cleared or rejected; the rate is of these. What
is held is what rewards of held friends are worth, as long as nobody has decided.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from campaigns.reports.referrals.filters import Filters, referrals_of
from campaigns.reports.referrals.money import HELD
from campaigns.statistics import Rate
from referrals.models import FraudDecision, FraudFinding, Referral, Reward

State = Referral.FraudState
DECIDED = (State.CLEAR, State.REJECTED)


@dataclass(frozen=True)
class CheckLine:
    """One check: what it found, and what became of these friends."""

    check: str
    found: int
    in_shadow: int
    held: int
    rejected: int
    cleared: int

    @property
    def rejected_rate(self) -> Rate:
        """How many of the decided ones were rejected."""
        return Rate(self.rejected, self.rejected + self.cleared)


@dataclass(frozen=True)
class FraudReport:
    """All of it; held value by currency, in minor units."""

    states: list[tuple[str, str, int]]
    rate: Rate
    held_value: list[tuple[str, int]]
    checks: list[CheckLine]
    by_people: list[tuple[str, str, int]]

    @property
    def total(self) -> int:
        """How many friends joined."""
        return sum(number for _, _, number in self.states)


def count_fraud(filters: Filters) -> FraudReport:
    """Count what the checks and people decided; four statements."""
    referrals = referrals_of(filters)
    rows = referrals.order_by("fraud_state").values_list("fraud_state")
    counts = dict(rows.annotate(number=Count("pk")))
    value = (
        Reward.objects.filter(
            state__in=HELD,
            referral_id__in=referrals.filter(fraud_state=State.HELD).values("pk"),
        )
        .exclude(currency="")
        .order_by("currency")
        .values_list("currency")
        .annotate(total=Sum("balance_minor"))
    )
    decisions = (
        FraudDecision.objects.filter(referral_id__in=referrals.values("pk"))
        .order_by("reason")
        .values_list("reason")
        .annotate(number=Count("pk"))
    )
    reasons = dict(FraudDecision.Reason.choices)
    return FraudReport(
        [(word, str(label), counts.get(word, 0)) for word, label in State.choices],
        Rate(
            counts.get(State.REJECTED, 0),
            sum(counts.get(state, 0) for state in DECIDED),
        ),
        list(value),
        count_checks(referrals),
        sorted(
            (
                (word, str(reasons.get(word, word)), number)
                for word, number in decisions
            ),
            key=lambda row: (-row[2], row[0]),
        ),
    )


def count_checks(referrals: QuerySet[Referral]) -> list[CheckLine]:
    """Count the findings of each check by what became of the friend; one statement."""
    states = {
        state: referrals.filter(fraud_state=state).values("pk")
        for state in (State.HELD, State.REJECTED, State.CLEAR)
    }
    rows: QuerySet[FraudFinding, Any] = (
        FraudFinding.objects.filter(referral_id__in=referrals.values("pk"))
        .order_by("check_kind")
        .values("check_kind")
        .annotate(
            found=Count("pk"),
            in_shadow=Count("pk", filter=Q(is_shadow=True)),
            **{
                str(state): Count("pk", filter=Q(referral_id__in=own, is_shadow=False))
                for state, own in states.items()
            },
        )
    )
    lines = [
        CheckLine(
            row["check_kind"],
            row["found"],
            row["in_shadow"],
            row[State.HELD],
            row[State.REJECTED],
            row[State.CLEAR],
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: (-line.found, line.check))
