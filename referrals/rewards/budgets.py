"""What the rewards of a program may cost: booked under lock, and never above the budget."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F, Sum
from django.db.models.functions import Greatest

from referrals.models import Program, Reward, RewardBudget, RewardEntry

# Whoever grants something without a budget keeps others from making one meanwhile.
SHARE = "SELECT FROM referrals_program WHERE id = %s FOR SHARE"


class BudgetTooSmall(ValueError):
    """More than that has been granted already."""


def book(*, program_id: int, currency: str, change_minor: int, now: datetime) -> bool:
    """
    Book what is granted, or given back where the change is below zero.

    Where it does not fit, nothing is booked and the budget pauses: False. A program without a
    budget may grant what it likes. The lock is held until the transaction ends, so take it last.
    """
    if not change_minor:
        return True
    budget = _lock_budget(program_id, currency)
    if budget is None:
        return True
    if change_minor > 0 and (budget.paused_at or change_minor > budget.left_minor):
        if budget.paused_at is None:
            RewardBudget.objects.filter(pk=budget.pk).update(paused_at=now)
        return False
    RewardBudget.objects.filter(pk=budget.pk).update(
        booked_minor=F("booked_minor") + change_minor
    )
    return True


def _lock_budget(program_id: int, currency: str) -> RewardBudget | None:
    """Lock the budget; where there is none, nobody makes one before this is committed."""
    known = RewardBudget.objects.select_for_update().filter(
        program=program_id, currency=currency
    )
    found = known.first()
    if found is None:
        with connection.cursor() as cursor:
            cursor.execute(SHARE, [program_id])
        found = known.first()
    return found


@transaction.atomic
def set_budget(
    *,
    program: Program,
    currency: str,
    amount_minor: int,
    low_percent: int,
    user: User | None,
    now: datetime,
) -> RewardBudget:
    """
    Give a program a budget in a currency, or change it; what waited is looked at again.

    :raises BudgetTooSmall: if more has been granted already
    """
    # Whoever grants something in this moment does so before or after.
    Program.objects.select_for_update().get(pk=program.pk)
    known = RewardBudget.objects.select_for_update().filter(
        program=program, currency=currency
    )
    budget = known.first() or RewardBudget(program=program, currency=currency)
    if budget.pk is None:
        budget.booked_minor = granted_minor(program_id=program.pk, currency=currency)
    if amount_minor < budget.booked_minor:
        raise BudgetTooSmall(budget.booked_minor)
    budget.amount_minor = amount_minor
    budget.low_percent = low_percent
    budget.paused_at = None
    budget.changed_at = now
    budget.changed_by = user
    budget.save()
    _look_again(program.pk, currency, now)
    return budget


@transaction.atomic
def remove_budget(*, budget: RewardBudget, now: datetime) -> None:
    """Let a program grant what it likes again."""
    Program.objects.select_for_update().get(pk=budget.program_id)
    _look_again(budget.program_id, budget.currency, now)
    budget.delete()


def granted_minor(*, program_id: int, currency: str) -> int:
    """Add up what is owed and what was delivered: what a budget has booked."""
    rewards = Reward.objects.filter(program=program_id, currency=currency)
    open_minor = rewards.aggregate(sum=Sum(Greatest("balance_minor", 0)))["sum"] or 0
    paid = RewardEntry.objects.filter(
        kind=RewardEntry.Kind.FULFILLED,
        currency=currency,
        reward_id__in=rewards.values("pk"),
    )
    return open_minor - (paid.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _look_again(program_id: int, currency: str, now: datetime) -> None:
    """Let time look at what waits for the budget."""
    Reward.objects.filter(
        program=program_id, currency=currency, wanted_minor__gt=0
    ).update(due_at=now)
