"""The compiler against the oracle, on random trees and random people."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audiences import selection
from audiences.conditions.parse import dump_condition, parse_condition
from audiences.models import Audience, Membership
from contacts.models import Contact, ContactList, Event, ListMembership
from tests.audiences.conditions.oracle import holds
from tests.audiences.conditions.strategies import (
    AS_OF,
    conditions,
    people,
)
from tests.factories.audiences import PRO

# Created once per example, with fixed ids, so that strategies can name them.
CHOSEN, OTHER = 9_001, 9_002
GOLD, SILVER = 9_001, 9_002
LISTS = [CHOSEN, OTHER]
AUDIENCES = [GOLD, SILVER]


def store(population):
    """Write the people, and return their contacts' ids in the same order."""
    contacts = Contact.objects.bulk_create(
        Contact(
            attributes=person.attributes, created_at=person.created_at, **person.fields
        )
        for person in population
    )
    pairs = list(zip(contacts, population, strict=True))
    Event.objects.bulk_create(
        Event(
            contact=contact,
            name=event.name,
            key=str(number),
            occurred_at=event.at,
            properties=event.properties,
        )
        for contact, person in pairs
        for number, event in enumerate(person.happened)
    )
    ListMembership.objects.bulk_create(
        ListMembership(contact=contact, contact_list_id=pk, added_at=AS_OF)
        for contact, person in pairs
        for pk in person.lists
    )
    Membership.objects.bulk_create(
        Membership(contact=contact, audience_id=pk, entered_at=AS_OF)
        for contact, person in pairs
        for pk in person.audiences
    )
    return [contact.pk for contact in contacts]


@pytest.fixture
def named(db):
    """Two lists and two audiences with known ids."""
    for pk in LISTS:
        ContactList.objects.create(pk=pk, name=f"List {pk}")
    for pk in AUDIENCES:
        Audience.objects.create(pk=pk, name=f"Audience {pk}", rule=dict(PRO))


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    document=conditions(LISTS, AUDIENCES),
    population=st.lists(people(LISTS, AUDIENCES), min_size=1, max_size=5),
)
def test_compiler_selects_whom_the_oracle_selects(named, document, population):
    with transaction.atomic():
        ids = store(population)
        expected = {
            pk
            for pk, person in zip(ids, population, strict=True)
            if holds(document, person, AS_OF)
        }
        everybody = selection.sample_contacts(document, as_of=AS_OF, size=1_000)
        few = selection.matching_ids(document, as_of=AS_OF, contact_ids=ids)
        count = selection.count_contacts(document, as_of=AS_OF)
        transaction.set_rollback(True)

    assert {contact.pk for contact in everybody} == expected
    assert few == expected
    assert count == len(expected)


@settings(max_examples=200, deadline=None)
@given(document=conditions(LISTS, AUDIENCES))
@example(document={"kind": "attribute", "name": "a", "operator": "is", "value": 2**70})
def test_a_document_survives_being_parsed_and_written(document):
    node = parse_condition(document)

    assert parse_condition(dump_condition(node)) == node
