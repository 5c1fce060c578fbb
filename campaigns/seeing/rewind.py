"""
Put a contact back to how he was at a moment; only inside ``scratch``.

Afterwards the engine and every guardrail, whichever tables they read, see him as they would have
seen him then: attributes, events, consent, memberships, wishes, the ask budget and his way
through campaigns. What keeps no history is as it is today: lists, referrals, who is an advocate,
and the address, which names him.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.guardrails import budget
from campaigns.models import Ask
from campaigns.seeing.place import put_back
from contacts.addresses import address_digest
from contacts.attributes import as_of
from contacts.models import Contact, Event
from referrals.event_names import ASK_NEVER, ASK_RESUMED, ASK_SNOOZED
from referrals.models import AskPreference

FIELDS = ("first_name", "last_name", "locale", "time_zone")

# Consents as the last change up to then left them.
CONSENT = (
    "DELETE FROM contacts_consent WHERE contact_id = %(contact)s",
    """
    INSERT INTO contacts_consent (contact_id, channel, state, changed_at)
    SELECT DISTINCT ON (change.channel)
        change.contact_id, change.channel, change.state, change.changed_at
    FROM contacts_consentchange AS change
    WHERE change.contact_id = %(contact)s AND change.changed_at <= %(at)s
    ORDER BY change.channel, change.changed_at DESC, change.id DESC
    """,
)
# Memberships as the last change up to then left them; who is in no ledger stays if he was there.
MEMBERSHIPS = (
    """
    DELETE FROM audiences_membership AS member
    WHERE member.contact_id = %(contact)s AND (member.entered_at > %(at)s OR EXISTS (
        SELECT FROM audiences_membershipchange AS change
        WHERE change.contact_id = member.contact_id
            AND change.audience_id = member.audience_id
    ))
    """,
    """
    INSERT INTO audiences_membership (contact_id, audience_id, episode, entered_at)
    SELECT last.contact_id, last.audience_id, last.episode, last.changed_at
    FROM (
        SELECT DISTINCT ON (change.audience_id) change.*
        FROM audiences_membershipchange AS change
        WHERE change.contact_id = %(contact)s AND change.changed_at <= %(at)s
        ORDER BY change.audience_id, change.changed_at DESC, change.episode DESC, change.id DESC
    ) AS last
    WHERE last.change = 'entered'
    ON CONFLICT DO NOTHING
    """,
    """
    DELETE FROM audiences_membershipchange
    WHERE contact_id = %(contact)s AND changed_at > %(at)s
    """,
)
# What had not happened yet.
LATER = (
    "DELETE FROM contacts_event WHERE contact_id = %(contact)s AND occurred_at > %(at)s",
    "DELETE FROM campaigns_refusal WHERE contact_id = %(contact)s AND refused_at > %(at)s",
    "DELETE FROM campaigns_hold WHERE contact_id = %(contact)s AND held_at > %(at)s",
    "DELETE FROM campaigns_message WHERE contact_id = %(contact)s AND created_at > %(at)s",
    "DELETE FROM campaigns_moment WHERE contact_id = %(contact)s AND came_at > %(at)s",
    "DELETE FROM campaigns_task WHERE contact_id = %(contact)s AND created_at > %(at)s",
    "DELETE FROM campaigns_ask WHERE contact_id = %(contact)s AND asked_at > %(at)s",
)
# Facts about asks that were not known yet.
ASK_FACTS = (
    "delivered_at",
    "viewed_at",
    "intent_at",
    "invite_sent_at",
    "lead_at",
    "qualified_at",
    "opportunity_at",
    "won_at",
    "refunded_at",
    "opened_at",
    "complained_at",
    "unsubscribed_at",
)
FORGET_ANSWERS = """
UPDATE campaigns_ask SET answer = '', answered_at = NULL
WHERE contact_id = %(contact)s AND answered_at > %(at)s
"""
# Incidents as they were: those of later are gone, those that were open are open again.
INCIDENTS = (
    "DELETE FROM campaigns_incident WHERE opened_at > %(at)s",
    """
    UPDATE campaigns_incident SET closed_at = NULL, ends_at = NULL
    WHERE closed_at > %(at)s
    """,
)
# A suppression that came later. Leans on the unique index of the digest.
UNSILENCE = (
    "DELETE FROM contacts_suppression WHERE digest = %(digest)s AND created_at > %(at)s"
)


def rewind(contact: Contact, *, at: datetime, keeping: int = 0) -> Contact:
    """
    Put the contact back, and give him as he was; about thirty short statements.

    The pass that is to be kept is there, though it may have begun at this very instant.
    """
    contact = Contact.objects.get(pk=contact.pk)
    _tell_fields(contact, at)
    put_back(contact.pk, at=at, keeping=keeping)
    values = {"contact": contact.pk, "at": at, "digest": _digest(contact)}
    _execute(
        [*CONSENT, *MEMBERSHIPS, *LATER, *INCIDENTS, FORGET_ANSWERS, UNSILENCE], values
    )
    for fact in ASK_FACTS:
        Ask.objects.filter(contact=contact, **{f"{fact}__gt": at}).update(
            **{fact: None}
        )
    budget.lock_budgets([contact.pk])
    budget.recount([contact.pk])
    _wish(contact, at)
    return contact


def _execute(statements: Iterable[str], values: dict[str, Any]) -> None:
    """Run statements with the same values."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)


def _digest(contact: Contact) -> bytes:
    """Find the name of a suppression of the address."""
    return address_digest(contact.email)


def _tell_fields(contact: Contact, at: datetime) -> None:
    """Give the contact the fields and attributes that he had."""
    known = as_of(contact, at)
    for name in FIELDS:
        setattr(contact, name, known.get(name, ""))
    contact.attributes = {
        name: value for name, value in known.items() if name not in (*FIELDS, "email")
    }
    if contact.erased_at and contact.erased_at > at:
        contact.erased_at = None
    contact.save(update_fields=[*FIELDS, "attributes", "erased_at"])


def _wish(contact: Contact, at: datetime) -> None:
    """Recall whether he wanted to be asked, from what was told of it."""
    AskPreference.objects.filter(contact=contact).delete()
    snoozed_until: datetime | None = None
    never_since: datetime | None = None
    said = Event.objects.filter(
        contact=contact, name__in=(ASK_SNOOZED, ASK_NEVER, ASK_RESUMED)
    )
    for event in said.order_by("occurred_at", "pk"):
        if event.name == ASK_SNOOZED:
            snoozed_until = datetime.fromisoformat(event.properties["until"])
        elif event.name == ASK_NEVER:
            never_since = event.occurred_at
        else:
            snoozed_until = never_since = None
    if snoozed_until or never_since:
        AskPreference.objects.create(
            contact=contact,
            snoozed_until=snoozed_until,
            never_since=never_since,
            changed_at=at,
        )
