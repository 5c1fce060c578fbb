"""
Find people by what names them, or create them: once, whoever asks at the same time.

An identifier is claimed first, in its own unique look-up; only who claimed it makes the
contact. So two requests for the same new person end with one contact, without a lock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction

from contacts.addresses import normalize_address
from contacts.attributes import assert_now, begin_history
from contacts.changes import tell_changed
from contacts.identities.lock import lock_identities
from contacts.models import Contact, Identifier

FIELDS = ("first_name", "last_name", "locale", "time_zone")


class IdentifierMissing(ValueError):
    """Neither an address nor a user id was given."""


class IdentifiersDisagree(ValueError):
    """The address names one contact and the user id another."""


class AddressTaken(ValueError):
    """The address names another contact, which is the argument."""

    def __init__(self, owner_id: int) -> None:
        super().__init__(f"Contact {owner_id} has this address.")
        self.owner_id = owner_id


# Claims one identifier with a new contact id; nothing comes back if it names somebody.
CLAIM = """
INSERT INTO contacts_identifier (kind, value, contact_id, created_at, stated_at)
VALUES (%(kind)s, %(value)s, nextval(pg_get_serial_sequence('contacts_contact', 'id')), %(now)s, %(now)s)
ON CONFLICT (kind, value) DO NOTHING
RETURNING contact_id
"""

# What somebody typed or reported together names one person, who is no mere visitor any more.
# Leans on the index of the contact.
LINK_LOOSE = """
WITH named AS (
    UPDATE contacts_contact SET is_anonymous = FALSE
    WHERE id = %(contact)s AND is_anonymous
)
INSERT INTO contacts_identifierlink
    (first_id, second_id, basis, at, order_key, refusal)
SELECT least(loose.id, anchor.id), greatest(loose.id, anchor.id), 'email', %(now)s,
    'contact:' || %(contact)s, ''
