"""
The difference between what is owed and the ledger: found and written under lock.

A referral of which something changed is due. Its advocate and its friend are locked, what is
owed is worked out from scratch, and what is not in the ledger is appended. So it may run at any
time, twice, or in two workers at once, and ends with the same.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from contacts.background import Backlog, backlog_of
from contacts.models import Contact
from referrals.models import Delivery, Referral, Reward, RewardRule
from referrals.rewards.facts import (
    MONEY,
    case_of,
    counts_all_friends,
    rules_of,
    terms_of,
)
from referrals.rewards.ledger import BudgetSpent, Entry, Kind, change, lock_people
from referrals.rewards.owed import reckon_owed
from referrals.rewards.states import (
    DELIVERED,
    OPEN,
    TAKEN_BACK,
    UNDER_WAY,
    State,
)
from referrals.rewards.terms import ADVOCATE, FRIEND, Cause, Owed, Reckoning

BATCH = 50
BY_HAND = "by_hand"
# Paid, and taken back by nobody; then why it is not owed any more is another reason.
AFTERWARDS = "refunded_after_payment"
# What is left of an order is not what it was.
CHANGED = "changed_order"


def due(now: datetime) -> Backlog:
    """See which referrals wait for a reckoning. Leans on referrals_rewards_due."""
    return backlog_of(
        Referral.objects.filter(rewards_due_at__lte=now), "rewards_due_at"
    )


def reckon_due(*, now: datetime) -> int:
    """
    Reckon the referrals that are due, oldest first; each in a transaction of its own.

    :returns: how many were done; those that somebody else is at are left to the next round
    """
    waiting = (
        Referral.objects.filter(rewards_due_at__lte=now)
        .order_by("rewards_due_at", "pk")
        .values_list("pk", "contact_id", "advocate_contact_id")[:BATCH]
    )
    return sum(
        reckon_referral(pk, contact_id=friend, advocate_contact_id=advocate, now=now)
        for pk, friend, advocate in list(waiting)
    )


@transaction.atomic
def reckon_referral(
    pk: int, *, contact_id: int, advocate_contact_id: int, now: datetime
) -> bool:
    """Reckon one referral if it is still due; False if somebody else is at it."""
    former = Reward.objects.filter(
        referral_contact_id=contact_id, referral_id=pk, role=ADVOCATE
    ).values_list("contact", flat=True)
    if not lock_people([contact_id, advocate_contact_id, *former]):
        return False
    referral = (
        Referral.objects.select_for_update(of=("self",))
        .filter(
            contact=contact_id,
            pk=pk,
            advocate_contact_id=advocate_contact_id,
            rewards_due_at__lte=now,
        )
        .first()
    )
    if referral is None:
        return False
    rules = rules_of(referral.program_id)
    if rules:
        _reckon(referral, rules, now)
    Referral.objects.filter(contact=contact_id, pk=pk).update(rewards_due_at=None)
    return True


def reckoning_of(referral: Referral, rules: Sequence[RewardRule]) -> Reckoning:
    """Work out what is owed for a referral and, where it depends on them, for the others."""
    terms = terms_of(rules)
    referrals = [referral]
    if counts_all_friends(terms):
        referrals = list(
            Referral.objects.filter(
                advocate_contact_id=referral.advocate_contact_id,
                program=referral.program_id,
            ).order_by("lead_at", "pk")
        )
    case = case_of(
        rules=rules,
        advocate_contact_id=referral.advocate_contact_id,
        referrals=referrals,
    )
    return reckon_owed(terms, case)


def _reckon(referral: Referral, rules: Sequence[RewardRule], now: datetime) -> None:
    """Bring the ledgers of the advocate and the friend up to what is owed."""
    reckoning = reckoning_of(referral, rules)
    by_id = {rule.pk: rule for rule in rules}
    covers_all = counts_all_friends(terms_of(rules))
    rewards = _rewards_of(referral, covers_all=covers_all)
    gone = set(
        Contact.objects.filter(
            pk__in=[referral.contact_id, referral.advocate_contact_id],
            erased_at__isnull=False,
        ).values_list("pk", flat=True)
    )
    for owed in reckoning.owed:
        if not _is_ours(owed.role, owed.cause, referral):
            continue
        reward = rewards.pop(owed.cause, None)
        if reward:
            meet(reward, owed, rule=by_id[owed.cause.rule_id], now=now)
        elif owed.cause.contact_id not in gone:
            grant(owed, rule=by_id[owed.cause.rule_id], now=now)
    reasons = {one.cause: one.reason for one in reckoning.missed}
    otherwise = "withdrawn" if referral.withdrawn_at else "not_owed"
    for cause, reward in rewards.items():
        was_twice = cause.key.startswith("merged:")
        reason = "same_person" if was_twice else reasons.get(cause, otherwise)
        take_back(reward, reason=reason, now=now)
    for reward in _rewards_of_others(referral):
        take_back(reward, reason="credit_moved", now=now)


def _is_ours(role: str, cause: Cause, referral: Referral) -> bool:
    """Whether the person who is owed something is locked: of friends only this one is."""
    if role == FRIEND:
        return cause.referral_id == referral.pk
    return cause.contact_id == referral.advocate_contact_id


def _rewards_of(referral: Referral, *, covers_all: bool) -> dict[Cause, Reward]:
    """Lock the rewards that the reckoning speaks of."""
    locked = Reward.objects.select_for_update(of=("self",)).select_related("program")
    own = locked.filter(
        contact=referral.contact_id, role=FRIEND, referral_id=referral.pk
    )
    theirs = locked.filter(
        contact=referral.advocate_contact_id,
        role=ADVOCATE,
        program=referral.program_id,
    )
    if not covers_all:
        theirs = theirs.filter(referral_id=referral.pk)
    found = [*theirs.order_by("pk"), *own.order_by("pk")]
    return {
        Cause(one.rule_id, one.contact_id, one.referral_id, one.milestone_key): one
        for one in found
    }


def _rewards_of_others(referral: Referral) -> list[Reward]:
    """Lock what an advocate has who has the credit no more."""
    locked = Reward.objects.select_for_update(of=("self",)).select_related("program")
    others = locked.filter(
        referral_contact_id=referral.contact_id,
        referral_id=referral.pk,
        role=ADVOCATE,
    ).exclude(contact=referral.advocate_contact_id)
    return list(others.order_by("contact", "pk"))


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


def reckon_again(
    rewards: Mapping[int, Reward] | Sequence[Reward], *, now: datetime
) -> None:
    """Let the referrals of rewards be reckoned again: what was put off is due now."""
    rows = rewards.values() if isinstance(rewards, Mapping) else rewards
    for reward in rows:
        own = Referral.objects.filter(program=reward.program_id)
        if reward.referral_id:
            own = own.filter(contact=reward.referral_contact_id, pk=reward.referral_id)
        else:
            first = own.filter(advocate_contact_id=reward.contact_id).order_by("pk")[:1]
            own = Referral.objects.filter(
                pk__in=list(first.values_list("pk", flat=True))
            )
        own.update(rewards_due_at=now)
