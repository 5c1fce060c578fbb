"""Make two contacts one, with a journal that can take it back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from contacts import attributes
from contacts.changes import tell_changed
from contacts.identities.combining import LOCKS, Combiner, Merging, combiners_of
from contacts.identities.components import StoredLink
from contacts.identities.journal import difference
from contacts.identities.lock import lock_identities
from contacts.identities.move import move_rows
from contacts.identities.pointers import point_all
from contacts.identities.rows import Row, read_rows, snapshot
from contacts.identities.tables import Table, filled_tables
from contacts.models import Contact, Identifier, IdentifierLink, Merge

# Who remains has been there since the first of both came.
SINCE = """
UPDATE contacts_contact AS contact
SET
    created_at = least(contact.created_at, merged.created_at),
    updated_at = %(now)s
FROM contacts_contact AS merged
WHERE contact.id = %(survivor)s AND merged.id = %(merged)s
"""

# Who had read the id of the contact a moment before may write under it a moment later.
STRAYS_AFTER = timedelta(seconds=30)

LOCK = "SELECT id FROM contacts_contact WHERE id = ANY (%s) ORDER BY id FOR UPDATE"


class ContactGone(LookupError):
    """One of the contacts is not there any more: deleted, or a part of another by now."""


@transaction.atomic
def merge_contacts(
    *,
    survivor_id: int,
    merged_id: int,
    link: StoredLink | None,
    user: AbstractBaseUser | None = None,
    now: datetime,
) -> Merge:
    """
    Make one contact a part of another.

    1. Lock both, and what decides about them.
    2. Combine rows that exclude each other.
    3. Move all rows, and let all look-ups point to who remains.
    4. Work out what he shows now, and write the journal.

    :raises ContactGone: if one of them does not exist any more
    """
    lock_contacts(survivor_id, merged_id)
    merging = Merging(survivor_id, merged_id, now)
    attributes.begin_history(merging.both, now=now)
    before = read_rows(Contact, map(str, merging.both))
    own = Identifier.objects.filter(contact_id=survivor_id)
    kept = list(own.order_by("pk").values_list("pk", flat=True))
    tables = move_tables(merging)
    _unite(merging)
    look_ups = point_all(from_id=merged_id, to_id=survivor_id)
    attributes.refold([survivor_id], now=now)
    contacts = {"before": before, "after": read_rows(Contact, [str(survivor_id)])}
    merge = Merge.objects.create(
        contact_id=survivor_id,
        merged_id=merged_id,
        link_id=link.link.id if link else None,
        cause=link.link.basis if link else IdentifierLink.Basis.BY_HAND,
        receipt_id=link.receipt_id if link else None,
        merged_at=now,
        strays_due_at=now + STRAYS_AFTER,
        merged_by_id=user.pk if user else None,
        journal={
            "contacts": contacts,
            "moves": [tables],
            "look_ups": look_ups,
            "kept": kept,
            "aliases": merging.aliases,
        },
    )
    tell_changed({survivor_id: merge.receipt_id}, now=now, is_remade=True)
    return merge


def lock_contacts(*contact_ids: int) -> None:
    """
    Lock contacts in the order of their ids, and whatever decides about them.

    :raises ContactGone: if one of them does not exist any more
    """
    lock_identities()
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(contact_ids)])
        found = {row[0] for row in cursor.fetchall()}
    if found != set(contact_ids):
        raise ContactGone(*sorted(set(contact_ids) - found))
    for lock in LOCKS:
        lock(sorted(contact_ids))


def move_tables(merging: Merging) -> dict[str, dict[str, Any]]:
    """
    Combine and move the rows of every table.

    :returns: what was done, by table
    """
    filled = filled_tables(merging.merged_id)
    combiners = combiners_of(filled)
    combined = list(
        dict.fromkeys(table for combiner in combiners for table in combiner.tables)
    )
    before = {model: snapshot(model, merging.both) for model in combined}
    for combiner in combiners:
        _combine(combiner, merging)
    journal = {
        model._meta.label_lower: _moved(model, merging)
        for model in filled
        if model not in before
    }
    for model, rows in before.items():
        journal[model._meta.label_lower] = _changed(model, rows, merging)
    return journal


def _combine(combiner: Combiner, merging: Merging) -> None:
    """Combine what excludes each other, then move what is left."""
    combiner.combine(merging)
    for model in combiner.tables:
        move_rows(model, from_id=merging.merged_id, to_id=merging.survivor_id)


def _moved(model: Table, merging: Merging) -> dict[str, Any]:
    """Move the rows of a table, and say which."""
    moved, dropped = move_rows(
        model, from_id=merging.merged_id, to_id=merging.survivor_id
    )
    return {"moved": moved, "dropped": dropped}


def _changed(
    model: Table, before: Mapping[str, Row], merging: Merging
) -> dict[str, Any]:
    """Compare the rows of both with what there is now, whomever else they are about."""
    after = snapshot(model, merging.both)
    after |= read_rows(model, before.keys() - after.keys())
    return difference(before, after)


def _unite(merging: Merging) -> None:
    """Let who remains be as old as both, and the other row go."""
    with connection.cursor() as cursor:
        cursor.execute(
            SINCE,
            {
                "survivor": merging.survivor_id,
                "merged": merging.merged_id,
                "now": merging.now,
            },
        )
    rows = Contact.objects.filter(pk=merging.merged_id)
    rows._raw_delete(rows.db)
