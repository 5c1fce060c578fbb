"""Part a contact: some of its identifiers name another one."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from contacts import attributes
from contacts.identities.lock import lock_identities
from contacts.identities.move import move_rows
from contacts.identities.tables import person_tables
from contacts.models import Identifier


@transaction.atomic
def part_contact(
    *,
    contact_id: int,
    target_id: int,
    identifier_ids: Collection[int],
    now: datetime,
) -> None:
    """Let identifiers, with everything that came under them, leave a contact for another."""
    lock_identities()
    for model in person_tables():
        if any(
            field.column == "identifier_id" for field in model._meta.concrete_fields
        ):
            move_rows(
                model,
                from_id=contact_id,
                to_id=target_id,
                condition="identifier_id = ANY (%s)",
                values=[list(identifier_ids)],
            )
    Identifier.objects.filter(pk__in=identifier_ids).update(contact_id=target_id)
    attributes.refold([contact_id, target_id], now=now)
