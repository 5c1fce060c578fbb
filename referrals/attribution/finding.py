"""
Find whom a question is about, and explain why nobody got credit; nothing is written.

People ask with what they have at hand: an address, a code, a coupon, an order number, a click
id or a name.
"""

from dataclasses import dataclass
from datetime import datetime

from contacts.models import Contact, Event
from referrals.attribution.facts import Facts, read_facts
from referrals.attribution.judging import crediting_steps, judge
from referrals.attribution.stories import BAD, GOOD, Line, names_of, read_time
from referrals.claims import find_visit
from referrals.event_names import REFERRAL_REFUSED
from referrals.links import find_advocate
from referrals.models import (
    Advocate,
    Clue,
    Coupon,
    CouponPool,
    Milestone,
    Program,
    Referral,
    Refund,
)

MOST = 25
NOTHING = (
    "Nothing that this person has sent names an advocate: no link was followed on the"
)
NOTHING += " same device, and no code, coupon or introduction came along."


@dataclass(frozen=True)
class Match:
    """Somebody who may be meant, and why."""

    contact: Contact
    why: str


def find_people(text: str) -> list[Match]:
    """Find who is meant, the surest first; a handful of queries."""
    words = text.strip()
    if not words:
        return []
    found: dict[int, str] = {}
    for contact_id, why in [
        *_by_code(words),
        *_by_click(words),
        *_by_order(words),
        *_by_clue(words),
    ]:
        found.setdefault(contact_id, why)
    named = Contact.objects.filter(erased_at=None).matching(words).order_by("pk")
    for contact_id in named.values_list("pk", flat=True)[:MOST]:
        found.setdefault(contact_id, "Name, address or ID")
    people = Contact.objects.in_bulk(list(found)[:MOST])
    return [Match(people[pk], why) for pk, why in found.items() if pk in people]


def _by_code(words: str) -> list[tuple[int, str]]:
    """Find the advocate with a code, and who was given a coupon."""
    found = []
    advocate = find_advocate(words)
    if advocate:
        found.append((advocate.contact_id, f"Advocate with the code {advocate.code}"))
    pools = list(CouponPool.objects.values_list("pk", flat=True))
    given = Coupon.objects.filter(
        pool__in=pools, code=words, contact_id__isnull=False
    ).order_by("pk")
    for contact_id in given.values_list("contact_id", flat=True)[:MOST]:
        found.append((contact_id or 0, f"Was given the coupon {words}"))
    return found


def _by_click(words: str) -> list[tuple[int, str]]:
    """Find the friend who came with a click id, and the advocate whose link it was."""
    visit = find_visit(words)
    if visit is None:
        return []
    friends = Referral.objects.filter(
        advocate_contact_id=visit.contact_id, click_id=visit.click_id
    ).values_list("contact_id", flat=True)
    return [
        *((pk, "Came with this click id") for pk in friends),
        (visit.contact_id, "Advocate whose link was opened"),
    ]


def _by_order(words: str) -> list[tuple[int, str]]:
    """Find who ordered, among friends; leans on milestones_by_key."""
    keys = [f"order:{words}", f"opportunity:{words}"]
    found = []
    rows = Milestone.objects.filter(key__in=keys).order_by("pk")
    found += [
        (pk, f"Order {words}") for pk in rows.values_list("contact_id", flat=True)
    ]
    return found[:MOST]


def _by_clue(words: str) -> list[tuple[int, str]]:
    """Find who brought a click id, a code or a coupon along; leans on clues_by_value."""
    spellings = {words, words.lower(), words.upper()}
    rows = Clue.objects.filter(value__in=spellings).order_by("-seen_at", "-pk")
    why = f"Came with “{words}”"
    return [(pk, why) for pk in rows.values_list("contact_id", flat=True)[:MOST]]


@dataclass(frozen=True)
class FriendStory:
    """What there is to say about somebody as a friend."""

    referrals: list[Referral]
    clues: list[Line]
    verdicts: list[Line]
    refusals: list[Line]
    orphans: list[Line]


def tell_friend(contact: Contact, *, now: datetime) -> FriendStory:
    """Tell who has the credit for somebody, or why nobody has; some twenty queries."""
    programs = Program.objects.select_related("customers_list", "customers_audience")
    by_id = {program.pk: program for program in programs}
    [facts] = read_facts([contact], by_id, now=now)
    referrals = Referral.objects.filter(contact=contact).select_related("program")
    return FriendStory(
        list(referrals.order_by("lead_at", "pk")),
        _tell_clues(contact),
        _tell_verdicts(facts, by_id),
        _tell_refusals(contact),
        _tell_orphans(contact),
    )


