"""
What a friend's event brings along that names an advocate, and when that counts.

A claim that doesn't count says why, as a code of ``REASONS``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contacts.models import Event
from referrals.event_names import ORDER_COMPLETED, SIGNED_UP
from referrals.links import find_advocate
from referrals.models import Advocate, ClickId, Program, Referral, Visit

# Clocks differ: an event may seem to have happened a little before the click that led to it.
CLOCK_SKEW = timedelta(minutes=5)


REASONS = {
    "unknown_click": "We gave out no such click id.",
    "unknown_code": "No advocate has this code.",
    "other_program": "It belongs to another program.",
    "program_ended": "The program had ended before.",
    "own_link": "It is the advocate's own link: nobody refers himself.",
    "visit_after_event": "The link was opened only after this happened.",
    "window_over": "The link was opened too long before: the window is {days} days.",
    "existing_customer": "The friend was a customer before: {event} on {day}.",
}


@dataclass(frozen=True)
class Happening:
    """An event of the friend, recorded before: what, when, and its key."""

    name: str
    at: datetime
    key: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Claim:
    """Something that names an advocate; ``since`` is when the friend first came through him."""

    source: str
    value: str
    advocate: Advocate | None
    since: datetime
    kind: str = ""


def find_claims(click_id: str, code: str, at: datetime) -> list[Claim]:
    """Look up a typed code and a click id, in the order in which they count."""
    claims = []
    if code:
        claims.append(Claim(Referral.Source.CODE, code[:40], find_advocate(code), at))
    if click_id:
        claims.append(_claim_of_click(click_id, at))
    return claims


def _claim_of_click(click_id: str, at: datetime) -> Claim:
    """Look up the visit that the click id was given to."""
    value = click_id[:40]
    owner = ClickId.objects.filter(click_id=click_id).first()
    visit = (
        owner
        and Visit.objects.filter(
            contact_id=owner.contact_id, click_id=owner.click_id
        ).first()
    )
    if not visit:
        return Claim(Referral.Source.CLICK, value, None, at)
    advocate = (
        Advocate.objects.filter(contact_id=visit.contact_id, pk=visit.advocate_id)
        .select_related("program")
        .first()
    )
    return Claim(
        Referral.Source.CLICK, value, advocate, visit.visited_at, str(visit.kind)
    )


def line_of(claim: Claim, reason: str, details: dict[str, Any]) -> dict[str, Any]:
    """Write down a claim and what became of it."""
    line: dict[str, Any] = {"source": claim.source, "value": claim.value}
    if claim.advocate:
        line["advocate_contact_id"] = claim.advocate.contact_id
        line["code"] = claim.advocate.code
        line["program"] = claim.advocate.program.name
    if claim.source == Referral.Source.CLICK and claim.advocate:
        line["visited_at"] = claim.since.isoformat()
        line["visit_kind"] = claim.kind
    line["accepted"] = not reason
    if reason:
        line["reason"] = reason
        line["because"] = REASONS[reason].format(**details)
    return line


def refusal_of(
    claim: Claim, friend_contact_id: int, event: Happening, program: Program | None
) -> tuple[str, dict[str, Any]]:
    """Say why a claim doesn't count, as a code of ``REASONS`` with details; blank if it does."""
    if not claim.advocate:
        return f"unknown_{claim.source}", {}
    own = claim.advocate.program
    if program and program != own:
        return "other_program", {}
    if claim.advocate.contact_id == friend_contact_id:
        return "own_link", {}
    if own.ended_at and own.ended_at <= claim.since:
        return "program_ended", {}
    window = timedelta(days=own.window_days)
    if claim.since > event.at + CLOCK_SKEW:
        return "visit_after_event", {}
    if event.at - claim.since > window:
        return "window_over", {"days": own.window_days}
    return _refusal_of_customer(claim, friend_contact_id, event, window)


def _refusal_of_customer(
    claim: Claim, friend_contact_id: int, event: Happening, window: timedelta
) -> tuple[str, dict[str, Any]]:
    """
    Refuse a friend who ordered or signed up before.

    For a click "before" is before the visit. A code is typed at the end, so a sign-up within
    the window may have led there; an earlier order may not.
    """
    is_code = claim.source == Referral.Source.CODE
    signed_up_by = claim.since - window if is_code else claim.since
    for name, limit in ((ORDER_COMPLETED, claim.since), (SIGNED_UP, signed_up_by)):
        earlier = (
            Event.objects.filter(
                contact_id=friend_contact_id, name=name, occurred_at__lt=limit
            )
            .exclude(name=event.name, key=event.key)
            .order_by("occurred_at")
            .values_list("occurred_at", flat=True)[:1]
        )
        for at in earlier:
            said = "ordered" if name == ORDER_COMPLETED else "signed up"
            return "existing_customer", {"event": said, "day": at.date().isoformat()}
    return "", {}
