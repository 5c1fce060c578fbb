"""
From a click or a typed code to the one advocate who gets the credit.

What the friend's event brings along is a *claim* (``referrals.claims``). Claims are tried in
order, a typed code before a click; the first that passes every check is credited, once and
for good. Each claim that was looked at stands in the receipt with what became of it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from contacts.events import Fact, record, record_many
from contacts.models import Event
from referrals.claims import (
    CLOCK_SKEW,
    Claim,
    Happening,
    find_claims,
    line_of,
    refusal_of,
)
from referrals.event_names import (
    ORDER_COMPLETED,
    REFERRAL_LEAD,
    REFERRAL_REFUSED,
    REFERRAL_WON,
    REFERRED,
)
from referrals.models import Program, Referral

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
class Ruling:
    """What to do about the claims: which one counts, or why the first doesn't; all in lines."""

    accepted: Claim | None = None
    known: Referral | None = None
    reason: str = ""
    lines: list[dict[str, Any]] = field(default_factory=list)


@transaction.atomic
def attribute_referral(
    *,
    friend_contact_id: int,
    event: Happening,
    click_id: str = "",
    code: str = "",
    claim: Claim | None = None,
    program: Program | None = None,
    now: datetime,
) -> Outcome:
    """
    Credit an advocate for the friend's event, or bring his referral to the next stage.

    1. Look up what the event brings along, and judge it.
    2. Write the referral; the database holds that there is one per friend and program. A
       program in which the friend is credited already stays as it is, whoever comes second.
    3. An order brings the friend's referrals to the stage won; so does one that happened after
       the lead and was reported before it.

    Calling it twice with the same event changes nothing.
    """
    known = [claim] if claim else []
    claims = [*known, *find_claims(click_id, code, event.at)]
    ruling = _judge(friend_contact_id, event, claims, program)
    receipt = {
        "event": event.name,
        "event_at": event.at.isoformat(),
        "decided_at": now.isoformat(),
        "claims": ruling.lines,
    }
    if ruling.known:
        outcome = Outcome(ALREADY, referral=ruling.known)
    elif ruling.accepted:
        outcome = _credit(friend_contact_id, event, ruling.accepted, receipt, now)
    elif ruling.reason:
        outcome = Outcome(REFUSED, ruling.reason)
        _tell_refusal(friend_contact_id, event, ruling.reason, receipt, now)
    else:
        outcome = Outcome(NO_CLAIM)
    order = event if event.name == ORDER_COMPLETED else None
    if order is None and outcome.status == CREDITED:
        order = _known_order(friend_contact_id, event.at)
    if order:
        _win(friend_contact_id, order, program, now)
    return outcome


def _judge(
    friend_contact_id: int,
    event: Happening,
    claims: list[Claim],
    program: Program | None,
) -> Ruling:
    """Try each claim until one counts, or belongs to a program with a credited advocate."""
    ruling = Ruling()
    for claim in claims:
        reason, details = refusal_of(claim, friend_contact_id, event, program)
        if reason != "other_program" and claim.advocate:
            ruling.known = Referral.objects.filter(
                contact_id=friend_contact_id, program=claim.advocate.program_id
            ).first()
            if ruling.known:
                return ruling
        ruling.lines.append(line_of(claim, reason, details))
        if not reason:
            ruling.accepted = claim
            return ruling
        ruling.reason = ruling.reason or reason
    return ruling


def _credit(
    friend_contact_id: int,
    event: Happening,
    claim: Claim,
    receipt: dict[str, Any],
    now: datetime,
) -> Outcome:
    """Write the referral and tell both people; who comes second finds the first one's."""
    advocate = claim.advocate
    if advocate is None:
        raise ValueError("expected a claim with an advocate")
    referral, is_new = Referral.objects.get_or_create(
        contact_id=friend_contact_id,
        program_id=advocate.program_id,
        defaults={
            "advocate_contact_id": advocate.contact_id,
            "advocate_id": advocate.pk,
            "source": claim.source,
            "click_id": claim.value if claim.source == Referral.Source.CLICK else "",
            "lead_at": event.at,
            "receipt": receipt,
        },
    )
    if not is_new:
        return Outcome(ALREADY, referral=referral)
    properties = {
        "program": advocate.program.name,
        "program_id": advocate.program_id,
        "source": str(claim.source),
    }
    program_key, referral_key = (
        f"program:{advocate.program_id}",
        f"referral:{referral.pk}",
    )
    facts = [
        Fact(friend_contact_id, REFERRED, event.at, program_key, properties),
        Fact(advocate.contact_id, REFERRAL_LEAD, event.at, referral_key, properties),
    ]
    record_many(facts, now=now)
    return Outcome(CREDITED, referral=referral)


def _tell_refusal(
    friend_contact_id: int,
    event: Happening,
    reason: str,
    receipt: dict[str, Any],
    now: datetime,
) -> None:
    """Record on the friend's contact why nobody is credited."""
    fact = Fact(
        friend_contact_id,
        REFERRAL_REFUSED,
        event.at,
        f"{event.name}:{event.key}"[:200],
        {"reason": reason, "receipt": receipt},
    )
    record(fact, now=now)


def _known_order(friend_contact_id: int, lead_at: datetime) -> Happening | None:
    """Find the first order since the lead among those that were reported before it."""
    orders = Event.objects.filter(
        contact_id=friend_contact_id,
        name=ORDER_COMPLETED,
        occurred_at__gte=lead_at - CLOCK_SKEW,
    )
    for order in orders.order_by("occurred_at", "pk")[:1]:
        return Happening(order.name, order.occurred_at, order.key, order.properties)
    return None


def _win(
    friend_contact_id: int, event: Happening, program: Program | None, now: datetime
) -> None:
    """Bring the friend's open referrals to the stage won, and tell the advocates."""
    referrals = Referral.objects.filter(
        contact_id=friend_contact_id, won_at=None, lead_at__lte=event.at + CLOCK_SKEW
    )
    if program:
        referrals = referrals.filter(program=program)
    amount: dict[str, Any] = {
        name: event.properties[name]
        for name in ("total", "currency")
        if name in event.properties
    }
    locked = referrals.select_for_update(of=("self",)).select_related("program")
    for referral in locked.order_by("pk"):
        referral.won_at = event.at
        referral.save(update_fields=["won_at"])
        fact = Fact(
            referral.advocate_contact_id,
            REFERRAL_WON,
            event.at,
            f"referral:{referral.pk}",
            {
                "program": referral.program.name,
                "program_id": referral.program_id,
                **amount,
            },
        )
        record(fact, now=now)
