"""What people decide about rewards: two approve what is worth much, one may refuse or let go."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from referrals.models import CreditDecision, Reward
from referrals.rewards.delivering import approve
from referrals.rewards.ledger import Entry, Kind, change, lock_reward
from referrals.rewards.meet import BY_HAND
from referrals.rewards.states import State

NOTE_LENGTH = 500


class NotDecided(ValueError):
    """Nothing was changed; the message says why, to the person who tried."""


class SamePerson(NotDecided):
    """Two people have to approve it, and this one was the first, or gave the credit."""


@transaction.atomic
def approve_reward(*, reward: Reward, user: User, now: datetime) -> Reward:
    """
    Approve a reward that needs it: the first of two proposes, the second approves.

    Who gave the credit by hand may propose it, and not be the second.

    :raises SamePerson: if the same person tries twice
    :raises NotDecided: if it does not need approval any more
    """
    locked = lock_reward(reward)
    if locked.state != State.AWAITING:
        raise NotDecided("This reward does not need approval any more.")
    if locked.proposed_by_id is None:
        entry = Entry(Kind.PROPOSED, State.AWAITING, BY_HAND, by=user)
        change(locked, entry, now=now, proposed_by=user, proposed_at=now)
        return locked
    if locked.proposed_by_id == user.pk:
        raise SamePerson(
            "You have approved this reward already. Now somebody else has to."
        )
    if user.pk in _credited_by(locked):
        raise SamePerson(
            "You gave the credit for this referral. Somebody else has to approve it."
        )
    approve(locked, reason=BY_HAND, by=user, now=now)
    return locked


def _credited_by(reward: Reward) -> set[int | None]:
    """Find who gave or moved the credit for its referral by hand."""
    decisions = CreditDecision.objects.filter(
        contact=reward.referral_contact_id, referral_id=reward.referral_id
    )
    return set(decisions.values_list("decided_by", flat=True))


@transaction.atomic
def reject_reward(*, reward: Reward, user: User, note: str, now: datetime) -> Reward:
    """
    Refuse a reward for good, with a reason in the words of who does it.

    :raises NotDecided: if there is no reason, or it is too late
    """
    if not note.strip():
        raise NotDecided("Say why, so that support can tell the person.")
    locked = lock_reward(reward)
    refusable = (
        State.PENDING,
        State.ON_HOLD,
        State.AWAITING,
        State.APPROVED,
        State.FAILED,
    )
    if locked.state not in refusable:
        raise NotDecided("It is too late to refuse this reward.")
    granted = locked.balance_minor
    entry = Entry(
        Kind.REJECTED,
        State.REJECTED,
        BY_HAND,
        -granted,
        -granted,
        by=user,
        note=note.strip()[:NOTE_LENGTH],
    )
    change(
        locked,
        entry,
        now=now,
        because=BY_HAND,
        due_at=None,
        wanted_minor=0,
        proposed_by=None,
        proposed_at=None,
    )
    return locked


@transaction.atomic
def write_off(*, reward: Reward, user: User, note: str, now: datetime) -> Reward:
    """
    Let a person keep what was paid too much, with a reason.

    :raises NotDecided: if there is no reason, or nothing is owed back
    """
    if not note.strip():
        raise NotDecided("Say why, so that it can be understood later.")
    locked = lock_reward(reward)
    if locked.state != State.OWED_BACK:
        raise NotDecided("Nothing is owed back for this reward any more.")
    entry = Entry(
        Kind.WRITTEN_OFF,
        State.FULFILLED,
        BY_HAND,
        amount_minor=-locked.balance_minor,
        by=user,
        note=note.strip()[:NOTE_LENGTH],
    )
    change(locked, entry, now=now)
    return locked
