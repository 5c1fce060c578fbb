"""Payments: approved money is gathered, handed over as a file, and marked as paid once."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from referrals.models import Delivery, Reward, RewardBatch
from referrals.money import from_minor
from referrals.rewards.delivering import fulfill
from referrals.rewards.ledger import (
    Entry,
    Kind,
    change,
    lock_in_turn,
    lock_reward,
)
from referrals.rewards.meet import CHANGED
from referrals.rewards.reckon import reckon_again
from referrals.rewards.states import State

CHUNK = 1_000
# So many rewards a payment holds; it is made and closed within one request.
MOST_IN_BATCH = 2_000
CSV_HEADERS = {
    "reward": "Reward",
    "email": "Email",
    "user_id": "User id",
    "first_name": "First name",
    "last_name": "Last name",
    "amount": "Amount",
    "currency": "Currency",
    "program": "Program",
    "charity": "Goes to charity",
}


class NothingToPay(ValueError):
    """No approved money waits for a payment."""


class BatchClosed(ValueError):
    """The payment was paid or canceled before."""


def payable() -> QuerySet[Reward]:
    """Choose approved money of people who can be paid."""
    return Reward.objects.filter(
        state=State.APPROVED,
        rule__delivery=Delivery.PAYMENT,
        balance_minor__gt=0,
        batch=None,
        contact__erased_at=None,
    )


def waiting_sums() -> list[dict[str, Any]]:
    """Add up what waits for a payment, by currency."""
    rows = payable().values("currency").order_by("currency")
    sums = rows.annotate(count=Count("pk"), sum_minor=Sum("balance_minor"))
    return [dict(row) for row in sums]


@transaction.atomic
def make_batch(
    *,
    currency: str,
    user: User | None,
    now: datetime,
    reward_ids: Sequence[int] | None = None,
) -> RewardBatch:
    """
    Gather approved money of a currency into a payment: all, or the rewards named.

    What has waited longest comes first; above ``MOST_IN_BATCH``, the rest is for the next one.

    Until it is paid or canceled, what is in it stays as it is; a refund meanwhile is
    reckoned afterwards.

    :raises NothingToPay: if nothing is left to gather
    """
    rows = payable().filter(currency=currency)
    if reward_ids is not None:
        rows = rows.filter(pk__in=reward_ids)
    oldest = rows.order_by("earned_at", "pk").values_list("pk", "contact")
    chosen = dict(oldest[:MOST_IN_BATCH])
    lock_in_turn(list(chosen.values()))
    locked = rows.filter(pk__in=chosen).select_for_update(of=("self",))
    batch = RewardBatch.objects.create(
        currency=currency, created_at=now, created_by=user
    )
    for reward in locked.select_related("program", "rule").order_by("contact", "pk"):
        batch.reward_count += 1
        batch.total_minor += reward.balance_minor
        entry = Entry(
            Kind.STARTED, State.SENDING, "in_payment", by=user, other_id=batch.pk
        )
        change(reward, entry, now=now, batch=batch)
    if not batch.reward_count:
        raise NothingToPay(currency)
    batch.save()
    return batch


@transaction.atomic
def mark_paid(*, batch: RewardBatch, user: User | None, now: datetime) -> RewardBatch:
    """
    Say that a payment was made: every reward in it, once.

    :raises BatchClosed: if somebody was faster
    """
    locked = _lock(batch)
    rewards = _lock_rewards(locked)
    for reward in rewards:
        fulfill(reward, reason="paid", by=user, other_id=locked.pk, now=now)
    _close(locked, RewardBatch.State.PAID, user, now)
    reckon_again(rewards, now=now)
    return locked


@transaction.atomic
def cancel_batch(
    *, batch: RewardBatch, user: User | None, now: datetime
) -> RewardBatch:
    """
    Take a payment apart again; its rewards are approved as before.

    :raises BatchClosed: if somebody was faster
    """
    locked = _lock(batch)
    rewards = _lock_rewards(locked)
    for reward in rewards:
        _take_out(reward, user, now)
    _close(locked, RewardBatch.State.CANCELED, user, now)
    reckon_again(rewards, now=now)
    return locked


@transaction.atomic
def take_out(*, reward: Reward, user: User | None, now: datetime) -> None:
    """
    Take one reward out of an open payment.

    :raises BatchClosed: if it is in none
    """
    if reward.batch is None:
        raise BatchClosed(reward)
    batch = _lock(reward.batch)
    own = lock_reward(reward)
    if own.batch_id != batch.pk or own.state != State.SENDING:
        raise BatchClosed(reward)
    batch.reward_count -= 1
    batch.total_minor -= own.balance_minor
    batch.save(update_fields=["reward_count", "total_minor"])
    _take_out(own, user, now)
    reckon_again([own], now=now)


def changed_meanwhile(batch: RewardBatch) -> QuerySet[Reward]:
    """Choose what is in an open payment and is not owed as it was put in any more."""
    return Reward.objects.filter(batch=batch, state=State.SENDING, because=CHANGED)


def csv_rows(batch: RewardBatch) -> Iterator[dict[str, Any]]:
    """Write who gets how much, for a bank or another tool."""
    rows = Reward.objects.filter(batch=batch).select_related("contact", "program")
    for reward in rows.order_by("contact", "pk").iterator(chunk_size=CHUNK):
        amount = reward.balance_minor
        if batch.state != RewardBatch.State.OPEN:
            amount = reward.amount_minor
        yield {
            "reward": reward.pk,
            "email": reward.contact.email,
            "first_name": reward.contact.first_name,
            "last_name": reward.contact.last_name,
            "amount": from_minor(amount, reward.currency),
            "currency": reward.currency,
            "program": reward.program.name,
            "charity": reward.charity,
        }


def _lock(batch: RewardBatch) -> RewardBatch:
    """Lock a payment that is still open."""
    locked = RewardBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if locked.state != RewardBatch.State.OPEN:
        raise BatchClosed(locked)
    return locked


def _lock_rewards(batch: RewardBatch) -> list[Reward]:
    """Lock the people and the rewards of a payment."""
    inside = Reward.objects.filter(batch=batch, state=State.SENDING)
    lock_in_turn(list(inside.values_list("contact", flat=True)))
    rows = inside.select_for_update(of=("self",)).select_related("program", "rule")
    return list(rows.order_by("contact", "pk"))


def _take_out(reward: Reward, user: User | None, now: datetime) -> None:
    """Let a reward wait for another payment."""
    entry = Entry(
        Kind.STOPPED,
        State.APPROVED,
        "payment_canceled",
        by=user,
        other_id=reward.batch_id,
    )
    change(reward, entry, now=now, batch=None, because="")


def _close(batch: RewardBatch, state: str, user: User | None, now: datetime) -> None:
    """Write who closed a payment, and how."""
    batch.state = state
    batch.closed_at = now
    batch.closed_by = user
    batch.save(update_fields=["state", "closed_at", "closed_by"])