def _tell_clues(contact: Contact) -> list[Line]:
    """Tell what came along, oldest first."""
    words = {
        Clue.Source.CLICK: "Sent the click id {}",
        Clue.Source.CODE: "Sent the code “{}”",
        Clue.Source.COUPON: "Used the coupon “{}”",
        Clue.Source.DEVICE: "Looked at a page with the click id {} in its address",
        Clue.Source.EMAIL: "Accepted introduction {}",
        Clue.Source.AD: "Came through an ad ({})",
    }
    rows = Clue.objects.filter(contact=contact).order_by("seen_at", "pk")[:100]
    return [
        Line(
            f"{words[Clue.Source(clue.source)].format(clue.value)}"
            f"{f', with “{clue.event}”' if clue.event else ''}.",
            clue.seen_at,
            note="From imported history." if clue.is_historical else "",
        )
        for clue in rows
    ]


def _tell_verdicts(facts: Facts, programs: dict[int, Program]) -> list[Line]:
    """Say of each program in which nobody has the credit, why not."""
    named = {one.advocate.program_id for one in facts.claims if one.advocate}
    lines = []
    for pk in sorted(named - facts.referrals.keys()):
        program = programs[pk]
        own = [
            one
            for one in facts.claims
            if one.advocate is None or one.advocate.program_id == pk
        ]
        ruling = judge(facts, program, own)
        if ruling.accepted:
            text = f"“{program.name}”: it counts, and is credited within a minute."
            lines.append(Line(text, tone=GOOD))
        elif ruling.refused:
            because = ruling.lines[0].get("because", "")
            lines.append(Line(f"“{program.name}”: {because}", tone=BAD))
        else:
            lines.append(Line(f"“{program.name}”: {_why_no_step(facts, program)}"))
    if not named and not facts.referrals:
        lines.append(
            Line(NOTHING if not facts.claims else "No advocate is known by it.")
        )
    return lines


def _why_no_step(facts: Facts, program: Program) -> str:
    """Say why nothing was decided about claims that there are."""
    if crediting_steps(facts, program):
        return "What came along arrived only after all that the person did."
    if facts.steps.get(program.pk):
        return "Only imported history is known, which brings no credit in this program."
    return "The person has done nothing yet that counts as a stage."


def _tell_refusals(contact: Contact) -> list[Line]:
    """Tell when credit was refused, and why."""
    rows = Event.objects.filter(contact=contact, name=REFERRAL_REFUSED)
    lines = []
    for event in rows.order_by("occurred_at", "pk")[:50]:
        receipt = event.properties.get("receipt", {})
        claims = receipt.get("claims", [])
        because = claims[0].get("because", "") if claims else ""
        program = event.properties.get("program", "")
        lines.append(
            Line(
                because or "No advocate was credited.",
                read_time(receipt.get("event_at")) or event.occurred_at,
                BAD,
                note=f"Program “{program}”" if program else "",
            )
        )
    return lines


def _tell_orphans(contact: Contact) -> list[Line]:
    """Tell of refunds whose order nobody has reported."""
    known = Milestone.objects.filter(contact=contact).values("key")
    rows = Refund.objects.filter(contact=contact).exclude(order_key__in=known)
    return [
        Line(
            f"Something of {one.order_key.replace(':', ' ')} was taken back, and nobody"
            " has reported it before.",
            one.occurred_at,
            BAD,
        )
        for one in rows.order_by("occurred_at", "pk")
    ]


def tell_advocate(contact: Contact) -> list[tuple[Advocate, list[Line]]]:
    """Tell whom somebody brought, by program; the latest of each."""
    found = []
    places = Advocate.objects.filter(contact=contact).select_related("program")
    for advocate in places.order_by("joined_at", "pk"):
        rows = Referral.objects.filter(
            advocate_contact_id=contact.pk, advocate_id=advocate.pk
        )
        latest = list(rows.order_by("-lead_at", "-pk")[:MOST])
        names = names_of(one.contact_id for one in latest)
        lines = [
            Line(
                names.get(one.contact_id, "An erased contact"),
                one.lead_at,
                badge=one.stage,
            )
            for one in latest
        ]
        found.append((advocate, lines))
    return found
