"""Merge contacts because somebody says so, and see beforehand what that does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable, QueryCanceled

from contacts.identities.components import WEIGHT
from contacts.identities.lock import as_trial
from contacts.identities.merge import lock_contacts, merge_contacts
from contacts.identities.partition import BY_HAND
from contacts.identities.settle import settle
from contacts.models import Contact, Identifier, IdentifierLink, Merge

# A preview gives up well before PostgreSQL looks for deadlocks (1 s), so that of two who wait
# for each other it is never the one who decides that fails.
PATIENCE = "SET LOCAL lock_timeout = '300ms'; SET LOCAL statement_timeout = '2s'"


class SameContact(ValueError):
    """Nobody is merged with himself."""


class ContactBusy(RuntimeError):
    """What merging would do can't be seen right now, without holding others up."""


class PersonForgotten(ValueError):
    """One of them was forgotten; there is nothing left to merge."""


@dataclass(frozen=True)
class Preview:
    """What merging two contacts would do: who remains, what he shows then, and sentences."""

    survivor_id: int
    merged_id: int
    before: dict[int, dict[str, Any]]
    after: dict[str, Any]
    # How many rows of which table would move.
    moved: dict[str, int]
    sentences: list[str]


Tell = Callable[[Mapping[str, Any]], list[str]]
TELLERS: list[Tell] = []


def register_teller(tell: Tell) -> None:
    """Let an app say in sentences what the journal of a merge means for people."""
    if tell not in TELLERS:
        TELLERS.append(tell)


@transaction.atomic
def merge_by_hand(
    *,
    contact_id: int,
    other_id: int,
    user: AbstractBaseUser | None,
    now: datetime,
) -> Merge:
    """
    Make two contacts one because a user says so; no guard stops it.

    Who remains follows the same rule as always.

    :raises SameContact: if they are one already
    :raises ContactGone: if one of them is not there any more
    :raises PersonForgotten: if one of them was forgotten
    """
    if contact_id == other_id:
        raise SameContact(contact_id)
    lock_contacts(contact_id, other_id)
    both = [contact_id, other_id]
    if Contact.objects.filter(pk__in=both).exclude(erased_at=None).exists():
        raise PersonForgotten(contact_id, other_id)
    names = [_weightiest(one) for one in both]
    if all(names):
        ends = sorted(name for name in names if name)
        _link(*ends, user=user, now=now)
        settle(ends, user=user, now=now)
    else:
        # Who has no identifier can't be linked; the one with one remains.
        survivor_id = min(both, key=lambda one: (_weightiest(one) is None, one))
        [merged_id] = set(both) - {survivor_id}
        merge_contacts(
            survivor_id=survivor_id,
            merged_id=merged_id,
            link=None,
            user=user,
            now=now,
        )
    return Merge.objects.filter(merged_id__in=both, undone_at=None).latest("pk")


def preview_merge(*, contact_id: int, other_id: int, now: datetime) -> Preview:
    """
    See what merging would do, by doing it and taking the transaction back.

    It holds up nobody who decides who is who. It locks the rows of the two, but gives up before
    anybody waits long for them.

    :raises SameContact: if they are one already
    :raises ContactGone: if one of them is not there any more
    :raises PersonForgotten: if one of them was forgotten
    :raises ContactBusy: if somebody writes about one of them, or there is too much to move
    """
    try:
        with as_trial(), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(PATIENCE)
            merge = merge_by_hand(
                contact_id=contact_id, other_id=other_id, user=None, now=now
            )
            transaction.set_rollback(True)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | QueryCanceled):
            raise ContactBusy(contact_id, other_id) from error
        raise
    images = merge.journal["contacts"]
    tables: dict[str, dict[str, Any]] = merge.journal["moves"][0]
    return Preview(
        survivor_id=merge.contact_id,
        merged_id=merge.merged_id,
        before={int(key): row for key, row in images["before"].items()},
        after=images["after"][str(merge.contact_id)],
        moved={label: _moved(entry) for label, entry in tables.items()},
        sentences=[line for tell in TELLERS for line in tell(tables)],
    )


def _moved(entry: Mapping[str, Any]) -> int:
    """Count the rows of a table that went over."""
    return len(entry["moved"]) if "moved" in entry else len(entry["after"])


def _weightiest(contact_id: int) -> int | None:
    """Choose the identifier that names a contact best."""
    names = Identifier.objects.filter(contact_id=contact_id).values_list("kind", "pk")
    return min(((WEIGHT[kind], pk) for kind, pk in names), default=(0, None))[1]


def _link(
    first_id: int, second_id: int, *, user: AbstractBaseUser | None, now: datetime
) -> None:
    """Link two identifiers by hand; a link that was cut by hand holds again."""
    IdentifierLink.objects.update_or_create(
        first_id=first_id,
        second_id=second_id,
        basis=BY_HAND,
        defaults={
            "at": now,
            "order_key": f"by_hand:{user.pk if user else ''}",
            "refusal": "",
            "cut_at": None,
            "cut_by": None,
        },
    )
