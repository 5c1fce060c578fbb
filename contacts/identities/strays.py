"""
Rows that were written about a contact while it became a part of another.

Whoever had read the contact's id a moment before may write under it a moment later. Such rows
are moved after the others, and the journal knows them too.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Min, QuerySet

from contacts import attributes
from contacts.background import Backlog
from contacts.changes import tell_changed
from contacts.identities.combining import Merging
from contacts.identities.merge import STRAYS_AFTER, lock_contacts, move_tables
from contacts.identities.pointers import point_all
from contacts.identities.tables import filled_tables
from contacts.models import Merge

SLICE = "contacts.strays"
TASK = "contacts.tasks.move_strays"
# A transaction that began before a merge has ended by then, and is looked for again later.
LOOKS = (STRAYS_AFTER, timedelta(minutes=10))


def recent_merges(now: datetime) -> QuerySet[Merge]:
    """Select the merges after which it is time to look for strays."""
    return Merge.objects.filter(undone_at=None, strays_due_at__lte=now).order_by(
        "strays_due_at", "pk"
    )


def backlog(now: datetime) -> Backlog:
    """See how many merges are to be looked at; leans on ``merge_strays``."""
    due = recent_merges(now).aggregate(count=Count("pk"), oldest=Min("strays_due_at"))
    return Backlog(**due)


@transaction.atomic
def move_strays(*, now: datetime) -> int:
    """
    Look after one merge whether anything was written under the contact that is gone.

    :returns: 1, or 0 if no merge is due
    """
    due = recent_merges(now).values_list("contact_id", "pk").first()
    if due is None:
        return 0
    lock_contacts(due[0])
    merge = Merge.objects.filter(contact_id=due[0], pk=due[1]).first()
    if merge is None or merge.undone_at:
        return 1
    if filled_tables(merge.merged_id):
        _move(merge, now)
    later = [merge.merged_at + look for look in LOOKS if merge.merged_at + look > now]
    merge.strays_due_at = min(later, default=None)
    merge.save(update_fields=["journal", "strays_due_at"])
    return 1


def _move(merge: Merge, now: datetime) -> None:
    """Move what is there, as the merge did, and add it to the journal."""
    merging = Merging(merge.contact_id, merge.merged_id, now)
    moves = move_tables(merging)
    for label, ids in point_all(
        from_id=merge.merged_id, to_id=merge.contact_id
    ).items():
        merge.journal["look_ups"].setdefault(label, []).extend(ids)
    merge.journal["moves"].append(moves)
    merge.journal["aliases"] |= merging.aliases
    attributes.refold([merge.contact_id], now=now)
    tell_changed({merge.contact_id: merge.receipt_id}, now=now, is_remade=True)
