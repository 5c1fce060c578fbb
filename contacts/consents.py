"""
What we may send to whom: permission given and taken back, addresses silenced.

A person's own no always wins: it is written together with the suppression of the address,
and no import and no marketer's grant undoes it. Only an explicit lift, with a reason, does,
or the person, who changes his mind on the page where he said no.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from contacts import events
from contacts.addresses import address_digest, normalize_address, normalize_destination
from contacts.changes import tell_changed
from contacts.models import (
    Consent,
    ConsentChange,
    Contact,
    Identifier,
    Suppression,
)
from contacts.models.consent import Channel, ConsentState

UNSUBSCRIBED = "unsubscribed"
RESUBSCRIBED = "resubscribed"
ADDRESS_SUPPRESSED = "address_suppressed"
SUPPRESSION_LIFTED = "suppression_lifted"
OWN_EVENTS = (UNSUBSCRIBED, RESUBSCRIBED, ADDRESS_SUPPRESSED, SUPPRESSION_LIFTED)


class ReasonMissing(ValueError):
    """A suppression was to be lifted without saying why."""


# Grants to those of the given contacts who have never been asked; who has granted already,
# or has said no, stays as he is. One row of history for each new grant.
GRANT = """
WITH granted AS (
    INSERT INTO contacts_consent (contact_id, channel, state, changed_at)
    SELECT contact.id, %(channel)s, 'granted', %(now)s
    FROM contacts_contact AS contact
    WHERE contact.id = ANY (%(contacts)s)
    ORDER BY contact.id
    ON CONFLICT (contact_id, channel) DO NOTHING
    RETURNING contact_id
), remembered AS (
    INSERT INTO contacts_consentchange
        (contact_id, channel, state, changed_at, source, statement, evidence, changed_by_id)
    SELECT contact_id, %(channel)s, 'granted', %(now)s, %(source)s, %(statement)s,
        %(evidence)s, %(user)s
    FROM granted
)
SELECT contact_id FROM granted
"""

# Writes a suppression for each address that has none, in one order, so that two lists that
# overlap wait for each other. Leans on the unique index of the digest.
SILENCE = """
INSERT INTO contacts_suppression
    (digest, address, reason, details, created_at, created_by_id)
SELECT wanted.digest, wanted.address, %(reason)s, %(details)s, %(now)s, %(user)s
FROM unnest(%(digests)s::bytea[], %(addresses)s::text[]) AS wanted (digest, address)
ORDER BY wanted.address
ON CONFLICT (digest) DO NOTHING
RETURNING address, id
"""


@transaction.atomic
def grant(
    contact_ids: Sequence[int],
    *,
    channel: str = Channel.EMAIL,
    source: str,
    statement: str,
    evidence: Mapping[str, Any] | None = None,
    user: AbstractBaseUser | None = None,
    now: datetime,
) -> int:
    """
    Write down that contacts allowed us to write to them.

    Skips who has said no: a marketer's word never undoes a person's. Safe to repeat.

    :returns: how many are new
    """
    values: dict[str, Any] = {
        "contacts": list(contact_ids),
        "channel": channel,
        "source": source,
        "statement": statement,
        "evidence": Jsonb(dict(evidence or {})),
        "user": user.pk if user else None,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(GRANT, values)
        granted = sorted(row[0] for row in cursor.fetchall())
    tell_changed(dict.fromkeys(granted), now=now)
    return len(granted)


@transaction.atomic
def withdraw(
    *,
    contact: Contact,
    channel: str = Channel.EMAIL,
    source: str,
    now: datetime,
    evidence: Mapping[str, Any] | None = None,
    user: AbstractBaseUser | None = None,
    statement: str = "",
) -> bool:
    """
    Take back the permission of a contact on a channel; of email, silence the address with it.

    Takes the contact's lock, so that no ask is decided at the same time. Safe to repeat.

    :returns: False if it had been taken back before
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    tell_changed({contact.pk: None}, now=now)
    if contact.email and channel == Channel.EMAIL:
        silence(
            [contact.email],
            reason=Suppression.Reason.UNSUBSCRIBED,
            now=now,
            user=user,
        )
    change = set_state(
        contact=contact,
        channel=channel,
        state=ConsentState.WITHDRAWN,
        source=source,
        statement=statement,
        evidence=evidence or {},
        user=user,
        now=now,
    )
    if change is None:
        return False
    record_change(contact, UNSUBSCRIBED, change.pk, now, {"source": source})
    return True


@transaction.atomic
def resubscribe(*, contact: Contact, source: str, now: datetime) -> bool:
    """
    Let a person take back his own no.

    Lifts the suppression only if the person caused it: an address that bounced, complained
    or was silenced by hand stays silent.

    :returns: False if the address stays silent
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    suppression = suppression_of(contact.email)
    if suppression and suppression.reason != Suppression.Reason.UNSUBSCRIBED:
        return False
    tell_changed({contact.pk: None}, now=now)
    if suppression:
        suppression.delete()
    stopped = Consent.objects.filter(contact=contact, state=ConsentState.WITHDRAWN)
    channels = {*stopped.values_list("channel", flat=True)} & {Channel.SERVICE}
    for channel in (Channel.EMAIL, *channels):
        change = set_state(
            contact=contact,
            channel=channel,
            state=ConsentState.GRANTED,
            source=source,
            statement="Subscribed again on the unsubscribe page",
            evidence={},
            user=None,
            now=now,
        )
        if change is not None and channel == Channel.EMAIL:
            record_change(contact, RESUBSCRIBED, change.pk, now, {"source": source})
    return True


@transaction.atomic
def stop_everything(
    *,
    contact: Contact,
    source: str,
    now: datetime,
    evidence: Mapping[str, Any] | None = None,
) -> None:
    """Take a person's word that he wants no mail at all, not even news of his own."""
    for channel in (Channel.EMAIL, Channel.SERVICE):
        withdraw(
            contact=contact, channel=channel, source=source, now=now, evidence=evidence
        )


