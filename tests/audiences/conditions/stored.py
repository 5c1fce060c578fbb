"""Write a world of the oracle into the tables."""

import hashlib

from django.conf import settings
from django.db import connection

from audiences.models import Audience, Membership, MembershipChange, Trait
from contacts.models import (
    Account,
    AccountMember,
    AttributeChange,
    Consent,
    ConsentChange,
    Contact,
    ContactList,
    Event,
    ListMembership,
    Suppression,
)
from tests.audiences.conditions import pools
from tests.audiences.conditions.oracle.people import World
from tests.factories.audiences import PRO

FILLED = [
    Account,
    AccountMember,
    AttributeChange,
    Audience,
    Consent,
    ConsentChange,
    Contact,
    ContactList,
    Event,
    ListMembership,
    Membership,
    MembershipChange,
    Suppression,
    Trait,
]


def store_names() -> None:
    """Two lists and two audiences with known ids, and the list of everyone."""
    everyone = ContactList.Kind.EVERYONE
    ContactList.objects.filter(kind=everyone).delete()
    ContactList.objects.create(pk=pools.EVERYONE, name="Everyone", kind=everyone)
    for pk in pools.LISTS:
        ContactList.objects.create(pk=pk, name=f"List {pk}")
    for pk in pools.AUDIENCES:
        Audience.objects.create(pk=pk, name=f"Audience {pk}", rule=dict(PRO))


def store(world: World) -> None:
    """Write everybody, and give them their ids."""
    contacts = Contact.objects.bulk_create(
        Contact(
            attributes=person.attributes,
            attributes_at=max((one.at for one in person.told), default=None),
            created_at=person.created_at,
            is_anonymous=person.is_anonymous,
            erased_at=world.now if person.is_erased else None,
            **person.fields,
        )
        for person in world.people
    )
    for person, contact in zip(world.people, contacts, strict=True):
        person.id = contact.pk
    store_traits(world)
    store_accounts(world)
    store_events(world)
    store_standing(world)
    store_history(world)
    with connection.cursor() as cursor:
        # As in a database that is kept up: a plan for empty tables is a bad one, and as empty
        # they are known to a vacuum that came by after an earlier population was rolled back.
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in FILLED)}")


def store_traits(world: World) -> None:
    Trait.objects.bulk_create(
        Trait(pk=pk, name=f"Trait {pk}", key=f"trait_{pk}", definition=definition)
        for pk, definition in world.traits.items()
    )


def store_accounts(world: World) -> None:
    """Each member twice, as under two identifiers."""
    Account.objects.bulk_create(
        Account(
            pk=pk,
            group_id=f"account {pk}",
            name=account.name,
            attributes=account.attributes,
            created_at=world.now,
        )
        for pk, account in world.accounts.items()
    )
    AccountMember.objects.bulk_create(
        AccountMember(
            contact_id=person.id,
            account_id=pk,
            identifier_id=identifier,
            first_at=world.now,
        )
        for person in world.people
        for pk in person.accounts
        for identifier in (1, 2)
    )


def store_events(world: World) -> None:
    rows = iter(
        Event.objects.bulk_create(
            Event(
                contact_id=person.id,
                name=event.name,
                key=str(number),
                occurred_at=event.at,
                properties=event.properties,
            )
            for person in world.people
            for number, event in enumerate(person.happened)
        )
    )
    for person in world.people:
        ids = [next(rows).pk for _ in person.happened]
        person.first_event_id = min(ids, default=0)


def store_standing(world: World) -> None:
    """Lists, audiences and permissions."""
    ListMembership.objects.bulk_create(
        ListMembership(contact_id=person.id, contact_list_id=pk, added_at=world.now)
        for person in world.people
        for pk in person.lists
    )
    Membership.objects.bulk_create(
        Membership(
            contact_id=person.id,
            audience_id=crossed.audience,
            episode=crossed.episode,
            entered_at=crossed.at,
        )
        for person in world.people
        for crossed in person.crossed
        if crossed.audience in person.audiences
        and crossed is [c for c in person.crossed if c.audience == crossed.audience][-1]
    )
    Consent.objects.bulk_create(
        Consent(
            contact_id=person.id,
            channel="email",
            state=person.consents[-1][1],
            changed_at=person.consents[-1][0],
        )
        for person in world.people
        if person.consents
    )
    ConsentChange.objects.bulk_create(
        ConsentChange(
            contact_id=person.id,
            channel="email",
            state=state,
            changed_at=at,
            source="import",
        )
        for person in world.people
        for at, state in person.consents
    )
    addresses = {p.fields["email"] for p in world.people if p.is_suppressed}
    Suppression.objects.bulk_create(
        Suppression(
            digest=digest(address),
            address=address,
            reason="manual",
            created_at=world.now,
        )
        for address in addresses
    )


def digest(address: str) -> bytes:
    return hashlib.sha256(f"{settings.SUPPRESSION_KEY}:{address}".encode()).digest()


def store_history(world: World) -> None:
    """What was told of attributes, and who entered and left."""
    AttributeChange.objects.bulk_create(
        AttributeChange(
            contact_id=person.id,
            at=told.at,
            order_key=told.key,
            values=told.values,
            cause="identify",
            recorded_at=world.now,
        )
        for person in world.people
        for told in person.told
    )
    MembershipChange.objects.bulk_create(
        MembershipChange(
            contact_id=person.id,
            audience_id=crossed.audience,
            episode=crossed.episode,
            change=crossed.change,
            changed_at=crossed.at,
            cause="filled",
        )
        for person in world.people
        for crossed in person.crossed
    )
