"""What the guardrails need to know about contacts, read in one statement."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from campaigns.flows.ladder import SMS
from campaigns.guardrails.reasons import Objection
from contacts.addresses import address_digest
from contacts.models import Contact, Suppression
from contacts.models.consent import Channel

# Selects the facts of the given contacts. Leans on the primary key of contacts and on the
# unique indexes of the others: (contact, channel), digest, contact, contact.
FACTS = """
SELECT
    contact.id, contact.email, contact.time_zone,
    COALESCE(consent.state, ''), COALESCE(suppression.reason, ''),
    preference.never_since, preference.snoozed_until,
    budget.last_asked_on, budget.next_on, %s::text, %s::boolean
FROM contacts_contact AS contact
LEFT JOIN contacts_consent AS consent
    ON consent.contact_id = contact.id AND consent.channel = %s
LEFT JOIN contacts_suppression AS suppression
    ON suppression.digest = sha256(convert_to(%s || ':' || contact.email, 'UTF8'))
LEFT JOIN referrals_askpreference AS preference ON preference.contact_id = contact.id
LEFT JOIN campaigns_askbudget AS budget ON budget.contact_id = contact.id
WHERE contact.id = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    A contact as the guardrails see it.

    ``consent`` is "granted", "withdrawn" or blank; ``suppression`` the reason or blank.
    ``signs`` is what ``signs`` found; the moment is fresh until ``fresh_until``, or for ever.
    """

    contact_id: int
    address: str
    zone: str
    consent: str
    suppression: str
    never_since: datetime | None
    snoozed_until: datetime | None
    last_asked_on: date | None
    next_on: date | None
    channel: str = "email"
    # Asked about a service message: ``consent`` is then what was said about those.
    is_service: bool = False
    signs: tuple[Objection, ...] = ()
    fresh_until: datetime | None = None
    # Why the phone number is silenced, for text messages; blank if it is not.
    silenced_number: str = ""


def read_facts(
    contact_ids: Collection[int], *, channel: str = "email", is_service: bool = False
) -> dict[int, Facts]:
    """
    Read what is known of contacts; who no longer exists is left out. One query.

    What is read by conditions, and how fresh the moment is, is added by who knows the purpose.
    """
    law = Channel.SERVICE if is_service else channel
    with connection.cursor() as cursor:
        cursor.execute(
            FACTS,
            [channel, is_service, law, settings.SUPPRESSION_KEY, list(contact_ids)],
        )
        return {row[0]: Facts(*row) for row in cursor.fetchall()}


def with_numbers(facts: dict[int, Facts], step: Mapping[str, Any]) -> dict[int, Facts]:
    """
    Put the phone number in the place of the address, for text messages.

    Two queries: the numbers, and which of them are silenced.
    """
    way = step.get("passed_on")
    if not way or not any(one.channel == SMS for one in facts.values()):
        return facts
    rows = Contact.objects.filter(pk__in=list(facts)).values_list("pk", "attributes")
    numbers = {pk: str(own.get(way["address"]) or "").strip() for pk, own in rows}
    digests = {pk: address_digest(number) for pk, number in numbers.items() if number}
    silent = Suppression.objects.filter(digest__in=list(digests.values()))
    silenced = {bytes(one): why for one, why in silent.values_list("digest", "reason")}
    return {
        pk: replace(
            one,
            address=numbers.get(pk, "")[:254],
            silenced_number=silenced.get(digests.get(pk, b""), ""),
        )
        for pk, one in facts.items()
    }
