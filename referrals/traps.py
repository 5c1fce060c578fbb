"""
A link that no person sees, in each mail and on the page with the offer.

Whoever follows it follows every link there is, as the scanners of mail servers do. So what came
from there within ten minutes, before and after, was no person, however much it looks like one.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from contacts import tokens
from contacts.models import Contact
from referrals.arrivals import Arrival
from referrals.models import TrapHit, Visit

PURPOSE = "trap"
# The same address: a scanner may change the name of its browser from link to link.
NEAR = timedelta(minutes=10)
# The same address and browser.
LONG = timedelta(hours=24)
TRAPPED = "followed a link that nobody sees"


def trap_url(contact_id: int) -> str:
    """Write the address of the trap in what is sent or shown about a contact."""
    return f"{settings.SITE_URL}/t/{tokens.make_token(PURPOSE, contact_id)}"


@transaction.atomic
def walk_in(*, contact_id: int, arrival: Arrival, now: datetime) -> int:
    """
    Note who followed the trap; what was counted as a person's visit from there is not any more.

    :returns: how many visits that were
    """
    if not Contact.objects.filter(pk=contact_id, erased_at=None).exists():
        return 0
    TrapHit.objects.create(
        contact_id=contact_id,
        hit_at=now,
        address_hash=arrival.address_hash,
        visitor_key=arrival.visitor_key,
    )
    return take_back(contact_id=contact_id, arrival=arrival, reason=TRAPPED, now=now)


def take_back(*, contact_id: int, arrival: Arrival, reason: str, now: datetime) -> int:
    """Count the latest visits from the same place as a scanner's; returns how many."""
    same = Q(visitor_key=arrival.visitor_key)
    if reason == TRAPPED and arrival.address_hash:
        same |= Q(address_hash=arrival.address_hash)
    visits = Visit.objects.filter(
        same,
        contact_id=contact_id,
        visited_at__gt=now - NEAR,
        visited_at__lte=now,
        kind__in=(Visit.Kind.HUMAN, Visit.Kind.DUPLICATE),
    )
    return visits.update(kind=Visit.Kind.SCANNER, reason=reason, tell_due_at=None)


def is_trapped(*, contact_id: int, arrival: Arrival, now: datetime) -> bool:
    """Whether who makes a request has walked into a trap lately."""
    same = Q(visitor_key=arrival.visitor_key, hit_at__gt=now - LONG)
    if arrival.address_hash:
        same |= Q(address_hash=arrival.address_hash, hit_at__gt=now - NEAR)
    return TrapHit.objects.filter(
        same, contact_id=contact_id, hit_at__gt=now - LONG
    ).exists()
