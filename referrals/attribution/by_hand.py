"""
Credit that a person of ours gives, moves to another advocate, or withdraws.

Each time with a reason, and each is kept for ever (``CreditDecision``). Rewards are reckoned
afterwards, also for the advocate who had the credit before.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from contacts.events import Fact, record_many
from referrals.attribution.credit import credit_contacts, tell_credit
from referrals.attribution.facts import lock_friends
from referrals.attribution.milestones import mark_due
from referrals.event_names import CREDIT_GIVEN, CREDIT_TAKEN
from referrals.models import (
    Advocate,
    CreditDecision,
    Milestone,
    Program,
    Referral,
)

Kind = CreditDecision.Kind
NOTHING_REACHED = {
    "qualified_at": None,
    "opportunity_at": None,
    "won_at": None,
    "lost_at": None,
    "reversed_at": None,
}


class CreditRefused(ValueError):
    """What somebody wants to do by hand can't be done; the text says why."""


@transaction.atomic
def give_credit(
    *,
    friend_contact_id: int,
    advocate: Advocate,
    counts_from: datetime,
    reason: str,
    user: User | None,
    now: datetime,
) -> Referral:
    """
    Give an advocate the credit for a friend whom nobody has, or no longer has.

    What the friend has done since ``counts_from`` counts.

    :raises CreditRefused: if somebody has it, or the two are one person
    """
    _check(friend_contact_id, advocate, reason)
    referral = Referral.objects.filter(
        contact_id=friend_contact_id, program=advocate.program_id
    ).first()
    if referral and not referral.withdrawn_at:
        raise CreditRefused("An advocate has the credit already. Move it instead.")
    values = _values(advocate, counts_from, referral, user, reason, now)
    if referral is None:
        referral = Referral.objects.create(
            contact_id=friend_contact_id, program_id=advocate.program_id, **values
        )
    else:
        own = Referral.objects.filter(contact_id=friend_contact_id, pk=referral.pk)
        own.update(**values)
        referral.refresh_from_db()
    tell_credit(referral, advocate.program, at=referral.lead_at, now=now)
    _decide(referral, Kind.GIVEN, reason, user, now, after=advocate.contact_id)
    credit_contacts([friend_contact_id], now=now)
    referral.refresh_from_db()
    return referral


@transaction.atomic
def move_credit(
    *,
    referral: Referral,
    advocate: Advocate,
    reason: str,
    user: User | None,
    now: datetime,
) -> Referral:
    """
    Let another advocate of the program have the credit; what the friend did stays.

    :raises CreditRefused: if he has it already, or is the friend
    """
    _check(referral.contact_id, advocate, reason)
    referral.refresh_from_db()
    before = referral.advocate_contact_id
    if advocate.program_id != referral.program_id:
        raise CreditRefused("The advocate is in another program.")
    if referral.withdrawn_at:
        raise CreditRefused("The credit was withdrawn. Give it anew instead.")
    if advocate.contact_id == before:
        raise CreditRefused("This advocate has the credit already.")
    receipt = _receipt(referral, advocate, user, reason, now)
    _reckon_the_rest(referral, now)
    mark_due(
        referral,
        now=now,
        advocate_contact_id=advocate.contact_id,
        advocate_id=advocate.pk,
        source=Referral.Source.HAND,
        receipt=receipt,
    )
    decision = _decide(
        referral, Kind.MOVED, reason, user, now, before, advocate.contact_id
    )
    _tell(decision, advocate.program, now=now)
    return referral


