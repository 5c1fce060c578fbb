"""What rewards come to, by currency: what is owed, on hold, paid, owed back."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from referrals.models import Program, Reward, RewardEntry
from referrals.money import say_money
from referrals.rewards.states import LIABLE, State


@dataclass(frozen=True)
class Liability:
    """The rewards of one currency: how many are where, and what they come to."""

    currency: str
    count: int
    # Approved, and not delivered yet.
    approved_minor: int
    # Not approved yet: it may still be taken back.
    on_hold_minor: int
    # Waits for the budget; nobody was promised it yet.
    waiting_minor: int
    paid_minor: int
    owed_back_minor: int

    @property
    def told(self) -> list[tuple[str, str]]:
        """Write the amounts, each with its name; what is nothing only where it matters."""
        rows = [
            ("On hold", self.on_hold_minor, True),
            ("Approved, not delivered", self.approved_minor, True),
            ("Delivered", self.paid_minor, True),
            ("Waits for the budget", self.waiting_minor, False),
            ("Owed back to you", self.owed_back_minor, False),
        ]
        return [
            (name, say_money(minor, self.currency))
            for name, minor, is_always in rows
            if minor or is_always
        ]


def liability(*, program: Program | None = None) -> list[Liability]:
    """Add up the rewards of a program, or of all, by currency; two queries."""
    rewards = Reward.objects.exclude(currency="")
    entries = RewardEntry.objects.exclude(currency="").filter(
        kind=RewardEntry.Kind.FULFILLED
    )
    if program:
        rewards = rewards.filter(program=program)
        entries = entries.filter(
            reward_id__in=Reward.objects.filter(program=program).values("pk")
        )
    held = Q(state__in=[State.ON_HOLD, State.AWAITING])
    rows = rewards.values("currency").annotate(
        count=Count("pk"),
        approved=Sum("balance_minor", filter=Q(state__in=LIABLE) & ~held),
        on_hold=Sum("balance_minor", filter=held),
        waiting=Sum("wanted_minor"),
        owed_back=Sum("balance_minor", filter=Q(state=State.OWED_BACK)),
    )
    paid = dict(entries.values_list("currency").annotate(sum=Sum("amount_minor")))
    return [
        Liability(
            currency=row["currency"],
            count=row["count"],
            approved_minor=row["approved"] or 0,
            on_hold_minor=row["on_hold"] or 0,
            waiting_minor=row["waiting"] or 0,
            paid_minor=-(paid.get(row["currency"]) or 0),
            owed_back_minor=-(row["owed_back"] or 0),
        )
        for row in rows.order_by("currency")
    ]
