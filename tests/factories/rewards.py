"""Reward rules, and referrals with their milestones, with the least that is valid."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from contacts.models import Contact
from referrals.models import (
    Advocate,
    Milestone,
    Program,
    Referral,
    Reward,
    RewardEntry,
    RewardRule,
)
from referrals.rewards.batches import make_batch, mark_paid
from referrals.rewards.due import settle_due
from referrals.rewards.reckon import reckon_due
from tests.factories.contacts import make_contact
from tests.factories.referrals import NOW, make_advocate, make_program

LATER = NOW + timedelta(days=15)
START = NOW - timedelta(days=365)
_numbers = count(1)


def make_rule(program: Program | None = None, **changes: Any) -> RewardRule:
    """Promise an advocate $20 for the first order of a friend, held for two weeks."""
    values: dict[str, Any] = {
        "program": program or make_program(),
        "role": "advocate",
        "stage": "won",
        "delivery": "payment",
        "amount_minor": 2000,
        "currency": "USD",
        "starts_at": START,
    }
    return RewardRule.objects.create(**values | changes)


def make_referral(
    advocate: Advocate | None = None,
    *,
    friend: Contact | None = None,
    at: datetime = NOW,
    **changes: Any,
) -> Referral:
    """Let a friend join through an advocate; fraud has found nothing."""
    advocate = advocate or make_advocate()
    friend = friend or make_contact()
    values: dict[str, Any] = {
        "advocate_contact_id": advocate.contact_id,
        "advocate_id": advocate.pk,
        "program_id": advocate.program_id,
        "source": "click",
        "lead_at": at,
        "fraud_state": "clear",
        "rewards_due_at": at,
    }
    return Referral.objects.create(contact=friend, **values | changes)


def make_order(
    referral: Referral,
    amount_minor: int | None = 6000,
    *,
    at: datetime = NOW,
    **changes: Any,
) -> Milestone:
    """Let the friend order, and let rewards be reckoned."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "program_id": referral.program_id,
        "stage": "won",
        "key": f"order:{number}",
        "event_id": number,
        "amount_minor": amount_minor,
        "currency": "USD" if amount_minor is not None else "",
        "occurred_at": at,
    }
    order = Milestone.objects.create(
        contact_id=referral.contact_id, referral_id=referral.pk, **values | changes
    )
    touch(referral, at)
    return order


def refund(order: Milestone, amount_minor: int, *, at: datetime = NOW) -> None:
    """Take a part of an order back."""
    order.refunded_minor += amount_minor
    order.save()
    touch(Referral.objects.get(pk=order.referral_id), at)


def touch(referral: Referral, at: datetime, **changes: Any) -> None:
    """Say that something about a referral has changed."""
    Referral.objects.filter(pk=referral.pk).update(rewards_due_at=at, **changes)


def work_off(now: datetime = NOW) -> None:
    """Reckon what is due, and let time do the rest, until nothing is left."""
    while reckon_due(now=now) + settle_due(now=now):
        pass


def ledger(reward: Reward) -> list[tuple[str, int, str, str]]:
    """The entries of a reward: what, how much, where it led, why."""
    entries = RewardEntry.objects.filter(reward_id=reward.pk).order_by("number")
    return list(entries.values_list("kind", "amount_minor", "state", "reason"))


def check_books() -> None:
    """Everything adds up: sums beside the ledger, numbers without gaps, budgets."""
    for reward in Reward.objects.all():
        entries = list(
            RewardEntry.objects.filter(reward_id=reward.pk).order_by("number")
        )
        assert [one.number for one in entries] == list(range(1, len(entries) + 1))
        assert sum(one.amount_minor for one in entries) == reward.balance_minor
        assert sum(one.granted_minor for one in entries) == reward.amount_minor
        assert entries[-1].state == reward.state
        assert {one.contact_id for one in entries} == {reward.contact_id}


def earned(
    rule: RewardRule | None = None, **changes: Any
) -> tuple[Advocate, Referral, Milestone]:
    """An advocate, a friend who ordered, and the order; reckoned."""
    rule = rule or make_rule(**changes)
    advocate = make_advocate(rule.program)
    referral = make_referral(advocate)
    order = make_order(referral)
    work_off()
    return advocate, referral, order


def paid(**changes: Any) -> Milestone:
    """A reward that was paid, with its order."""
    _, _, order = earned(**changes)
    work_off(LATER)
    mark_paid(
        batch=make_batch(currency="USD", user=None, now=LATER), user=None, now=LATER
    )
    return order
