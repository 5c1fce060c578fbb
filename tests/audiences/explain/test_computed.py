"""The values of a trait, of contacts by id."""

from decimal import Decimal

import pytest

from audiences.conditions.errors import ConditionError
from audiences.explain.computed import trait_values
from audiences.traits import create_trait
from contacts.models import Contact
from tests.factories.contacts import NOW, make_contact, make_event


def test_values_of_each_sort(db):
    ann, bob, gone = make_contact(), make_contact(), make_contact()
    Contact.objects.filter(pk=gone.pk).update(erased_at=NOW)
    make_event(ann, total="2.50", item="tea")
    make_event(ann, total=1, item="mug")
    definition = {"event": "order_completed"}
    total = create_trait(
        name="Total",
        definition={**definition, "kind": "sum", "property": "total"},
        now=NOW,
    )
    items = create_trait(
        name="Items",
        definition={**definition, "kind": "unique_values", "property": "item"},
        now=NOW,
    )
    ids = [ann.pk, bob.pk, gone.pk]

    assert trait_values(total.pk, as_of=NOW, contact_ids=ids) == {
        ann.pk: Decimal("3.50"),
        bob.pk: 0,
    }
    assert trait_values(items.pk, as_of=NOW, contact_ids=ids) == {
        ann.pk: ["mug", "tea"],
        bob.pk: None,
    }


def test_a_trait_that_is_gone_is_refused(db):
    with pytest.raises(ConditionError):
        trait_values(404, as_of=NOW, contact_ids=[1])
