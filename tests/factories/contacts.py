"""People, lists, users and events for tests."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission, User

from contacts import lists
from contacts.identities import find as identities
from contacts.models import Contact, ContactList, Event

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NUMBERS = count(1)


def make_contact(
    *,
    email: str | None = None,
    user_id: str = "",
    attributes: dict[str, Any] | None = None,
    now: datetime = NOW,
    **fields: str,
) -> Contact:
    """A contact with an address of its own, unless told otherwise."""
    address = f"person{next(NUMBERS)}@example.com" if email is None else email
    contact, _ = identities.create_or_update_contact(
        email=address,
        user_id=user_id,
        fields=fields,
        attributes=attributes or {},
        now=now,
    )
    return contact


def make_list(*, name: str | None = None, contacts: Any = ()) -> ContactList:
    """A list with the contacts on it."""
    made = lists.create_list(name=name or f"List {next(NUMBERS)}", now=NOW)
    lists.add_contacts(
        contact_list=made, contact_ids=[contact.pk for contact in contacts], now=NOW
    )
    return made


def make_event(
    contact: Contact,
    *,
    name: str = "order_completed",
    key: str | None = None,
    at: datetime = NOW,
    **properties: Any,
) -> Event:
    """Something that happened to the contact."""
    return Event.objects.create(
        contact=contact,
        name=name,
        key=key or str(next(NUMBERS)),
        occurred_at=at,
        properties=properties,
    )


def make_user(*permissions: str, **changes: Any) -> User:
    """A member of staff with permissions like "contacts.view_contact"."""
    user = User.objects.create_user(
        **{"username": f"user{next(NUMBERS)}", "is_staff": True, **changes}
    )
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user
