"""
The difference between what is owed and the ledger: found and written under lock.

A referral of which something changed is due. Its advocate and its friend are locked, what is
owed is worked out from scratch, and what is not in the ledger is appended (``meet``). So it may run
at any time, twice, or in two workers at once, and ends with the same.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from contacts.background import Backlog, backlog_of
from contacts.models import Contact
from referrals.models import CreditDecision, Referral, Reward, RewardRule
from referrals.rewards.facts import case_of, counts_all_friends, rules_of, terms_of
from referrals.rewards.ledger import lock_free
from referrals.rewards.meet import grant, meet, take_back
from referrals.rewards.owed import counting_all, reckon_owed
from referrals.rewards.terms import ADVOCATE, FRIEND, Cause, Reckoning
from referrals.rewards.tiers import tell_tiers
from referrals.setbacks import PASSING, Piece, Work, carefully, forget_rows

BATCH = 50
# So many of one advocate at most, where all friends count.
OF_ADVOCATE = 500

log = logging.getLogger(__name__)


class Due(NamedTuple):
    """A referral that is to be reckoned."""

    pk: int
    contact_id: int
    advocate_contact_id: int
    program_id: int


def due(now: datetime) -> Backlog:
    """See which referrals wait for a reckoning. Leans on referrals_rewards_due."""
    return backlog_of(
        Referral.objects.filter(rewards_due_at__lte=now), "rewards_due_at"
    )


def reckon_due(*, now: datetime) -> int:
    """
    Reckon the referrals that are due, oldest first; those of one advocate in one transaction.

    :returns: how many were done; those that somebody else is at are left to the next round
    """
    waiting = (
        Referral.objects.filter(rewards_due_at__lte=now)
        .order_by("rewards_due_at", "pk")
        .values_list(*Due._fields)[:BATCH]
    )
    groups: defaultdict[tuple[int, int], list[Due]] = defaultdict(list)
    for due in map(Due._make, list(waiting)):
        groups[due.advocate_contact_id, due.program_id].append(due)
    return sum(_reckon_group(group, now) for group in groups.values())


def _reckon_group(dues: Sequence[Due], now: datetime) -> int:
    """Reckon referrals of one advocate together; if that fails, each alone."""
    if len(dues) > 1:
        try:
            return reckon_referrals(_with_others(dues, now), now=now)
        except PASSING:
            raise
        except Exception:
            log.exception("Referrals could not be reckoned; each is tried alone.")
    return sum(
        carefully(
            partial(reckon_referrals, [due], now=now),
            Piece(Work.RECKON, due.contact_id, due.pk),
            now=now,
        )
        for due in dues
    )


def _with_others(dues: Sequence[Due], now: datetime) -> Sequence[Due]:
    """Take the others of the advocate along where all friends have to be read anyway."""
    if not counts_all_friends(terms_of(rules_of(dues[0].program_id))):
        return dues
    others = Referral.objects.filter(
        advocate_contact_id=dues[0].advocate_contact_id,
        program=dues[0].program_id,
        rewards_due_at__lte=now,
    ).order_by("rewards_due_at", "pk")
    return [Due._make(row) for row in others.values_list(*Due._fields)[:OF_ADVOCATE]]


@transaction.atomic
def reckon_referrals(dues: Sequence[Due], *, now: datetime) -> int:
    """
    Reckon those of an advocate's referrals in a program that are still due.

    :returns: how many; those that somebody else is at are left out
    """
    if not dues:
        return 0
    advocate = dues[0].advocate_contact_id
    holders = _holders_of(dues)
    free = lock_free({advocate, *(pk for people in holders.values() for pk in people)})
    ours = [due for due in dues if holders[due.pk] <= free] if advocate in free else []
    referrals = list(
        Referral.objects.select_for_update(of=("self",))
        .filter(
            contact__in=[due.contact_id for due in ours],
            pk__in=[due.pk for due in ours],
            advocate_contact_id=advocate,
            rewards_due_at__lte=now,
        )
        .order_by("lead_at", "pk")
    )
    if not referrals:
        return 0
    rules = rules_of(referrals[0].program_id)
    if rules:
        _reckon(referrals, rules, now)
        holding = {pk for referral in referrals for pk in holders[referral.pk]}
        friends = {referral.contact_id for referral in referrals}
        _let_go(referrals[0], holding - friends - {advocate}, now)
    ids = [referral.pk for referral in referrals]
    Referral.objects.filter(
        contact__in=[referral.contact_id for referral in referrals], pk__in=ids
    ).update(rewards_due_at=None)
    forget_rows(Work.RECKON, ids)
    return len(referrals)


def _holders_of(dues: Sequence[Due]) -> dict[int, set[int]]:
    """Say who has or had something of each referral: the friend, and former advocates."""
    holders = {due.pk: {due.contact_id} for due in dues}
    rows = Reward.objects.filter(
        referral_contact_id__in=[due.contact_id for due in dues],
        referral_id__in=list(holders),
        role=ADVOCATE,
    )
    for referral_id, contact_id in rows.values_list("referral_id", "contact"):
        holders[referral_id].add(contact_id)
    moved = CreditDecision.objects.filter(
        contact__in=[due.contact_id for due in dues],
        referral_id__in=list(holders),
        kind=CreditDecision.Kind.MOVED,
    )
    for referral_id, before in moved.values_list("referral_id", "from_contact_id"):
        if before:
            holders[referral_id].add(before)
    return holders


def _let_go(referral: Referral, former: Collection[int], now: datetime) -> None:
    """
    Take back what advocates got for numbers of friends who have none left.

    Who has others is reckoned with one of those, as ``by_hand.move_credit`` sees to.
    """
    if not former:
        return
    program = referral.program_id
    others = Referral.objects.filter(advocate_contact_id__in=former, program=program)
    alone = set(former) - set(others.values_list("advocate_contact_id", flat=True))
    locked = Reward.objects.select_for_update(of=("self",)).select_related("program")
    rewards = locked.filter(
        contact__in=alone, program=program, role=ADVOCATE, referral_id=0
    )
    for reward in rewards.order_by("contact", "pk"):
        take_back(reward, reason="credit_moved", now=now)


def reckoning_of(
    referrals: Sequence[Referral], rules: Sequence[RewardRule]
) -> Reckoning:
    """
    Work out what is owed for referrals of an advocate and, where it depends on them, for others.
    """
    terms, every = terms_of(rules), list(referrals)
    if counts_all_friends(terms):
        every = list(
            Referral.objects.filter(
                advocate_contact_id=referrals[0].advocate_contact_id,
                program=referrals[0].program_id,
            )
            .only(
                *("contact_id", "program_id", "advocate_contact_id", "lead_at"),
                *("fraud_state", "judge_due_at", "withdrawn_at"),
            )
            .order_by("lead_at", "pk")
        )
    case = case_of(
        rules=rules,
        advocate_contact_id=referrals[0].advocate_contact_id,
        referrals=every,
        own=referrals,
    )
    return reckon_owed(terms, case)


def _reckon(
    referrals: Sequence[Referral], rules: Sequence[RewardRule], now: datetime
) -> None:
    """Bring the ledgers of the advocate and the friends up to what is owed."""
    reckoning = reckoning_of(referrals, rules)
    by_id = {rule.pk: rule for rule in rules}
    terms = terms_of(rules)
    rewards = _rewards_of(referrals, counting_all(terms))
    people = {referrals[0].advocate_contact_id, *(one.contact_id for one in referrals)}
    gone = set(
        Contact.objects.filter(pk__in=people, erased_at__isnull=False).values_list(
            "pk", flat=True
        )
    )
    for owed in reckoning.owed:
        reward = rewards.pop(owed.cause, None)
        if reward:
            meet(reward, owed, rule=by_id[owed.cause.rule_id], now=now)
        elif owed.cause.contact_id not in gone:
            grant(owed, rule=by_id[owed.cause.rule_id], now=now)
    tell_tiers(reckoning.owed, terms, referrals[0].program, gone=gone, now=now)
    reasons = {one.cause: one.reason for one in reckoning.missed}
    withdrawn = {one.pk for one in referrals if one.withdrawn_at}
    for cause, reward in rewards.items():
        otherwise = "withdrawn" if reward.referral_id in withdrawn else "not_owed"
        was_twice = cause.key.startswith("merged:")
        reason = "same_person" if was_twice else reasons.get(cause, otherwise)
        take_back(reward, reason=reason, now=now)
    for reward in _rewards_of_others(referrals):
        take_back(reward, reason="credit_moved", now=now)


def _rewards_of(
    referrals: Sequence[Referral], counting: Collection[int]
) -> dict[Cause, Reward]:
    """Lock the rewards that the reckoning speaks of; ``counting`` are rules for all friends."""
    ids, friends = [one.pk for one in referrals], [one.contact_id for one in referrals]
    locked = Reward.objects.select_for_update(of=("self",)).select_related("program")
    own = locked.filter(contact__in=friends, role=FRIEND, referral_id__in=ids)
    theirs = locked.filter(
        Q(referral_contact_id__in=friends, referral_id__in=ids) | Q(rule__in=counting),
        contact=referrals[0].advocate_contact_id,
        role=ADVOCATE,
        program=referrals[0].program_id,
    )
    found = [*theirs.order_by("pk"), *own.order_by("pk")]
    return {
        Cause(one.rule_id, one.contact_id, one.referral_id, one.milestone_key): one
        for one in found
    }


def _rewards_of_others(referrals: Sequence[Referral]) -> list[Reward]:
    """Lock what advocates have who have the credit no more."""
    locked = Reward.objects.select_for_update(of=("self",)).select_related("program")
    others = locked.filter(
        referral_contact_id__in=[one.contact_id for one in referrals],
        referral_id__in=[one.pk for one in referrals],
        role=ADVOCATE,
    ).exclude(contact=referrals[0].advocate_contact_id)
    return list(others.order_by("contact", "pk"))


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
