"""What time alone does to rewards: the hold ends, coupons arrive, a gift is not claimed."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from contacts.background import Backlog, backlog_of
from referrals.models import Delivery, Referral, Reward
from referrals.rewards.delivering import approve, deliver
from referrals.rewards.ledger import (
    BudgetSpent,
    Entry,
    Kind,
    change,
    lock_people,
    lock_reward,
)
from referrals.rewards.meet import take_back
from referrals.rewards.reckon import reckon_again
from referrals.rewards.states import State
from referrals.setbacks import Piece, Work, carefully, known_among

BATCH = 50
# What has to be reckoned or checked first is looked at again.
SOON = timedelta(minutes=1)


def for_time(now: datetime) -> QuerySet[Reward]:
    """Choose what time has to do with; credit on its way is the webhook's. On rewards_due."""
    by_webhook = Q(
        rule__delivery=Delivery.CREDIT, state__in=[State.APPROVED, State.SENDING]
    )
    return Reward.objects.filter(due_at__lte=now).exclude(by_webhook)


def due(now: datetime) -> Backlog:
    """See for how many rewards the time has come."""
    return backlog_of(for_time(now), "due_at")


def settle_due(*, now: datetime) -> int:
    """
    Do what time does, oldest first, each reward in a transaction of its own.

    :returns: how many were done; those that somebody else is at are left to the next round
    """
    rows = list(for_time(now).order_by("due_at", "earned_at", "pk")[:BATCH])
    failed = known_among(Work.SETTLE, [reward.pk for reward in rows])
    return sum(
        carefully(
            partial(_settle, reward, now=now),
            Piece(Work.SETTLE, reward.contact_id, reward.pk, reward.pk in failed),
            now=now,
        )
        for reward in rows
    )


@transaction.atomic
def _settle(reward: Reward, *, now: datetime) -> bool:
    """Do with one reward what its time has come for, if it still has; False if not."""
    if not lock_people([reward.contact_id]):
        return False
    locked = lock_reward(reward)
    if locked.due_at is None or locked.due_at > now:
        return False
    Reward.objects.filter(contact=locked.contact_id, pk=locked.pk).update(due_at=None)
    locked.due_at = None
    if _is_without_cause(locked):
        take_back(locked, reason="same_person", now=now)
        return True
    if locked.state == State.PENDING:
        _take_from_budget(locked, now)
    elif locked.wanted_minor:
        _want_again(locked, now)
    if locked.state == State.ON_HOLD:
        _end_hold(locked, now)
    elif locked.state == State.APPROVED:
        _go_on(locked, now)
    return True


def _is_without_cause(reward: Reward) -> bool:
    """Whether its referral became part of another one, or is none any more."""
    if reward.milestone_key.startswith("merged:"):
        return True
    own = Referral.objects.filter(
        contact=reward.referral_contact_id, pk=reward.referral_id
    )
    return bool(reward.referral_id) and not own.exists()


def _take_from_budget(reward: Reward, now: datetime) -> None:
    """Grant what waited for the budget, if it has room now."""
    amount = reward.wanted_minor
    entry = Entry(Kind.EARNED, State.ON_HOLD, "budget_raised", amount, amount)
    try:
        change(
            reward,
            entry,
            now=now,
            wanted_minor=0,
            because="hold",
            due_at=reward.held_until,
        )
    except BudgetSpent:
        return
    # What has changed since it began to wait is in the facts.
    reckon_again([reward], now=now)


def _want_again(reward: Reward, now: datetime) -> None:
    """Let what did not fit into the budget be reckoned again."""
    Reward.objects.filter(contact=reward.contact_id, pk=reward.pk).update(
        wanted_minor=0
    )
    reward.wanted_minor = 0
    reckon_again([reward], now=now)


def _end_hold(reward: Reward, now: datetime) -> None:
    """Approve what nobody has to look at; hand the rest to those who must."""
    if reward.because == "fraud_review":
        return
    if reward.held_until > now:
        Reward.objects.filter(contact=reward.contact_id, pk=reward.pk).update(
            due_at=reward.held_until
        )
    elif _is_being_reckoned(reward):
        # Something has happened that the ledger does not know yet.
        Reward.objects.filter(contact=reward.contact_id, pk=reward.pk).update(
            due_at=now + SOON
        )
    elif needs_people(reward):
        entry = Entry(Kind.HELD, State.AWAITING, "two_people")
        change(reward, entry, now=now, because="two_people", due_at=None)
    else:
        approve(reward, reason="hold_over", by=None, now=now)


def _is_being_reckoned(reward: Reward) -> bool:
    """Whether its referral waits for a reckoning, or to be checked."""
    return Referral.objects.filter(
        Q(rewards_due_at__isnull=False) | Q(judge_due_at__isnull=False),
        contact=reward.referral_contact_id,
        pk=reward.referral_id,
    ).exists()


def needs_people(reward: Reward) -> bool:
    """Whether it is worth so much that two people have to approve it."""
    limit = reward.rule.approval_over_minor
    return limit is not None and reward.amount_minor > limit


def _go_on(reward: Reward, now: datetime) -> None:
    """Deliver what is approved, or let it expire."""
    is_late = reward.expires_at is not None and reward.expires_at <= now
    if is_late and reward.rule.delivery == Delivery.GIFT:
        granted = reward.balance_minor
        entry = Entry(Kind.EXPIRED, State.EXPIRED, "expired", -granted, -granted)
        change(reward, entry, now=now, because="expired")
        return
    deliver(reward, now=now)
