"""How an approved reward reaches the person: what happens by itself, and what a person does."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from referrals.models import Delivery, Reward, RewardAddress
from referrals.rewards.coupons import take_coupon
from referrals.rewards.facts import MONEY
from referrals.rewards.ledger import Entry, Kind, change, lock_reward
from referrals.rewards.states import LIABLE, State

# Why a gift waits.
NO_ADDRESS = "no_address"
# A pool without coupons is looked at again.
ASK_POOL_AGAIN = timedelta(hours=1)


class NotDelivered(ValueError):
    """The reward is not one that can be delivered this way now; the message says why."""


def approve(
    reward: Reward, *, reason: str, by: User | None, note: str = "", now: datetime
) -> None:
    """Approve a locked reward, set off what the person owes, and deliver what delivers itself."""
    entry = Entry(Kind.APPROVED, State.APPROVED, reason, by=by, note=note)
    expires = reward.rule.expires_days
    change(
        reward,
        entry,
        now=now,
        because="",
        approved_at=now,
        approved_by=by,
        expires_at=now + timedelta(days=expires) if expires else None,
        due_at=None,
    )
    deliver(reward, now=now)


def deliver(reward: Reward, *, now: datetime) -> None:
    """Do with an approved reward what needs nobody; the rest waits for a person or a webhook."""
    set_off(reward, now=now)
    if reward.state != State.APPROVED:
        return
    WAYS_OUT[Delivery(reward.rule.delivery)](reward, now)


def fulfill(
    reward: Reward,
    *,
    reason: str,
    by: User | None = None,
    other_id: int | None = None,
    now: datetime,
    coupon_code: str = "",
) -> None:
    """Write that a locked reward has reached the person."""
    entry = Entry(
        Kind.FULFILLED,
        State.FULFILLED,
        reason,
        amount_minor=-reward.balance_minor,
        by=by,
        other_id=other_id,
    )
    change(
        reward,
        entry,
        now=now,
        fulfilled_at=now,
        due_at=None,
        because="",
        problem="",
        coupon_code=coupon_code or reward.coupon_code,
    )


@transaction.atomic
def mark_sent(*, reward: Reward, user: User, now: datetime) -> None:
    """
    Say that somebody has sent a gift.

    :raises NotDelivered: if it is no gift, or not approved any more
    """
    locked = lock_reward(reward)
    if locked.state != State.APPROVED or locked.rule.delivery != Delivery.GIFT:
        raise NotDelivered("Only an approved gift can be marked as sent.")
    fulfill(locked, reason="by_hand", by=user, now=now)


@transaction.atomic
def choose_charity(
    *, reward: Reward, charity: str, by: User | None, now: datetime
) -> None:
    """
    Let a charity of the rule have the money instead; blank takes that back.

    :raises NotDelivered: if it is not one of them, or it is too late
    """
    locked = lock_reward(reward)
    if charity and charity not in locked.rule.charities:
        raise NotDelivered("The rule does not name this charity.")
    if not may_choose_charity(locked):
        raise NotDelivered("It is too late to choose for this reward.")
    if locked.charity == charity:
        return
    entry = Entry(Kind.CHOSEN, locked.state, "charity", by=by, note=charity)
    change(locked, entry, now=now, charity=charity)


def may_choose_charity(reward: Reward) -> bool:
    """Whether it can still be said who gets the money: until it is in a payment."""
    return reward.state in LIABLE and reward.state != State.SENDING


def set_off(reward: Reward, *, now: datetime) -> None:
    """Set off what the person was paid too much against money that is to be paid."""
    if reward.rule.delivery not in MONEY or reward.balance_minor <= 0:
        return
    debts = (
        Reward.objects.select_for_update(of=("self",))
        .select_related("program", "rule")
        .filter(
            contact=reward.contact_id,
            state=State.OWED_BACK,
            currency=reward.currency,
        )
        .order_by("earned_at", "pk")
    )
    for debt in debts:
        part = min(reward.balance_minor, -debt.balance_minor)
        if not part:
            break
        left = debt.balance_minor + part
        paid_off = State.FULFILLED if debt.amount_minor else State.REVERSED
        change(
            debt,
            Entry(
                Kind.OFFSET,
                State.OWED_BACK if left else paid_off,
                "set_off",
                amount_minor=part,
                other_id=reward.pk,
            ),
            now=now,
        )
        is_used_up = reward.balance_minor == part
        change(
            reward,
            Entry(
                Kind.OFFSET,
                State.FULFILLED if is_used_up else reward.state,
                "set_off",
                amount_minor=-part,
                other_id=debt.pk,
            ),
            now=now,
            **({"fulfilled_at": now, "due_at": None} if is_used_up else {}),
        )


def _wait_for_payment(reward: Reward, now: datetime) -> None:
    """Wait for somebody who makes a payment."""


def _wait_for_person(reward: Reward, now: datetime) -> None:
    """Wait for the address and for somebody who sends it, or for the end of its time."""
    known = RewardAddress.objects.filter(
        contact_id=reward.contact_id, reward_id=reward.pk
    )
    if not reward.rule.needs_address:
        _set(reward, due_at=reward.expires_at)
    elif known.exists():
        # The person has done all that was asked: it does not expire any more.
        _set(reward, because="", due_at=None)
    else:
        _set(reward, because=NO_ADDRESS, due_at=reward.expires_at)


def _wait_for_webhook(reward: Reward, now: datetime) -> None:
    """Let it leave now."""
    _set(reward, due_at=now)


def _give_thanks(reward: Reward, now: datetime) -> None:
    """Be done."""
    fulfill(reward, reason="thanks", now=now)


def _give_shared_code(reward: Reward, now: datetime) -> None:
    """Give the code that is the same for all."""
    code = reward.rule.shared_code
    fulfill(reward, reason="shared_code", coupon_code=code, now=now)


def _give_coupon(reward: Reward, now: datetime) -> None:
    """Give the next coupon of the pool; without one, wait."""
    code = take_coupon(reward, now=now)
    if code is None:
        _set(reward, because="no_coupon", due_at=now + ASK_POOL_AGAIN)
        return
    fulfill(reward, reason="coupon", coupon_code=code, now=now)


def _set(reward: Reward, **fields: object) -> None:
    """Set columns that are no part of the ledger."""
    Reward.objects.filter(contact=reward.contact_id, pk=reward.pk).update(**fields)
    for name, value in fields.items():
        setattr(reward, name, value)


WAYS_OUT: dict[Delivery, Callable[[Reward, datetime], None]] = {
    Delivery.PAYMENT: _wait_for_payment,
    Delivery.COUPON: _give_coupon,
    Delivery.SHARED_CODE: _give_shared_code,
    Delivery.CREDIT: _wait_for_webhook,
    Delivery.GIFT: _wait_for_person,
    Delivery.THANKS: _give_thanks,
}
