"""
Take a merge back: both sides as they were, and what came since where it belongs.

What has come since under an identifier goes with it; everything else stays with who remained.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction

from contacts import attributes
from contacts.changes import tell_changed
from contacts.identities.combining import PARTINGS
from contacts.identities.journal import (
    Sides,
    merge_columns,
    restore_combined,
    restore_dropped,
    take_out,
)
from contacts.identities.merge import lock_contacts
from contacts.identities.move import move_followers, move_rows
from contacts.identities.pointers import point_back
from contacts.identities.rows import Row, read_rows, replace_contacts
from contacts.identities.settle import settle
from contacts.identities.tables import key_of, table_named
from contacts.models import (
    AttributeChange,
    Contact,
    Identifier,
    IdentifierLink,
    Merge,
)

IDENTIFIERS = Identifier._meta.label_lower


class AlreadyUndone(ValueError):
    """The merge was undone before."""


class JournalGone(ValueError):
    """The person was forgotten, and with him what the merge did."""


@transaction.atomic
def undo_merge(
    *, merge: Merge, user: AbstractBaseUser | None = None, now: datetime
) -> Contact:
    """
    Take a merge back, and cut the links that would do it again.

    :returns: the contact that is there again
    :raises AlreadyUndone: if somebody was faster
    :raises JournalGone: if the person was forgotten meanwhile
    """
    lock_contacts(merge.contact_id)
    merge = Merge.objects.get(pk=merge.pk)
    if merge.undone_at:
        raise AlreadyUndone(merge)
    if not merge.journal:
        raise JournalGone(merge)
    ours = part_again(merge, now=now)
    theirs = Identifier.objects.filter(contact_id=merge.contact_id)
    cut_links(ours, set(theirs.values_list("pk", flat=True)), user=user, now=now)
    Merge.objects.filter(contact_id=merge.contact_id, pk=merge.pk).update(
        undone_at=now, undone_by_id=user.pk if user else None
    )
    settle(ours, now=now)
    return Contact.objects.get(pk=merge.merged_id)


def part_again(merge: Merge, *, now: datetime) -> set[int]:
    """
    Give both sides back what the journal says they had.

    :returns: the identifiers of the contact that is there again
    """
    journal = merge.journal
    images = journal["contacts"]
    survivor_id = next(
        int(key) for key in images["before"] if int(key) != merge.merged_id
    )
    sides = Sides(survivor_id, merge.merged_id, merge.contact_id)
    both = [sides.holder_id, sides.merged_id]
    afterwards = [begin(both) for begin in PARTINGS]
    has_changed = _restore_contacts(images, sides)
    later = _later_merges(merge, sides)
    passed = [tables for outer in later for tables in outer.journal["moves"]]
    for tables in reversed(journal["moves"]):
        for label, entry in tables.items():
            _restore_table(label, entry, sides, passed)
    listed = dict(journal["look_ups"])
    ours = _identifiers_of(listed.get(IDENTIFIERS, []), journal["kept"], sides)
    listed[IDENTIFIERS] = sorted(ours)
    move_followers(
        from_id=sides.holder_id, to_id=sides.merged_id, identifier_ids=sorted(ours)
    )
    point_back(from_id=sides.holder_id, to_id=sides.merged_id, listed=listed)
    _teach(later, merge, sides)
    for finish in afterwards:
        finish(now)
    if has_changed or _has_news(both, merge.merged_at) or _has_parted(both, merge):
        attributes.refold(both, now=now)
    tell_changed(dict.fromkeys(both), now=now, is_remade=True)
    return ours


def _restore_table(
    label: str,
    entry: Mapping[str, Any],
    sides: Sides,
    later: Sequence[Mapping[str, Any]],
) -> None:
    """Bring the rows of a table back to where the journal says."""
    if "before" in entry:
        restore_combined(label, entry, sides, later)
        return
    model = table_named(label)
    move_rows(
        model,
        from_id=sides.holder_id,
        to_id=sides.merged_id,
        condition=f"{key_of(model)} = ANY (%s)",
        values=[entry["moved"]],
    )
    restore_dropped(model, entry["dropped"])


def _restore_contacts(images: Mapping[str, Any], sides: Sides) -> bool:
    """
    Put both contacts back.

    :returns: whether who remained has changed since
    """
    before: dict[str, Row] = images["before"]
    became: Row = images["after"][str(sides.survivor_id)]
    now = read_rows(Contact, [str(sides.holder_id)])[str(sides.holder_id)]
    if sides.holder_id == sides.survivor_id:
        was = before[str(sides.survivor_id)]
        replace_contacts([merge_columns(was, became, now)])
    replace_contacts([before[str(sides.merged_id)]])
    return now != became


def _later_merges(merge: Merge, sides: Sides) -> list[Merge]:
    """List the merges that took who remained along, the first one first."""
    if sides.holder_id == sides.survivor_id:
        return []
    later = Merge.objects.filter(
        contact_id=sides.holder_id,
        pk__gt=merge.pk,
        undone_at=None,
        journal__contacts__before__has_key=str(sides.survivor_id),
    )
    return list(later.order_by("pk"))


def _teach(later: Iterable[Merge], merge: Merge, sides: Sides) -> None:
    """Let later merges forget what this one had combined."""
    for outer in later:
        for inner in merge.journal["moves"]:
            for label, entry in inner.items():
                for tables in outer.journal["moves"]:
                    take_out(label, tables, entry, sides)
        outer.save(update_fields=["journal"])


def _has_parted(contact_ids: Collection[int], merge: Merge) -> bool:
    """Whether somebody who had become a part of one of them has left since."""
    return Merge.objects.filter(
        contact_id__in=contact_ids, undone_at__gte=merge.merged_at
    ).exists()


def _has_news(contact_ids: Collection[int], since: datetime) -> bool:
    """Whether anything was said about the contacts since."""
    return AttributeChange.objects.filter(
        contact_id__in=contact_ids, recorded_at__gt=since
    ).exists()


def _identifiers_of(
    listed: Collection[int], kept: Collection[int], sides: Sides
) -> set[int]:
    """Gather those that leave: the ones that came, and new ones that hang on them alone."""
    held = set(
        Identifier.objects.filter(contact_id=sides.holder_id).values_list(
            "pk", flat=True
        )
    )
    ours = set(listed) & held
    return ours | _hanging_on(ours, held - ours - set(kept))


def _hanging_on(ours: set[int], others: set[int]) -> set[int]:
    """Find identifiers that are linked to ours and to none of the others."""
    links = IdentifierLink.objects.filter(
        models.Q(first_id__in=others) | models.Q(second_id__in=others),
        cut_at=None,
        refusal="",
    ).values_list("first_id", "second_id")
    ends: dict[int, set[int]] = {one: set() for one in others}
    for first, second in links:
        ends.setdefault(first, set()).add(second)
        ends.setdefault(second, set()).add(first)
    return {one for one in others if ends[one] and ends[one] <= ours}


def cut_links(
    ours: Collection[int],
    theirs: Collection[int],
    *,
    user: AbstractBaseUser | None,
    now: datetime,
) -> None:
    """Cut every link between two sets of identifiers, so that it never joins again."""
    across = models.Q(first_id__in=ours, second_id__in=theirs) | models.Q(
        first_id__in=theirs, second_id__in=ours
    )
    IdentifierLink.objects.filter(across, cut_at=None).update(
        cut_at=now, cut_by_id=user.pk if user else None
    )
