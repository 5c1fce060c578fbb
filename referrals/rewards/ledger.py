"""
The only door to change a reward: an entry in its ledger and the sums beside it, together.

Whoever calls holds the lock of the reward. Entries are never changed. What is booked in the
budget follows from them: all that is still to be delivered, and all that was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from contacts.events import Fact, record
from referrals.event_names import (
    REWARD_APPROVED,
    REWARD_EARNED,
    REWARD_PAID,
    REWARD_REVERSED,
)
from referrals.models import Referral, Reward, RewardEntry
from referrals.money import from_minor
from referrals.rewards.budgets import book
from referrals.rewards.states import check_way

Kind = RewardEntry.Kind
EVENTS: dict[str, str] = {
    Kind.EARNED: REWARD_EARNED,
    Kind.RESTORED: REWARD_EARNED,
    Kind.APPROVED: REWARD_APPROVED,
    Kind.FULFILLED: REWARD_PAID,
    Kind.REVERSED: REWARD_REVERSED,
    Kind.REJECTED: REWARD_REVERSED,
    Kind.OWED_BACK: REWARD_REVERSED,
    Kind.EXPIRED: REWARD_REVERSED,
}

# Locks people whom nobody else has, in the order of their ids.
LOCK_FREE = """
SELECT id FROM contacts_contact
WHERE id = ANY (%s)
ORDER BY id
FOR NO KEY UPDATE SKIP LOCKED
"""
# Locks people, whoever has them, in the same order.
LOCK = """
SELECT id FROM contacts_contact
WHERE id = ANY (%s)
ORDER BY id
FOR NO KEY UPDATE
"""


class BudgetSpent(Exception):
    """What is granted does not fit into the program's budget; nothing was written."""


@dataclass(frozen=True)
class Entry:
    """A change to write: what, where it leads, its amounts, who and why."""

    kind: str
    state: str
    reason: str
    # What it adds to what is still to be delivered, and to what is granted.
    amount_minor: int = 0
    granted_minor: int = 0
    by: User | None = None
    note: str = ""
    other_id: int | None = None


def lock_people(contact_ids: Sequence[int]) -> bool:
    """Lock the people whose rewards are to change; False if somebody else is at one of them."""
    return lock_free(contact_ids) >= set(contact_ids)


def lock_free(contact_ids: Iterable[int]) -> set[int]:
    """
    Lock those of some people at whom nobody else is, and say who they are.

    Nobody is waited for, so nobody waits in a circle; a contact who is gone is no hindrance.
    """
    wanted = set(contact_ids)
    with connection.cursor() as cursor:
        cursor.execute(LOCK_FREE, [sorted(wanted)])
        free = {row[0] for row in cursor.fetchall()}
        if free == wanted:
            return free
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE id = ANY (%s)", [sorted(wanted)]
        )
        there = {row[0] for row in cursor.fetchall()}
    return free | (wanted - there)


def lock_reward(reward: Reward) -> Reward:
    """Lock the person and then the reward, and read it anew."""
    lock_in_turn([reward.contact_id])
    locked = Reward.objects.select_for_update(of=("self",))
    return locked.select_related("rule", "program").get(
        contact=reward.contact_id, pk=reward.pk
    )


def lock_in_turn(contact_ids: Sequence[int]) -> None:
    """Wait for people whose rewards are to change, in the order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [sorted(set(contact_ids))])


def change(reward: Reward, entry: Entry, *, now: datetime, **fields: Any) -> None:
    """
    Write an entry and what it makes of the reward; ``fields`` are other columns to set.

    :raises WayNotOpen: if the reward can't go there
    :raises BudgetSpent: if more is granted than the budget has
    """
    check_way(reward.state, entry.state)
    balance = reward.balance_minor + entry.amount_minor
    booked = max(balance, 0) - max(reward.balance_minor, 0)
    if entry.kind == Kind.FULFILLED:
        booked -= entry.amount_minor
    if not book(
        program_id=reward.program_id,
        currency=reward.currency,
        change_minor=booked,
        now=now,
    ):
        raise BudgetSpent(reward)
    reward.state = entry.state
    reward.balance_minor = balance
    reward.amount_minor += entry.granted_minor
    reward.entry_count += 1
    for name, value in fields.items():
        setattr(reward, name, value)
    reward.save()
    RewardEntry.objects.create(
        contact_id=reward.contact_id,
        reward_id=reward.pk,
        number=reward.entry_count,
        kind=entry.kind,
        amount_minor=entry.amount_minor,
        granted_minor=entry.granted_minor,
        currency=reward.currency,
        state=entry.state,
        at=now,
        by=entry.by,
        reason=entry.reason,
        note=entry.note,
        other_id=entry.other_id,
    )
    if entry.kind in EVENTS:
        _tell(reward, entry, now)


def _tell(reward: Reward, entry: Entry, now: datetime) -> None:
    """Record on the person's contact what became of the reward."""
    referral = Referral.objects.filter(
        contact=reward.referral_contact_id, pk=reward.referral_id
    ).first()
    amount = abs(entry.amount_minor) or reward.amount_minor
    properties = {
        "program": reward.program.name,
        "program_id": reward.program_id,
        "role": str(reward.role),
        "reward_id": reward.pk,
        "reason": entry.reason,
        **({"channel": referral.channel} if referral and referral.channel else {}),
    }
    if reward.currency:
        money = from_minor(amount, reward.currency)
        whole = money == money.to_integral_value()
        properties["amount"] = int(money) if whole else float(money)
        properties["currency"] = reward.currency
    key = f"reward:{reward.pk}:{reward.entry_count}"
    fact = Fact(reward.contact_id, EVENTS[entry.kind], now, key, properties)
    record(fact, now=now)
