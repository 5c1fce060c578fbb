"""Part a contact: some of its identifiers name another one."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from contacts import attributes
from contacts.changes import tell_changed
from contacts.identities.lock import lock_identities
from contacts.identities.move import move_followers
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
    move_followers(
        from_id=contact_id, to_id=target_id, identifier_ids=list(identifier_ids)
    )
    Identifier.objects.filter(pk__in=identifier_ids).update(contact_id=target_id)
    attributes.refold([contact_id, target_id], now=now)
    tell_changed(dict.fromkeys([contact_id, target_id]), now=now, is_remade=True)