def suppress(
    *,
    address: str,
    reason: str,
    now: datetime,
    user: AbstractBaseUser | None = None,
    details: str = "",
) -> bool:
    """
    Silence an address, whoever it belongs to now or later.

    :returns: False if it was silent already; the first reason stays
    """
    silenced = suppress_many(
        addresses=[address], reason=reason, now=now, user=user, details=details
    )
    return silenced == 1


@transaction.atomic
def suppress_many(
    *,
    addresses: Sequence[str],
    reason: str,
    now: datetime,
    user: AbstractBaseUser | None = None,
    details: str = "",
) -> int:
    """
    Silence addresses and phone numbers; whoever owns one now is told so on the timeline. Four statements.

    Takes the locks of the owners first, so that nothing begins to leave once it has returned.

    :returns: how many are new; who was silent already keeps the first reason
    """
    lock_owners(addresses)
    silenced = silence(addresses, reason=reason, now=now, user=user, details=details)
    owners = Identifier.objects.filter(
        kind=Identifier.Kind.EMAIL, value__in=list(silenced)
    )
    events.record_many(
        [
            events.Fact(
                contact_id=contact_id,
                name=ADDRESS_SUPPRESSED,
                at=now,
                key=str(silenced[address]),
                properties={"reason": reason, "details": details},
            )
            for address, contact_id in owners.values_list("value", "contact_id")
        ],
        now=now,
    )
    told = sorted(set(owners.values_list("contact_id", flat=True)))
    tell_changed(dict.fromkeys(told), now=now)
    return len(silenced)


def lock_owners(addresses: Sequence[str]) -> None:
    """Lock the contacts whose addresses these are, in order."""
    wanted = {normalize_address(address) for address in addresses} - {""}
    owners = Identifier.objects.filter(
        kind=Identifier.Kind.EMAIL, value__in=sorted(wanted)
    )
    rows = Contact.objects.filter(pk__in=owners.values("contact_id"))
    locked = rows.select_for_update(no_key=True, of=("self",)).order_by("pk")
    list(locked.values_list("pk"))


@transaction.atomic
def lift_suppression(
    *,
    suppression: Suppression,
    reason: str,
    user: AbstractBaseUser | None,
    now: datetime,
) -> None:
    """
    Let us write to a silenced address again, for a reason that is written down.

    If its owner had unsubscribed, the permission is granted again with the reason as the
    statement.

    :raises ReasonMissing: if no reason is given
    """
    if not reason.strip():
        raise ReasonMissing
    contact = contact_of(suppression.address)
    if contact is not None:
        # Before the suppression, as everywhere, so that nobody waits for each other.
        contact = Contact.objects.select_for_update().get(pk=contact.pk)
    lifted = suppression.pk
    suppression.delete()
    if contact is None:
        return
    tell_changed({contact.pk: None}, now=now)
    withdrawn = Consent.objects.filter(
        contact=contact, channel=Channel.EMAIL, state=ConsentState.WITHDRAWN
    )
    if withdrawn.exists():
        set_state(
            contact=contact,
            channel=Channel.EMAIL,
            state=ConsentState.GRANTED,
            source="lifted_by_hand",
            statement=reason,
            evidence={},
            user=user,
            now=now,
        )
    record_change(contact, SUPPRESSION_LIFTED, lifted, now, {"reason": reason})


def silence(
    addresses: Sequence[str],
    *,
    reason: str,
    now: datetime,
    user: AbstractBaseUser | None,
    details: str = "",
) -> dict[str, int]:
    """Write suppressions; returns the id of each that is new, by its address."""
    wanted = sorted({normalize_destination(address) for address in addresses} - {""})
    values: dict[str, Any] = {
        "digests": [address_digest(address) for address in wanted],
        "addresses": wanted,
        "reason": reason,
        "details": details,
        "now": now,
        "user": user.pk if user else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(SILENCE, values)
        return dict(cursor.fetchall())


def set_state(
    *,
    contact: Contact,
    channel: str,
    state: str,
    source: str,
    statement: str,
    evidence: Mapping[str, Any],
    user: AbstractBaseUser | None,
    now: datetime,
) -> ConsentChange | None:
    """Set where a contact stands and append to the history; None if nothing changed."""
    before = Consent.objects.filter(contact=contact, channel=channel, state=state)
    if before.exists():
        return None
    Consent.objects.update_or_create(
        contact=contact,
        channel=channel,
        defaults={"state": state, "changed_at": now},
    )
    return ConsentChange.objects.create(
        contact=contact,
        channel=channel,
        state=state,
        changed_at=now,
        source=source,
        statement=statement,
        evidence=dict(evidence),
        changed_by_id=user.pk if user else None,
    )


def record_change(
    contact: Contact, name: str, key: int, now: datetime, properties: dict[str, Any]
) -> None:
    """Let audiences and the timeline know."""
    events.record(
        events.Fact(
            contact_id=contact.pk,
            name=name,
            at=now,
            key=str(key),
            properties=properties,
        ),
        now=now,
    )


def suppression_of(address: str) -> Suppression | None:
    """Find why an address is silent; None if it is not."""
    if not address:
        return None
    return Suppression.objects.filter(digest=address_digest(address)).first()


def contact_of(address: str) -> Contact | None:
    """Find whose address it is now."""
    if not address:
        return None
    return Contact.objects.filter(
        identifiers__kind="email", identifiers__value=normalize_address(address)
    ).first()