@transaction.atomic
def withdraw_credit(
    *, referral: Referral, reason: str, user: User | None, now: datetime
) -> Referral:
    """
    Take the credit away: it earns nothing more, and no event brings it back.

    :raises CreditRefused: if that was done before
    """
    lock_friends([referral.contact_id])
    referral.refresh_from_db()
    if referral.withdrawn_at:
        raise CreditRefused("The credit was withdrawn before.")
    _check_reason(reason)
    Milestone.objects.filter(
        contact_id=referral.contact_id, referral_id=referral.pk
    ).delete()
    mark_due(
        referral,
        now=now,
        judge_due_at=None,
        withdrawn_at=now,
        fraud_state=Referral.FraudState.REJECTED,
        **NOTHING_REACHED,
    )
    before = referral.advocate_contact_id
    decision = _decide(referral, Kind.WITHDRAWN, reason, user, now, before)
    _tell(decision, referral.program, now=now)
    return referral


def _reckon_the_rest(referral: Referral, now: datetime) -> None:
    """Let the other friends of who loses one be counted anew: numbers and limits change."""
    others = Referral.objects.filter(
        advocate_contact_id=referral.advocate_contact_id, program=referral.program_id
    ).exclude(pk=referral.pk)
    # One is enough: whoever is reckoned is so with all of the advocate's friends.
    first = others.order_by("lead_at", "pk").values_list("contact_id", "pk").first()
    if first:
        Referral.objects.filter(contact=first[0], pk=first[1]).update(
            rewards_due_at=now
        )


def _check(friend_contact_id: int, advocate: Advocate, reason: str) -> None:
    """Check what holds for every credit by hand, with the friend locked."""
    _check_reason(reason)
    if advocate.contact_id == friend_contact_id:
        raise CreditRefused("Nobody refers himself.")
    if not lock_friends([friend_contact_id]):
        raise CreditRefused("The friend is not known any more.")


def _check_reason(reason: str) -> None:
    """Check that there is a reason."""
    if not reason.strip():
        raise CreditRefused("Say why, so that others understand it later.")


def _values(
    advocate: Advocate,
    counts_from: datetime,
    referral: Referral | None,
    user: User | None,
    reason: str,
    now: datetime,
) -> dict[str, Any]:
    """Say what a referral by hand is made of."""
    return {
        "advocate_contact_id": advocate.contact_id,
        "advocate_id": advocate.pk,
        "source": Referral.Source.HAND,
        "click_id": "",
        "channel": "",
        "counts_from": counts_from,
        "lead_at": counts_from,
        "withdrawn_at": None,
        "fraud_state": Referral.FraudState.UNJUDGED,
        "judge_due_at": now,
        "rewards_due_at": now,
        "receipt": _receipt(referral, advocate, user, reason, now),
        **NOTHING_REACHED,
    }


def _receipt(
    referral: Referral | None,
    advocate: Advocate,
    user: User | None,
    reason: str,
    now: datetime,
) -> dict[str, Any]:
    """Add the decision to what the receipt said before."""
    before = dict(referral.receipt) if referral else {}
    line = {
        "at": now.isoformat(),
        "by": user.get_username() if user else "",
        "code": advocate.code,
        "advocate_contact_id": advocate.contact_id,
        "reason": reason.strip(),
    }
    return before | {"by_hand": [*before.get("by_hand", []), line]}


def _decide(
    referral: Referral,
    kind: str,
    reason: str,
    user: User | None,
    now: datetime,
    before: int | None = None,
    after: int | None = None,
) -> CreditDecision:
    """Write down who decided what, and why."""
    return CreditDecision.objects.create(
        contact_id=referral.contact_id,
        program_id=referral.program_id,
        referral_id=referral.pk,
        kind=kind,
        from_contact_id=before,
        to_contact_id=after,
        reason=reason.strip(),
        decided_at=now,
        decided_by=user,
    )


def _tell(decision: CreditDecision, program: Program, *, now: datetime) -> None:
    """Record on both advocates' contacts that the credit went from one to the other."""
    told = {
        CREDIT_TAKEN: decision.from_contact_id,
        CREDIT_GIVEN: decision.to_contact_id,
    }
    properties = {"program": program.name, "program_id": program.pk}
    facts = [
        Fact(contact_id, name, now, f"decision:{decision.pk}", properties)
        for name, contact_id in told.items()
        if contact_id
    ]
    record_many(facts, now=now)
