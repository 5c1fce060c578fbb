"""Make two contacts one."""

from datetime import datetime

from django.db import connection, transaction

from contacts import attributes
from contacts.identities.components import StoredLink
from contacts.identities.lock import lock_identities
from contacts.identities.move import move_rows
from contacts.identities.tables import person_tables
from contacts.models import Contact, Identifier, IdentifierLink, Merge


@transaction.atomic
def merge_contacts(
    *, survivor_id: int, merged_id: int, link: StoredLink | None, now: datetime
) -> Merge:
    """Make one contact a part of another."""
    lock_identities()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contacts_contact WHERE id = ANY (%s) ORDER BY id FOR UPDATE",
            [[survivor_id, merged_id]],
        )
    attributes.begin_history([survivor_id, merged_id], now=now)
    for model in person_tables():
        move_rows(model, from_id=merged_id, to_id=survivor_id)
    Identifier.objects.filter(contact_id=merged_id).update(contact_id=survivor_id)
    contacts = Contact.objects.filter(pk=merged_id)
    contacts._raw_delete(contacts.db)
    merge = Merge.objects.create(
        contact_id=survivor_id,
        merged_id=merged_id,
        link_id=link.link.id if link else None,
        cause=link.link.basis if link else IdentifierLink.Basis.BY_HAND,
        receipt_id=link.receipt_id if link else None,
        merged_at=now,
    )
    attributes.refold([survivor_id], now=now)
    return merge
