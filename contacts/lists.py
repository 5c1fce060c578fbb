"""Fill, empty and delete static lists."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from contacts.changes import tell_changed
from contacts.models import Contact, ContactList, ListMembership
from contacts.models.contact import ContactQuerySet


class EveryoneIsFixed(ValueError):
    """The list of everyone can't be filled, emptied or deleted: it has no choice."""


class ListNameTaken(ValueError):
    """Another list has this name."""


class ListInUse(ValueError):
    """Something speaks of the list and would break without it; ``uses`` says what."""

    def __init__(self, uses: Sequence[str]) -> None:
        super().__init__("; ".join(uses))
        self.uses = uses


USES: list[Callable[[ContactList], Sequence[str]]] = []


def register_use(find: Callable[[ContactList], Sequence[str]]) -> None:
    """
    Keep lists that another app speaks of from being deleted; called in ``AppConfig.ready``.

    ``find`` names what speaks of a list: ``['the audience "Regulars"']``.
    """
    USES.append(find)


def uses(contact_list: ContactList) -> list[str]:
    """Name everything that speaks of a list."""
    return [use for find in USES for use in find(contact_list)]


# Puts contacts on a list; who is on it stays. Unknown ids are skipped.
ADD = """
INSERT INTO contacts_listmembership (contact_id, contact_list_id, added_at)
SELECT contact.id, %s, %s
FROM contacts_contact AS contact
WHERE contact.id = ANY (%s)
ORDER BY contact.id
ON CONFLICT (contact_id, contact_list_id) DO NOTHING
RETURNING contact_id
"""


def everyone() -> ContactList:
    """Fetch the list that every contact is on, "All customers"."""
    contact_list, _ = ContactList.objects.get_or_create(
        kind=ContactList.Kind.EVERYONE, defaults={"name": "All customers"}
    )
    return contact_list


@transaction.atomic
def create_list(
    *,
    name: str,
    now: datetime,
    user: AbstractBaseUser | None = None,
    description: str = "",
) -> ContactList:
    """
    Create an empty list.

    :raises ListNameTaken: if another list has the name, whatever its case
    """
    if ContactList.objects.filter(name__iexact=name.strip()).exists():
        raise ListNameTaken(name)
    return ContactList.objects.create(
        name=name.strip(),
        description=description,
        created_at=now,
        created_by_id=user.pk if user else None,
    )


def mark_customers(*, contact_list: ContactList, now: datetime) -> None:
    """Say that everybody on a list is a customer already."""
    ContactList.objects.filter(
        pk=contact_list.pk, kind=ContactList.Kind.CHOSEN, customers_at=None
    ).update(customers_at=now)


def unmark_customers(*, contact_list: ContactList) -> None:
    """Say that no more; what was decided meanwhile stays."""
    ContactList.objects.filter(pk=contact_list.pk).update(customers_at=None)


def add_contacts(
    *, contact_list: ContactList, contact_ids: Sequence[int], now: datetime
) -> int:
    """
    Put contacts on a list.

    :returns: how many were not on it before
    :raises EveryoneIsFixed: if it is the list of everyone
    """
    refuse_everyone(contact_list)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ADD, [contact_list.pk, now, list(contact_ids)])
        added = [row[0] for row in cursor.fetchall()]
        tell_changed(dict.fromkeys(added), now=now)
    return len(added)


@transaction.atomic
def remove_contacts(
    *, contact_list: ContactList, contact_ids: Sequence[int], now: datetime
) -> int:
    """
    Take contacts off a list; they stay contacts.

    :returns: how many were on it
    :raises EveryoneIsFixed: if it is the list of everyone
    """
    refuse_everyone(contact_list)
    on_it = ListMembership.objects.filter(
        contact_list=contact_list, contact_id__in=list(contact_ids)
    )
    tell_changed(dict.fromkeys(on_it.values_list("contact_id", flat=True)), now=now)
    return on_it.delete()[0]


@transaction.atomic
def delete_list(*, contact_list: ContactList) -> None:
    """
    Delete a list; the contacts on it stay.

    :raises EveryoneIsFixed: if it is the list of everyone
    :raises ListInUse: if something speaks of it
    """
    refuse_everyone(contact_list)
    if found := uses(contact_list):
        raise ListInUse(found)
    memberships = ListMembership.objects.filter(contact_list=contact_list)
    memberships._raw_delete(memberships.db)
    contact_list.delete()


def members(contact_list: ContactList) -> ContactQuerySet:
    """Select the contacts on a list."""
    if contact_list.kind == ContactList.Kind.EVERYONE:
        return Contact.objects.filter(erased_at=None)
    return Contact.objects.filter(
        pk__in=ListMembership.objects.filter(contact_list=contact_list).values(
            "contact_id"
        )
    )


def refuse_everyone(contact_list: ContactList) -> None:
    """Raise if the list is the one of everyone."""
    if contact_list.kind == ContactList.Kind.EVERYONE:
        raise EveryoneIsFixed(contact_list.name)
