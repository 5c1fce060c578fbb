"""Whom a condition selects, asked in every way that there is."""

import json

from django.db import connection

from audiences import selection
from audiences.conditions.kinds import KIND_OF
from audiences.conditions.parse import dump_condition, parse_condition
from tests.factories.contacts import NOW


def selected(document, people, *, as_of=NOW, **asked):
    """The names of those selected: in both shapes, and all others by the opposite."""
    node = parse_condition(document)
    assert parse_condition(dump_condition(node)) == node
    ids = [contact.pk for contact in people.values()]
    opposite = {"kind": "not", "condition": document}
    few, everybody, few_others, others = (
        _ids(rule, ids, as_of, few=few, **asked)
        for rule in (document, opposite)
        for few in (True, False)
    )
    assert few == everybody
    assert few_others == others == set(ids) - few
    return {name for name, contact in people.items() if contact.pk in few}


def selects(document, contact, *, at=NOW, **asked):
    """Whether the contact is selected."""
    return bool(selected(document, {"contact": contact}, as_of=at, **asked))


def _ids(rule, ids, as_of, **asked):
    predicate = selection.predicate(rule, as_of=as_of, **asked)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT contact.id FROM contacts_contact AS contact"
            f" WHERE contact.id = ANY(%s) AND {predicate.text}",
            [ids, *predicate.params],
        )
        return {row[0] for row in cursor.fetchall()}


def found_of(document, contact, *, as_of=NOW, **asked):
    """What an explanation is told about the contact."""
    node, setting = selection.prepare(document, as_of=as_of, **asked)
    fragment = KIND_OF[type(node)].found(node, setting)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {fragment.text} FROM contacts_contact AS contact"
            " WHERE contact.id = %s",
            [*fragment.params, contact.pk],
        )
        return json.loads(cursor.fetchone()[0])
