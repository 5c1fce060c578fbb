"""
What people leave behind that tells one from another, kept as keyed hashes.

Read from what is there: the last messages that a person sent, the visit through which he
came, visits of his own link, and what we were told about him. The addresses and browsers of
visits are hashed in the same way, so all of it can be compared; nothing of it can be read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from contacts.models import Contact
from referrals.arrivals import hash_of
from referrals.fraud.likeness import fraud_key, letters_of
from referrals.models import FraudSignal

Kind = FraudSignal.Kind
# As many of the last messages under one identifier are read.
MESSAGES = 20
# How what we look for is called where we are told about people.
NAMES = {
    Kind.PHONE: ("phone", "phone_number", "mobile"),
    Kind.POSTAL: ("address", "postal_address", "street", "shipping_address"),
    Kind.PAYMENT: ("payment_fingerprint", "card_fingerprint"),
    Kind.PAYOUT: ("payout_account", "payout_email", "paypal", "iban"),
}
SHORTEST_PHONE = 7
SHORTEST_TEXT = 8

# The device, address and browser of the last messages of contacts, and what orders say about
# home and payment. Leans on receipt_of_identifier.
MESSAGES_OF = """
SELECT identifier.contact_id, receipt.occurred_at, receipt.anonymous_id,
    receipt.payload #>> '{context,device,id}', receipt.payload #>> '{context,ip}',
    receipt.payload #>> '{context,userAgent}', receipt.payload -> 'properties'
FROM contacts_identifier AS identifier
CROSS JOIN LATERAL (
    SELECT * FROM contacts_receipt
    WHERE identifier_id = identifier.id
    ORDER BY id DESC
    LIMIT %(messages)s
) AS receipt
WHERE identifier.contact_id = ANY(%(contacts)s)
    AND receipt.state = 'accepted' AND receipt.occurred_at IS NOT NULL
"""

# The visits through which friends came, and those of advocates in their own browser. Leans on
# visit_has_its_click_id and visits_of_advocate.
VISITS_OF = """
SELECT referral.contact_id, visit.visited_at, visit.address_hash, visit.visitor_key
FROM referrals_referral AS referral
JOIN referrals_visit AS visit
    ON visit.contact_id = referral.advocate_contact_id AND visit.click_id = referral.click_id
WHERE referral.contact_id = ANY(%(contacts)s) AND referral.click_id <> ''
    AND visit.kind <> 'self'
UNION ALL
SELECT visit.contact_id, visit.visited_at, visit.address_hash, visit.visitor_key
FROM referrals_visit AS visit
WHERE visit.contact_id = ANY(%(contacts)s) AND visit.kind = 'self'
"""

# Keeps when each was seen first and last; writes nothing that is known. In the order of the
# contacts, so that two workers never wait for each other.
NOTE = """
INSERT INTO referrals_fraudsignal (contact_id, kind, value, first_seen_at, last_seen_at)
SELECT contact_id, kind, value, min(seen_at), max(seen_at)
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[])
    AS seen (contact_id, kind, value, seen_at)
