"""Give the credit for a friend once, and follow what the friend does."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from contacts.events import Fact, record, record_many
from referrals.attribution.facts import Facts, lock_friends, read_facts
from referrals.attribution.judging import Ruling, judge
from referrals.attribution.milestones import properties_of, sync_milestones
from referrals.claims import Claim, Happening
from referrals.clues import Trail, leave_clues
from referrals.event_names import REFERRAL_LEAD, REFERRAL_REFUSED, REFERRED
from referrals.models import Clue, Program, Referral

CREDITED = "credited"
ALREADY = "already_credited"
REFUSED = "refused"
NO_CLAIM = "no_claim"


@dataclass(frozen=True)
class Outcome:
    """What became of the friend's event; ``reason`` is a code of ``claims.REASONS``."""

    status: str
    reason: str = ""
    referral: Referral | None = None


@dataclass
class Found:
    """What looking at a friend has come to."""

    credited: list[Referral] = field(default_factory=list)
    known: list[Referral] = field(default_factory=list)
    refused: list[Ruling] = field(default_factory=list)


@transaction.atomic
def attribute_referral(
    *,
    friend_contact_id: int,
    event: Happening,
    click_id: str = "",
    code: str = "",
    coupon: str = "",
    intro_id: int | None = None,
    now: datetime,
) -> Outcome:
    """
    Take an event that was reported, with what it brings along, and see to the credit at once.

    1. Write down the event, unless it is known, and its clues.
    2. Look at the friend: see ``credit_contacts``.

    Calling it twice with the same event changes nothing.
    """
    record(
        Fact(friend_contact_id, event.name, event.at, event.key, event.properties),
        now=now,
    )
    key = f"{event.name}:{event.key}"
    told = (
        (Clue.Source.CLICK, click_id, ""),
        (Clue.Source.CODE, code, key),
        (Clue.Source.COUPON, coupon, key),
        (Clue.Source.EMAIL, str(intro_id or ""), ""),
    )
    trails = [
        Trail(friend_contact_id, source, value, event.at, own, event.name)
        for source, value, own in told
        if value
    ]
    leave_clues(trails, now=now)
    found = credit_contacts([friend_contact_id], now=now).get(friend_contact_id)
    return _outcome(found or Found(), has_claims=bool(trails))


def _outcome(found: Found, *, has_claims: bool) -> Outcome:
    """Say in one word what came of it."""
    if found.credited:
        return Outcome(CREDITED, referral=found.credited[0])
    if found.known:
        return Outcome(ALREADY, referral=found.known[0])
    if found.refused and has_claims:
        return Outcome(REFUSED, found.refused[0].reason)
    return Outcome(NO_CLAIM)


@transaction.atomic
def credit_contacts(contact_ids: Collection[int], *, now: datetime) -> dict[int, Found]:
    """
    Look at friends: give the credit that is due, and bring their referrals up to date.

    The friends are locked in the order of their ids, and all is worked out from what is
    known by then. So it may run twice, at the same time, and in any order of events; a
    program in which the friend is credited already stays as it is, whoever comes second.
    """
    friends = lock_friends(contact_ids)
    if not friends:
        return {}
    programs = {
        program.pk: program
        for program in Program.objects.select_related(
            "customers_list", "customers_audience"
        )
    }
    every = read_facts(friends, programs, now=now)
    return {facts.contact_id: _look_at(facts, programs, now=now) for facts in every}


def _look_at(facts: Facts, programs: dict[int, Program], *, now: datetime) -> Found:
    """See to each program that the friend's claims and referrals are about."""
    found = Found()
    claims = [
        one
        for one in facts.claims
        if not one.is_historical or _counts_history(one, programs)
    ]
    unknown = [one for one in claims if one.advocate is None]
    named = {one.advocate.program_id for one in claims if one.advocate}
    for pk in sorted(named | facts.referrals.keys()):
        program, referral = programs[pk], facts.referrals.get(pk)
        if referral is None:
            own = [
                one
                for one in claims
                if one.advocate is None or one.advocate.program_id == pk
            ]
            referral = _decide(facts, program, own, found, now=now)
        elif pk in named or not claims:
            found.known.append(referral)
        if referral:
            steps = facts.steps.get(pk, [])
            sync_milestones(referral, program, steps, now=now)
    if unknown and not named:
        ruling = judge(facts, None, unknown)
        if ruling.refused:
            _refuse(facts, ruling, found, now=now)
    return found


def _counts_history(claim: Claim, programs: dict[int, Program]) -> bool:
    """Whether what history brought along may count."""
    return bool(claim.advocate and programs[claim.advocate.program_id].counts_history)


def _decide(
    facts: Facts,
    program: Program,
    claims: Sequence[Claim],
    found: Found,
    *,
    now: datetime,
) -> Referral | None:
    """Judge the claims in one program, and act on it."""
    ruling = judge(facts, program, claims)
    if ruling.accepted and ruling.step:
        referral = _credit(facts, program, ruling, now=now)
        found.credited.append(referral)
        return referral
    if ruling.refused:
        _refuse(facts, ruling, found, now=now)
    return None


def receipt_of(ruling: Ruling, now: datetime) -> dict[str, Any]:
    """Write down how it was decided."""
    step = ruling.step
    return {
        "event": step.event if step else "",
        "event_at": step.at.isoformat() if step else "",
        "decided_at": now.isoformat(),
        "claims": ruling.lines,
    }


def _credit(
    facts: Facts, program: Program, ruling: Ruling, *, now: datetime
) -> Referral:
    """Write the referral and tell both people."""
    claim, step = ruling.accepted, ruling.step
    if claim is None or claim.advocate is None or step is None:
        raise ValueError("expected a claim with an advocate")
    referral = Referral.objects.create(
        contact_id=facts.contact_id,
        program_id=program.pk,
        advocate_contact_id=claim.advocate.contact_id,
        advocate_id=claim.advocate.pk,
        source=claim.source,
        click_id=claim.value if claim.is_visit else "",
        channel=claim.channel,
        counts_from=min(claim.since, step.at),
        lead_at=step.at,
        judge_due_at=now,
        rewards_due_at=now,
        receipt=receipt_of(ruling, now),
    )
    tell_credit(referral, program, at=step.at, now=now)
    return referral


def tell_credit(
    referral: Referral, program: Program, *, at: datetime, now: datetime
) -> None:
    """Record on both contacts that the friend came through the advocate."""
    properties = properties_of(referral, program)
    friend_key, advocate_key = f"program:{program.pk}", f"referral:{referral.pk}"
    facts = [
        Fact(referral.contact_id, REFERRED, at, friend_key, properties),
        Fact(referral.advocate_contact_id, REFERRAL_LEAD, at, advocate_key, properties),
    ]
    record_many(facts, now=now)


def _refuse(facts: Facts, ruling: Ruling, found: Found, *, now: datetime) -> None:
    """Record on the friend's contact why nobody is credited; once for each claim."""
    found.refused.append(ruling)
    claim, step = ruling.refused, ruling.step
    if claim is None or step is None:
        return
    program = (
        {"program": ruling.program.name, "program_id": ruling.program.pk}
        if ruling.program
        else {}
    )
    fact = Fact(
        facts.contact_id,
        REFERRAL_REFUSED,
        step.at,
        f"{claim.source}:{claim.value}"[:200],
        {"reason": ruling.reason, "receipt": receipt_of(ruling, now), **program},
    )
    record(fact, now=now)
