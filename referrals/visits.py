"""What came through a link: recorded each time, people told apart from machines."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.crypto import salted_hmac

from contacts.events import Fact, record
from referrals.event_names import LINK_VISITED
from referrals.links import clean_channel
from referrals.models import Advocate, ClickId, Visit
from referrals.robots import HUMAN, classify

# The same browser within this time is the same visit.
REPEAT = timedelta(hours=1)


@dataclass(frozen=True)
class Arrival:
    """What a request says about who makes it; ``is_own_browser`` if it is the advocate's."""

    method: str = "GET"
    address: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""
    is_own_browser: bool = False

    @property
    def user_agent(self) -> str:
        """The browser's name, as far as it is plain text."""
        agent = self.headers.get("User-Agent", "")
        return "".join(letter for letter in agent if letter.isprintable())[:400]

    @property
    def referrer_host(self) -> str:
        """The host of the page that the visitor comes from; blank if that is unknown."""
        try:
            host = urlsplit(self.headers.get("Referer", "")).hostname or ""
        except ValueError:
            return ""
        return host[:253] if host.isprintable() else ""


def hash_of(purpose: str, *words: str) -> str:
    """Hash words with our key, so that they can be compared and not read."""
    salt = f"referrals.visits.{purpose}"
    return salted_hmac(salt, "\n".join(words), algorithm="sha256").hexdigest()[:32]


@transaction.atomic
def record_visit(*, advocate: Advocate, arrival: Arrival, now: datetime) -> Visit:
    """
    Record that a link was opened, and by whom; a person's first within the hour is an event.

    The advocate's row is locked while a person's visit is judged, so that two requests at
    the same time are not both the first.
    """
    verdict = classify(
        method=arrival.method,
        headers=arrival.headers,
        referrer_host=arrival.referrer_host,
    )
    visitor_key = hash_of("visitor", arrival.address, arrival.user_agent)
    kind, reason = verdict.kind, verdict.reason
    if kind == HUMAN:
        kind = _kind_of_person(advocate, arrival, visitor_key, now)
    visit = Visit.objects.create(
        contact_id=advocate.contact_id,
        program_id=advocate.program_id,
        advocate_id=advocate.pk,
        visited_at=now,
        kind=kind,
        reason=reason,
        channel=clean_channel(arrival.channel),
        user_agent=arrival.user_agent,
        referrer_host=arrival.referrer_host,
        address_hash=hash_of("address", arrival.address) if arrival.address else "",
        visitor_key=visitor_key,
        click_id=secrets.token_urlsafe(16),
    )
    ClickId.objects.create(click_id=visit.click_id, contact_id=visit.contact_id)
    if visit.kind == Visit.Kind.HUMAN:
        _tell(advocate, visit, now)
    return visit


def _kind_of_person(
    advocate: Advocate, arrival: Arrival, visitor_key: str, now: datetime
) -> str:
    """Tell a first visit from a repeated one and from the advocate's own."""
    if arrival.is_own_browser:
        return Visit.Kind.SELF
    own = Advocate.objects.filter(contact_id=advocate.contact_id, pk=advocate.pk)
    list(own.select_for_update(no_key=True).values_list("pk"))
    was_here = Visit.objects.filter(
        contact_id=advocate.contact_id,
        advocate_id=advocate.pk,
        visited_at__gt=now - REPEAT,
        visitor_key=visitor_key,
        kind=Visit.Kind.HUMAN,
    ).exists()
    return Visit.Kind.DUPLICATE if was_here else Visit.Kind.HUMAN


def _tell(advocate: Advocate, visit: Visit, now: datetime) -> None:
    """Record the event on the advocate's contact."""
    properties = {
        "program": advocate.program.name,
        "program_id": advocate.program_id,
        "channel": visit.channel,
    }
    fact = Fact(
        visit.contact_id, LINK_VISITED, now, f"visit:{visit.click_id}", properties
    )
    record(fact, now=now)
