"""
All that there is to say about a referral and a friend, in sentences.

For people who answer "where is my reward?": read on a page, or copied as plain text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from contacts.models import Contact
from contacts.names import full_name
from referrals.attribution.milestones import taken_back_at
from referrals.models import CreditDecision, Milestone, Program, Referral, Refund
from referrals.money import say_money

GOOD, BAD, PLAIN = "good", "bad", ""
STAGE_WORDS = {
    "lead": "Joined",
    "qualified": "Qualified",
    "opportunity": "Became an opportunity",
    "won": "Ordered",
    "lost": "Was lost",
}
VISITORS = {
    "human": "by a person",
    "duplicate": "by a person, again within the hour",
    "self": "in the advocate's own browser",
    "preview": "for the preview of a chat",
    "scanner": "by a security scanner",
    "bot": "by a bot",
}
RULES = {
    "click": "The friend's sign-up carried the click id of a visit, so nobody had to guess.",
    "code": "The friend typed the code of an advocate.",
    "coupon": "The friend used the coupon of an advocate.",
    "device": "The friend looked at your site on the device on which the link was opened.",
    "email": "The friend accepted an introduction under this address.",
    "hand": "A person of your team decided it by hand.",
}
GONE = "an erased contact"


@dataclass(frozen=True)
class Line:
    """A sentence of a story; ``badge`` is a word beside it, ``note`` stands below."""

    text: str
    at: datetime | None = None
    tone: str = PLAIN
    badge: str = ""
    note: str = ""


def names_of(contact_ids: Iterable[int | None]) -> dict[int, str]:
    """Name contacts; one query. Who is gone has no name."""
    ids = {pk for pk in contact_ids if pk}
    found = {}
    for contact in Contact.objects.filter(pk__in=ids, erased_at=None):
        name = full_name(contact.first_name, contact.last_name)
        found[contact.pk] = name or contact.email or f"contact {contact.pk}"
    return found


def read_time(text: str | None) -> datetime | None:
    """Read a time of a receipt."""
    return parse_datetime(text) if text else None


def tell_claims(receipt: dict[str, Any]) -> list[Line]:
    """Tell what the friend brought along, in the order in which it was looked at."""
    lines = receipt.get("claims", [])
    names = names_of(line.get("advocate_contact_id") for line in lines)
    return [_tell_claim(line, names) for line in lines]


def _tell_claim(line: dict[str, Any], names: dict[int, str]) -> Line:
    """Tell one claim, and what became of it."""
    owner = names.get(line.get("advocate_contact_id", 0), "")
    of_owner = f" of {owner}" if owner else ""
    value = str(line.get("value", ""))
    visitor = VISITORS.get(line.get("visit_kind", ""), "")
    opened = (
        f"The link “{line.get('code', '')}”{of_owner} was opened {visitor}".rstrip()
    )
    told = {
        "code": f"The code “{value.upper()}”{of_owner} was typed",
        "coupon": f"The coupon “{value.upper()}”{of_owner} was used",
        "email": f"An introduction{' by ' + owner if owner else ''} was accepted",
        "click": opened if line.get("visited_at") else f"The click id {value} was sent",
        "device": opened
        if line.get("visited_at")
        else f"The click id {value} was in the address of a page",
    }
    at = read_time(line.get("visited_at") or line.get("seen_at"))
    tone, badge = BAD, "Not credited"
    if line.get("accepted"):
        tone, badge = GOOD, "Credited"
    elif line.get("reason") == "outranked":
        tone, badge = PLAIN, "Not needed"
    text = f"{told.get(line.get('source', ''), value)}."
    return Line(text, at, tone, badge, line.get("because", ""))


def tell_hand(receipt: dict[str, Any]) -> list[Line]:
    """Tell what was decided by hand."""
    lines = receipt.get("by_hand", [])
    names = names_of(line.get("advocate_contact_id") for line in lines)
    return [
        Line(
            f"{line.get('by') or 'Somebody'} gave the credit to"
            f" {names.get(line.get('advocate_contact_id'), GONE)} by hand.",
            read_time(line.get("at")),
            GOOD,
            "By hand",
            line.get("reason", ""),
        )
        for line in lines
    ]


def tell_rule(referral: Referral, program: Program) -> str:
    """Say which rule decided."""
    words = RULES.get(str(referral.source), "")
    others = [
        line
        for line in referral.receipt.get("claims", [])
        if line.get("reason") == "outranked"
    ]
    if not others or referral.source == Referral.Source.HAND:
        return words
    if referral.source in (Referral.Source.CODE, Referral.Source.COUPON):
        why = "What somebody types counts before a click, for it is meant."
    elif program.click_choice == Program.ClickChoice.FIRST:
        why = "Of several visits the first counts in this program."
    else:
        why = "Of several visits the last before the sign-up counts in this program."
    return f"{words} {why}"


def tell_milestones(referral: Referral) -> list[Line]:
    """Tell what the friend did, with money and what was taken back; two queries."""
    milestones = Milestone.objects.filter(
        contact_id=referral.contact_id, referral_id=referral.pk
    ).order_by("occurred_at", "pk")
    refunds = list(
        Refund.objects.filter(contact_id=referral.contact_id).order_by(
            "occurred_at", "key"
        )
    )
    lines = [line for one in milestones for line in _tell_milestone(one, refunds)]
    lines.sort(key=lambda line: line.at or referral.lead_at)
    if referral.withdrawn_at:
        lines.append(
            Line("The credit was withdrawn by hand.", referral.withdrawn_at, BAD)
        )
    return lines


def _tell_milestone(milestone: Milestone, refunds: Sequence[Refund]) -> list[Line]:
    """Tell one milestone, and what was taken back of it."""
    said = STAGE_WORDS[milestone.stage]
    about = f", {_call(milestone)}" if ":" in milestone.key else ""
    money = (
        f" for {say_money(milestone.amount_minor, milestone.currency)}"
        if milestone.amount_minor is not None
        else ""
    )
    note = ""
    if milestone.stage == "won" and not money:
        note = "No amount and currency that we could read came with it."
    lines = [Line(f"{said}{money}{about}.", milestone.occurred_at, GOOD, note=note)]
    own = [one for one in refunds if one.order_key == milestone.key]
    for refund in own if milestone.stage == "won" else []:
        lines.append(_tell_refund(refund, milestone))
    end = taken_back_at(milestone, own)
    is_partial = all(refund.amount_minor is not None for refund in own)
    if end and is_partial:
        lines.append(Line(f"Nothing of {_call(milestone)} is left.", end, BAD))
    return lines


def _tell_refund(refund: Refund, milestone: Milestone) -> Line:
    """Tell what was taken back."""
    order = _call(milestone)
    if refund.is_cancel:
        return Line(f"Canceled {order}.", refund.occurred_at, BAD)
    if refund.amount_minor is None:
        return Line(f"Refunded all of {order}.", refund.occurred_at, BAD)
    amount = say_money(refund.amount_minor, refund.currency)
    if refund.currency == milestone.currency:
        return Line(f"Refunded {amount} of {order}.", refund.occurred_at, BAD)
    own = milestone.currency or "no currency"
    return Line(
        f"The refund of {amount} could not be set against {order}, which is in {own}.",
        refund.occurred_at,
        BAD,
        "Look at it",
        "It takes nothing back by itself. If the reward is not due any more, reject it.",
    )


def _call(milestone: Milestone) -> str:
    """Call an order by its number: "order 1001"."""
    kind, _, number = milestone.key.partition(":")
    return f"{kind} {number}" if number and kind != "message" else "the order"


def tell_decisions(contact_id: int, program_id: int | None = None) -> list[Line]:
    """Tell who changed the credit for a friend by hand, and why."""
    rows = CreditDecision.objects.filter(contact_id=contact_id)
    if program_id:
        rows = rows.filter(program_id=program_id)
    decisions = list(rows.select_related("decided_by").order_by("decided_at", "pk"))
    people = [
        pk for one in decisions for pk in (one.from_contact_id, one.to_contact_id)
    ]
    names = names_of(people)
    return [_tell_decision(one, names) for one in decisions]


def _tell_decision(decision: CreditDecision, names: dict[int, str]) -> Line:
    """Tell one decision."""
    user = decision.decided_by
    who = user.get_full_name() or user.get_username() if user else "Somebody"
    before = names.get(decision.from_contact_id or 0, GONE)
    after = names.get(decision.to_contact_id or 0, GONE)
    told = {
        CreditDecision.Kind.GIVEN: f"{who} gave the credit to {after}.",
        CreditDecision.Kind.MOVED: f"{who} moved the credit from {before} to {after}.",
        CreditDecision.Kind.WITHDRAWN: f"{who} took the credit from {before}.",
    }
    return Line(
        told[CreditDecision.Kind(decision.kind)],
        decision.decided_at,
        note=decision.reason,
    )


def as_text(title: str, sections: Iterable[tuple[str, Sequence[Line]]]) -> str:
    """Write a story as plain text, to be copied into an answer."""
    parts = [title]
    for heading, lines in sections:
        if lines:
            parts += ["", heading, *(f"- {_write(line)}" for line in lines)]
    return "\n".join(parts)


def _write(line: Line) -> str:
    """Write a line with its time."""
    at = f"{line.at:%Y-%m-%d %H:%M} UTC: " if line.at else ""
    badge = f" {line.badge}." if line.badge else ""
    note = f" {line.note}" if line.note else ""
    return f"{at}{line.text}{badge}{note}"
