"""Bring one reward to what is owed: grant it, correct it, hold it, take it back."""

from datetime import datetime

from referrals.models import Delivery, Reward, RewardRule
from referrals.rewards.facts import MONEY
from referrals.rewards.ledger import BudgetSpent, Entry, Kind, change
from referrals.rewards.states import (
    DELIVERED,
    OPEN,
    TAKEN_BACK,
    UNDER_WAY,
    State,
)
from referrals.rewards.terms import Owed

BY_HAND = "by_hand"
# Paid, and taken back by nobody; then why it is not owed any more is another reason.
AFTERWARDS = "refunded_after_payment"
# What is left of an order is not what it was.
CHANGED = "changed_order"


def grant(owed: Owed, *, rule: RewardRule, now: datetime) -> Reward:
    """Write a new reward; where the budget has no room for it, it waits."""
    reward = Reward(
        contact_id=owed.cause.contact_id,
        program=rule.program,
        rule=rule,
        role=owed.role,
        referral_contact_id=owed.friend_id,
        referral_id=owed.cause.referral_id,
        milestone_key=owed.cause.key,
        currency=owed.currency,
        state="",
        earned_at=owed.earned_at,
        created_at=now,
        held_until=owed.held_until,
    )
    _book(reward, owed, kind=Kind.EARNED, reason="earned", now=now)
    return reward


def _book(reward: Reward, owed: Owed, *, kind: str, reason: str, now: datetime) -> None:
    """Grant all that is owed, or let it wait for the budget."""
    amount = owed.amount_minor
    entry = Entry(kind, State.ON_HOLD, reason, amount, amount)
    fields = hold_of(owed) | {"wanted_minor": 0, "earned_at": owed.earned_at}
    try:
        change(reward, entry, now=now, **fields)
    except BudgetSpent:
        waiting = Entry(Kind.HELD, State.PENDING, "budget")
        change(reward, waiting, now=now, wanted_minor=amount, because="budget")


def hold_of(owed: Owed) -> dict[str, object]:
    """Say until when something is held, and what time or a person has to do."""
    return {
        "held_until": owed.held_until,
        "because": "fraud_review" if owed.is_waiting else "hold",
        "due_at": None if owed.is_waiting else owed.held_until,
        "referral_contact_id": owed.friend_id,
    }


def meet(reward: Reward, owed: Owed, *, rule: RewardRule, now: datetime) -> None:
    """Bring a reward that exists to what is owed; what is under way has to arrive first."""
    if _is_final(reward):
        return
    if reward.state in UNDER_WAY:
        _note_change(reward, owed.amount_minor)
    elif reward.state == State.PENDING:
        if reward.wanted_minor != owed.amount_minor:
            Reward.objects.filter(contact=reward.contact_id, pk=reward.pk).update(
                wanted_minor=owed.amount_minor
            )
    elif reward.state in TAKEN_BACK:
        _book(reward, owed, kind=Kind.RESTORED, reason="owed_again", now=now)
    elif reward.state in DELIVERED:
        if rule.delivery in MONEY:
            _correct(reward, owed.amount_minor, reason=AFTERWARDS, now=now)
    else:
        _correct(reward, owed.amount_minor, reason=CHANGED, now=now)
        _hold_again(reward, owed, now)


def _note_change(reward: Reward, target: int) -> None:
    """Let those who pay see that what is under way is not owed as it was any more."""
    because = "" if target == reward.amount_minor else CHANGED
    Reward.objects.filter(contact=reward.contact_id, pk=reward.pk).update(
        because=because
    )


def _is_final(reward: Reward) -> bool:
    """Whether nothing that happens changes it any more."""
    is_rejected = reward.state == State.REJECTED and reward.because == BY_HAND
    return is_rejected or reward.state == State.EXPIRED


def _correct(reward: Reward, target: int, *, reason: str, now: datetime) -> None:
    """Bring what is granted to another amount; who had more of it owes the rest."""
    difference = target - reward.amount_minor
    if not difference:
        return
    balance = reward.balance_minor + difference
    state, kind, fields = reward.state, Kind.ADJUSTED, {}
    if balance < 0:
        state = State.OWED_BACK
        kind = Kind.OWED_BACK if difference < 0 else Kind.RESTORED
    elif reward.state in DELIVERED:
        kind = Kind.RESTORED
        state = State.APPROVED if balance else State.FULFILLED
        fields = {"due_at": now if balance else None}
    entry = Entry(kind, state, reason, difference, difference)
    try:
        change(reward, entry, now=now, **fields)
    except BudgetSpent:
        # It stays at what was granted, and is reckoned again when there is more.
        Reward.objects.filter(contact=reward.contact_id, pk=reward.pk).update(
            wanted_minor=difference
        )


def _hold_again(reward: Reward, owed: Owed, now: datetime) -> None:
    """Hold what somebody doubts now, and let go what nobody doubts any more."""
    if reward.state not in OPEN or reward.state == State.FAILED:
        return
    hold = hold_of(owed)
    if owed.is_waiting and reward.state != State.ON_HOLD:
        entry = Entry(Kind.HELD, State.ON_HOLD, "fraud_review")
        change(reward, entry, now=now, **hold)
    elif reward.state == State.ON_HOLD and any(
        getattr(reward, name) != value for name, value in hold.items()
    ):
        Reward.objects.filter(contact=reward.contact_id, pk=reward.pk).update(**hold)


def take_back(reward: Reward, *, reason: str, now: datetime) -> None:
    """
    Take back what is not owed any more.

    What has been paid is owed back and set off against the next one. A coupon, a gift or a code
    that is out stays with the person.
    """
    if reward.state in UNDER_WAY:
        _note_change(reward, 0)
    if reward.state in (*UNDER_WAY, *TAKEN_BACK, State.EXPIRED):
        return
    is_delivered = reward.state in DELIVERED
    if is_delivered and Delivery(reward.rule.delivery) not in MONEY:
        return
    granted = reward.amount_minor
    if is_delivered and not granted:
        return
    if reward.balance_minor < granted:
        entry = Entry(Kind.OWED_BACK, State.OWED_BACK, reason, -granted, -granted)
        change(reward, entry, now=now, due_at=None, because=reason)
        return
    is_fraud = reason == "fraud_rejected"
    state = State.REJECTED if is_fraud and not is_delivered else State.REVERSED
    kind = Kind.REJECTED if is_fraud and not is_delivered else Kind.REVERSED
    entry = Entry(kind, state, reason, -granted, -granted)
    change(
        reward,
        entry,
        now=now,
        due_at=None,
        because=reason,
        wanted_minor=0,
        batch=None,
        proposed_by=None,
        proposed_at=None,
    )
