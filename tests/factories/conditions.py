"""Whom a condition selects, asked in both shapes, and what it found."""

import json
from datetime import datetime
from typing import Any

from django.db import connection

from audiences.conditions.compiler import compile_node
from audiences.conditions.kind import Setting
from audiences.conditions.kinds import KIND_OF
from audiences.conditions.parse import parse_condition
from audiences.conditions.sql import combine, value
from contacts.models import Contact
from tests.factories.contacts import NOW


def selects(
    document: Any, contact: Contact, *, at: datetime = NOW, **setting: Any
) -> bool:
    """Whether it selects the contact; all shapes must say the same."""
    node = parse_condition(document)
    pieces = [
        compile_node(node, Setting(at, few=few, **setting), holds=holds).format(
            "(({}) IS TRUE)"
        )
        for few in (True, False)
        for holds in (True, False)
    ]
    statement = combine(
        "SELECT {}, {}, {}, {} FROM contacts_contact AS contact WHERE contact.id = {}",
        *pieces,
        value(contact.pk),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        few, not_few, every, not_every = cursor.fetchone()
    assert (few, every) == (not not_few, not not_every) == (few, few)
    return bool(few)


def found(document: Any, contact: Contact, *, at: datetime = NOW) -> dict[str, Any]:
    """What the condition found of the contact."""
    node = parse_condition(document)
    tells = KIND_OF[type(node)].found
    assert tells is not None
    statement = combine(
        "SELECT {} FROM contacts_contact AS contact WHERE contact.id = {}",
        tells(node, Setting(at, few=True)),
        value(contact.pk),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        (told,) = cursor.fetchone()
    return dict(json.loads(told))
