"""
What names an advocate, looked up: a clue of a friend becomes a claim.

A claim that doesn't count says why, as a code of ``REASONS``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from referrals.links import find_advocate
from referrals.models import Advocate, ClickId, Clue, Intro, Visit

# Clocks differ: an event may seem to have happened a little before the click that led to it.
CLOCK_SKEW = timedelta(minutes=5)

REASONS = {
    "unknown_click": "We gave out no such click id.",
    "unknown_device": "We gave out no such click id.",
    "unknown_code": "No advocate has this code.",
    "unknown_coupon": "No advocate has this coupon.",
    "unknown_email": "There is no such advocate any more.",
    "program_ended": "The program had ended before.",
    "link_blocked": "The link was blocked before.",
    "own_link": "It is the advocate's own link: nobody refers himself.",
    "visit_after_event": "The link was opened only after this happened.",
    "window_over": "The link was opened too long before: the window is {days} days.",
    "code_too_old": "It was typed too long before: the window is {days} days.",
    "existing_customer": "The friend was a customer before: {event} on {day}.",
    "customer_listed": "The friend is an existing customer: on the list “{name}” since"
    " {day}.",
    "customer_in_audience": "The friend is an existing customer: in the audience"
    " “{name}” since {day}.",
    "known_before": "The friend was known before: since {day}.",
    "paid_ad": "The friend came through a paid ad, and the program leaves those out.",
    "untrusted_source": "Anybody can send in the name of the source that told it. Trust"
    " the source, or report it from your server.",
    "outranked": "Another one counts before it.",
    "withdrawn": "The credit was withdrawn by hand.",
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
    """
    A clue with the advocate whom it names, if anybody.

    ``since`` is when the friend first came through him; ``seen_at`` when we were told.
    """

    source: str
    value: str
    advocate: Advocate | None
    since: datetime
    seen_at: datetime
    kind: str = ""
    channel: str = ""
    ad: str = ""
    is_historical: bool = False

    @property
    def is_visit(self) -> bool:
        """Whether somebody followed a link, and did not type anything."""
        return self.source in (Clue.Source.CLICK, Clue.Source.DEVICE)


def claim_of(clue: Clue) -> Claim:
    """Look up whom a clue names; a few queries."""
    if clue.source in (Clue.Source.CLICK, Clue.Source.DEVICE):
        return _claim_of_click(clue)
    finders = {
        # A shop makes the codes of advocates coupons, so that one thing is to be typed.
        str(Clue.Source.COUPON): lambda: find_advocate(clue.value),
        str(Clue.Source.CODE): lambda: find_advocate(clue.value),
        str(Clue.Source.EMAIL): lambda: find_introducer(clue),
    }
    return Claim(
        clue.source,
        clue.value,
        finders[clue.source](),
        clue.seen_at,
        clue.seen_at,
        is_historical=clue.is_historical,
    )


def claims_of(clues: Iterable[Clue]) -> list[Claim]:
    """Look up whom clues name."""
    return [claim_of(clue) for clue in clues]


def find_introducer(clue: Clue) -> Advocate | None:
    """Find the advocate whose introduction the contact has accepted."""
    if not clue.value.isdecimal():
        return None
    intro = Intro.objects.filter(
        friend_contact_id=clue.contact_id, pk=int(clue.value)
    ).first()
    if intro is None:
        return None
    return (
        Advocate.objects.filter(contact_id=intro.contact_id, program=intro.program_id)
        .select_related("program")
        .first()
    )


def find_visit(click_id: str) -> Visit | None:
    """Find the visit that a click id was given to."""
    owner = ClickId.objects.filter(click_id=click_id).first()
    if not owner:
        return None
    return Visit.objects.filter(
        contact_id=owner.contact_id, click_id=owner.click_id
    ).first()


def _claim_of_click(clue: Clue) -> Claim:
    """Look up the visit that the click id was given to."""
    visit = find_visit(clue.value)
    if not visit:
        return Claim(clue.source, clue.value, None, clue.seen_at, clue.seen_at)
    advocate = (
        Advocate.objects.filter(contact_id=visit.contact_id, pk=visit.advocate_id)
        .select_related("program")
        .first()
    )
    return Claim(
        clue.source,
        clue.value,
        advocate,
        visit.visited_at,
        clue.seen_at,
        str(visit.kind),
        visit.channel,
        visit.ad_parameter,
        clue.is_historical,
    )


def line_of(claim: Claim, reason: str, details: dict[str, Any]) -> dict[str, Any]:
    """Write down a claim and what became of it."""
    line: dict[str, Any] = {"source": str(claim.source), "value": claim.value}
    if claim.advocate:
        line["advocate_contact_id"] = claim.advocate.contact_id
        line["code"] = claim.advocate.code
        line["program"] = claim.advocate.program.name
    if claim.is_visit and claim.advocate:
        line["visited_at"] = claim.since.isoformat()
        line["visit_kind"] = claim.kind
    elif not claim.is_visit:
        line["seen_at"] = claim.seen_at.isoformat()
    line["accepted"] = not reason
    if reason:
        line["reason"] = reason
        line["because"] = REASONS[reason].format(**details)
    return line
