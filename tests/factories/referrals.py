"""Programs, advocates and visits with the least that is valid."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from contacts.models import Contact
from referrals.advocates import enroll_advocates
from referrals.models import Advocate, AllowedHost, Program, Referral, Visit
from referrals.visits import Arrival, record_visit
from tests.factories.contacts import make_contact

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
_numbers = count(1)


def make_program(**changes: Any) -> Program:
    """Make a program that leads to an allowed shop."""
    AllowedHost.objects.get_or_create(host="shop.example.com")
    values = {
        "name": f"Program {next(_numbers)}",
        "brand": "Fernweh Coffee",
        "offer_headline": "Give $20, get $20",
        "friend_headline": "$20 off your first order",
        "disclosure": "I get $20 too.",
        "share_text": "Here is $20 off your first order.",
        "destination_url": "https://shop.example.com/welcome",
    }
    return Program.objects.create(**values | changes)


def make_advocate(
    program: Program | None = None, contact: Contact | None = None
) -> Advocate:
    """Make a contact an advocate."""
    program = program or make_program()
    contact = contact or make_contact()
    enroll_advocates(program=program, contact_ids=[contact.pk], now=NOW)
    return Advocate.objects.select_related("program").get(
        program=program, contact=contact
    )


def make_visit(
    advocate: Advocate, *, now: datetime = NOW, address: str = "", **changes: Any
) -> Visit:
    """Let a person open the advocate's link, each from another address."""
    arrival = Arrival(
        address=address or f"192.0.2.{next(_numbers)}",
        headers={"User-Agent": BROWSER},
        **changes,
    )
    return record_visit(advocate=advocate, arrival=arrival, now=now)


def make_referral(
    advocate: Advocate | None = None, friend: Contact | None = None, **changes: Any
) -> Referral:
    """Make a friend the referral of an advocate."""
    advocate = advocate or make_advocate()
    values = {
        "contact": friend or make_contact(),
        "program": advocate.program,
        "advocate_contact_id": advocate.contact_id,
        "advocate_id": advocate.pk,
        "source": Referral.Source.CLICK,
        "lead_at": NOW,
    }
    return Referral.objects.create(**values | changes)