FROM contacts_identifier AS loose
JOIN LATERAL (
    SELECT other.id FROM contacts_identifier AS other
    WHERE other.contact_id = %(contact)s AND other.id <> loose.id
    ORDER BY other.kind = 'email' DESC, other.id
    LIMIT 1
) AS anchor ON TRUE
WHERE loose.contact_id = %(contact)s AND NOT EXISTS (
    SELECT FROM contacts_identifierlink AS link WHERE link.first_id = loose.id
) AND NOT EXISTS (
    SELECT FROM contacts_identifierlink AS link WHERE link.second_id = loose.id
)
ORDER BY 1, 2
ON CONFLICT DO NOTHING
"""


@transaction.atomic
def create_or_update_contact(
    *,
    email: str = "",
    user_id: str = "",
    fields: Mapping[str, str] | None = None,
    attributes: Mapping[str, Any] | None = None,
    cause: str = "by_hand",
    user: User | None = None,
    now: datetime,
) -> tuple[Contact, bool]:
    """
    Create the contact that the identifiers name, or bring the one they name up to date.

    Blank fields leave what is there; attributes are merged, and None removes one.

    :returns: the contact, and whether it is new
    :raises IdentifierMissing: if there is neither an address nor a user id
    :raises IdentifiersDisagree: if the two name different contacts
    """
    wanted = wanted_identifiers(email, user_id)
    if not wanted:
        raise IdentifierMissing
    if len(wanted) > 1 or owners_of(wanted):
        # Who is known may become a part of another at any moment.
        lock_identities()
    contact_id, is_new = claim_first(wanted, now)
    attach(wanted, contact_id, now)
    if is_new:
        Contact.objects.create(pk=contact_id, created_at=now, updated_at=now)
        tell_changed({contact_id: None}, now=now, is_remade=True)
    values: dict[str, Any] = {
        name: value.strip()
        for name, value in (fields or {}).items()
        if name in FIELDS and value.strip()
    }
    values |= attributes or {}
    row = Contact.objects.filter(pk=contact_id)
    if email and (is_new or row.filter(email="").exists()):
        values["email"] = normalize_address(email)
    if values:
        assert_now(
            contact_id=contact_id,
            values=values,
            cause=cause,
            user_id=user.pk if user else None,
            now=now,
        )
    if not is_new:
        row.update(updated_at=now)
    return row.get(), is_new


@transaction.atomic
def edit_contact(
    *,
    contact: Contact,
    email: str,
    fields: Mapping[str, str],
    attributes: Mapping[str, Any],
    user_id: str = "",
    user: User | None = None,
    now: datetime,
) -> Contact:
    """
    Replace what is known of a contact by what a marketer typed, blanks included.

    A corrected address takes the place of the old one, which then names nobody. A user id
    is added to those there are.

    :raises AddressTaken: if the address names another contact
    :raises IdentifiersDisagree: if the user id does
    """
    lock_identities()
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    address = normalize_address(email)
    if user_id.strip():
        attach([(Identifier.Kind.USER_ID, user_id.strip())], contact.pk, now)
    begin_history([contact.pk], now=now)
    typed = {name: fields.get(name, "").strip() for name in FIELDS} | {"email": address}
    values = {
        name: value or None
        for name, value in typed.items()
        if value != getattr(contact, name)
    }
    values |= dict.fromkeys(contact.attributes.keys() - attributes.keys())
    values |= {
        name: value
        for name, value in attributes.items()
        if contact.attributes.get(name) != value
    }
    if address != contact.email:
        replace_address(contact, address, now)
    if values:
        assert_now(
            contact_id=contact.pk,
            values=values,
            cause="by_hand",
            user_id=user.pk if user else None,
            now=now,
        )
    Contact.objects.filter(pk=contact.pk).update(updated_at=now)
    contact.refresh_from_db()
    return contact


def replace_address(contact: Contact, address: str, now: datetime) -> None:
    """
    Let the address name the contact, and its old address nobody.

    :raises AddressTaken: if it names another contact
    """
    kind = Identifier.Kind.EMAIL
    old = contact.identifiers.filter(kind=kind, value=contact.email)
    # The new one takes the place of the old one, with its links and what came under it.
    place = old.values_list("pk", flat=True).first()
    old.delete()
    if not address:
        return
    Identifier.objects.bulk_create(
        [
            Identifier(
                pk=place,
                kind=kind,
                value=address,
                contact=contact,
                created_at=now,
                stated_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    owner_id = owners_of([(kind, address)]).pop()
    if owner_id != contact.pk:
        raise AddressTaken(owner_id)
    link_loose(contact.pk, now=now)


def wanted_identifiers(email: str, user_id: str) -> list[tuple[str, str]]:
    """Bring identifiers to their normal form; in one order, which avoids deadlocks."""
    pairs = [
        (str(Identifier.Kind.EMAIL), normalize_address(email)),
        (str(Identifier.Kind.USER_ID), user_id.strip()),
    ]
    return [(kind, value) for kind, value in pairs if value]


def owners_of(wanted: Sequence[tuple[str, str]]) -> set[int]:
    """Find whom identifiers name; one query each."""
    owners: set[int] = set()
    for kind, value in wanted:
        rows = Identifier.objects.filter(kind=kind, value=value)
        owners.update(rows.values_list("contact_id", flat=True))
    return owners


def claim_first(wanted: Sequence[tuple[str, str]], now: datetime) -> tuple[int, bool]:
    """
    Find the contact that any of the identifiers names, or claim the first for a new one.

    :raises IdentifiersDisagree: if they name two contacts
    """
    owners = owners_of(wanted)
    if len(owners) > 1:
        raise IdentifiersDisagree(*wanted)
    if owners:
        return owners.pop(), False
    with connection.cursor() as cursor:
        kind, value = wanted[0]
        cursor.execute(CLAIM, {"kind": kind, "value": value, "now": now})
        row = cursor.fetchone()
    if row:
        return row[0], True
    return owners_of(wanted[:1]).pop(), False


def attach(wanted: Sequence[tuple[str, str]], contact_id: int, now: datetime) -> None:
    """
    Let all identifiers name the contact.

    :raises IdentifiersDisagree: if one names somebody else
    """
    Identifier.objects.bulk_create(
        [
            Identifier(
                kind=kind,
                value=value,
                contact_id=contact_id,
                created_at=now,
                stated_at=now,
            )
            for kind, value in wanted
        ],
        ignore_conflicts=True,
    )
    claimed = Identifier.objects.filter(contact_id=contact_id, stated_at=None)
    for kind, value in wanted:
        claimed.filter(kind=kind, value=value).update(stated_at=now)
    if owners_of(wanted) != {contact_id}:
        raise IdentifiersDisagree(*wanted)
    link_loose(contact_id, now=now)


def link_loose(contact_id: int, *, now: datetime) -> None:
    """Link identifiers of a contact that nobody has linked yet to another one of his."""
    with connection.cursor() as cursor:
        cursor.execute(LINK_LOOSE, {"contact": contact_id, "now": now})