GROUP BY contact_id, kind, value
ORDER BY contact_id, kind, value
ON CONFLICT (contact_id, kind, value) DO UPDATE
SET first_seen_at = least(referrals_fraudsignal.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(referrals_fraudsignal.last_seen_at, excluded.last_seen_at)
WHERE excluded.first_seen_at < referrals_fraudsignal.first_seen_at
    OR excluded.last_seen_at > referrals_fraudsignal.last_seen_at
"""


@dataclass(frozen=True)
class Sign:
    """Something seen of a contact: which kind, its hash, and when."""

    contact_id: int
    kind: str
    value: str
    at: datetime


def sign_of(contact_id: int, kind: str, text: object, at: datetime) -> list[Sign]:
    """Hash what a text says; nothing if it says too little to tell people apart."""
    plain = plain_of(kind, text)
    if not plain:
        return []
    return [Sign(contact_id, kind, hash_of(f"fraud.{kind}", plain), at)]


def plain_of(kind: str, text: object) -> str:
    """Bring what we were told to the form in which it is compared; blank if it says nothing."""
    if isinstance(text, bool) or not isinstance(text, str | int):
        return ""
    letters = letters_of(str(text))
    if kind == Kind.MAILBOX:
        return fraud_key(str(text))
    if kind == Kind.PHONE:
        digits = "".join(letter for letter in letters if letter.isdecimal())
        # Country codes are written or not.
        return digits[-9:] if len(digits) >= SHORTEST_PHONE else ""
    return letters if len(letters) >= SHORTEST_TEXT else ""


def note_signals(signs: Iterable[Sign]) -> None:
    """Keep what was seen; what is known already stays as it is."""
    rows = list(signs)
    if not rows:
        return
    columns: list[Any] = [
        [row.contact_id for row in rows],
        [str(row.kind) for row in rows],
        [row.value for row in rows],
        [row.at for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(NOTE, columns)


def note_browser(
    *, contact_id: int, address: str, user_agent: str, now: datetime
) -> None:
    """Keep the browser with which a person did something on a page of ours."""
    note_signals(browser_signs(contact_id, address, user_agent, now))


def note_traces(*, contact_id: int, traces: Mapping[str, str], at: datetime) -> None:
    """Keep what a shop's server tells of where an event came from, under the names of ours."""
    signs = browser_signs(
        contact_id, traces.get("ip", ""), traces.get("user_agent", ""), at
    )
    if device := traces.get("device_id"):
        value = hash_of("fraud.device", device)
        signs.append(Sign(contact_id, Kind.DEVICE, value, at))
    note_signals([*signs, *_named_signs(contact_id, traces, at)])


def browser_signs(
    contact_id: int, address: str, user_agent: str, at: datetime
) -> list[Sign]:
    """Hash an address and a browser as visits do."""
    if not address:
        return []
    signs = [Sign(contact_id, Kind.ADDRESS, hash_of("address", address), at)]
    if user_agent:
        value = hash_of("visitor", address, user_agent)
        signs.append(Sign(contact_id, Kind.BROWSER, value, at))
    return signs


def refresh_signals(contact_ids: Sequence[int]) -> None:
    """Read what contacts left behind, and keep it; four statements for all of them."""
    contacts = sorted(set(contact_ids))
    people = Contact.objects.filter(pk__in=contacts, erased_at=None)
    signs = [sign for contact in people for sign in _told_signs(contact)]
    known = {contact.pk for contact in people}
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"contacts": sorted(known), "messages": MESSAGES}
        cursor.execute(MESSAGES_OF, values)
        for row in cursor.fetchall():
            signs += _message_signs(*row)
        cursor.execute(VISITS_OF, values)
        for contact_id, at, address, browser in cursor.fetchall():
            found = ((Kind.ADDRESS, address), (Kind.BROWSER, browser))
            signs += [
                Sign(contact_id, kind, value, at) for kind, value in found if value
            ]
    note_signals(signs)


def _told_signs(contact: Contact) -> list[Sign]:
    """Read what we were told about a contact."""
    at = contact.created_at
    signs = sign_of(contact.pk, Kind.MAILBOX, contact.email, at)
    return signs + _named_signs(contact.pk, contact.attributes, at)


def _named_signs(
    contact_id: int, values: Mapping[str, Any], at: datetime
) -> list[Sign]:
    """Read what stands under names that we know."""
    return [
        sign
        for kind, names in NAMES.items()
        for name in names
        for sign in sign_of(contact_id, kind, values.get(name), at)
    ]


def _message_signs(
    contact_id: int,
    at: datetime,
    anonymous_id: str,
    device: str | None,
    address: str | None,
    user_agent: str | None,
    properties: Any,
) -> list[Sign]:
    """Read what a message says about where it comes from."""
    signs = browser_signs(contact_id, address or "", user_agent or "", at)
    for name in (anonymous_id, device):
        if name:
            value = hash_of("fraud.device", name)
            signs.append(Sign(contact_id, Kind.DEVICE, value, at))
    if isinstance(properties, dict):
        signs += _named_signs(contact_id, properties, at)
    return signs
