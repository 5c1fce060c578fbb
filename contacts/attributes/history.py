"""Read the journal of a contact: what changed when, and what it said at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contacts.attributes.earlier import beginnings
from contacts.attributes.fold import (
    CLAIMED,
    EMAIL,
    FIELDS,
    Settled,
    as_claims,
    is_stated,
    settled,
)
from contacts.attributes.journal import claiming_sources
from contacts.attributes.rows import Row
from contacts.models import AttributeChange, Contact, Identifier

# The cause of what messages say.
IDENTIFY = "identify"


@dataclass(frozen=True)
class Changed:
    """An attribute or a field got another value; None stands for no value."""

    name: str
    old: Any
    new: Any
    at: datetime
    cause: str
    source_id: int | None
    user_id: int | None
    receipt_id: int | None


@dataclass(frozen=True)
class _Told:
    """A statement of the journal, as far as its history needs it."""

    at: datetime
    order_key: str
    values: dict[str, Any]
    cause: str
    source_id: int | None = None
    changed_by_id: int | None = None
    receipt_id: int | None = None


def history(contact: Contact) -> list[Changed]:
    """List what changed about a contact, oldest first, by the time it was true."""
    changes: list[Changed] = []
    values: dict[str, Any] = {}
    before: dict[str, Any] = {}
    for told in _statements(contact):
        values.update(told.values)
        after = settled(values).known()
        changes += [
            Changed(
                name=name,
                old=before.get(name),
                new=after.get(name),
                at=told.at,
                cause=told.cause,
                source_id=told.source_id,
                user_id=told.changed_by_id,
                receipt_id=told.receipt_id,
            )
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        ]
        before = after
    return changes


def as_of(contact: Contact, at: datetime) -> dict[str, Any]:
    """Say what the contact showed at a time, as far as we know today."""
    values: dict[str, Any] = {}
    for told in _statements(contact):
        if told.at <= at:
            values.update(told.values)
    return settled(values).known()


def outvoted(contact: Contact, receipt_id: int) -> list[str]:
    """Name what a message claims that somebody trusted had stated by then."""
    stated: dict[str, Any] = {}
    for told in _statements(contact):
        claims = {
            name.removeprefix(CLAIMED): value
            for name, value in told.values.items()
            if name.startswith(CLAIMED)
        }
        if told.receipt_id == receipt_id:
            return sorted(
                name
                for name, value in claims.items()
                if is_stated(name, stated) and stated.get(name) != value
            )
        if not claims:
            stated.update(told.values)
    return []


def _statements(contact: Contact) -> list[_Told]:
    """
    Read the journal, oldest first; what is merely claimed goes by names of its own.

    An address that a message stated counts only while it names the contact.
    """
    claiming = set(claiming_sources())
    addresses = set(
        Identifier.objects.filter(
            contact=contact, kind=Identifier.Kind.EMAIL
        ).values_list("value", flat=True)
    )
    read = sorted(_read(contact), key=lambda told: (told.at, told.order_key))
    for told in read:
        is_stated = told.cause == IDENTIFY and told.values.get(EMAIL)
        if is_stated and told.values[EMAIL] not in addresses:
            del told.values[EMAIL]
    return [
        replace(told, values=as_claims(told.values))
        if told.source_id in claiming
        else told
        for told in read
    ]


def _read(contact: Contact) -> Iterable[_Told]:
    """Read the journal; who has none yet has one statement, what is shown."""
    if contact.attributes_at is None:
        fields = {name: getattr(contact, name) for name in FIELDS}
        shown = Settled(fields, contact.attributes)
        row = Row(contact.pk, contact.created_at, None, shown)
        return [
            _Told(
                at=one.at,
                order_key=one.order_key,
                values=dict(one.values),
                cause=one.cause,
                changed_by_id=one.changed_by_id,
            )
            for one in beginnings({contact.pk: row})
        ]
    changes = AttributeChange.objects.filter(contact=contact).values(
        "at",
        "order_key",
        "values",
        "cause",
        "source_id",
        "changed_by_id",
        "receipt_id",
    )
    return [_Told(**change) for change in changes]
