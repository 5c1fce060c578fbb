"""Who needs a list or an audience, so that nobody pulls it away."""

import pytest
from django.utils import timezone

from audiences import usage
from contacts import lists
from contacts.models import ContactList
from tests.factories.audiences import make_audience
from tests.factories.contacts import make_list

pytestmark = pytest.mark.django_db


def on(contact_list):
    return {"kind": "list", "list": contact_list.pk, "operator": "on"}


def test_a_list_that_a_rule_needs_is_not_deleted():
    needed, free = make_list(), make_list()
    inside = {"kind": "not", "condition": {"kind": "any", "conditions": [on(needed)]}}
    make_audience(name="Regulars", rule=inside)
    old = make_audience(name="Old", rule=on(needed))
    old.archived_at = timezone.now()
    old.save()

    with pytest.raises(lists.ListInUse) as refusal:
        lists.delete_list(contact_list=needed)
    lists.delete_list(contact_list=free)

    assert refusal.value.uses == [
        "the archived audience “Old”",
        "the audience “Regulars”",
    ]
    assert ContactList.objects.filter(pk=needed.pk).exists()
    assert not ContactList.objects.filter(pk=free.pk).exists()


def test_an_audience_is_used_by_those_that_name_it():
    inner = make_audience(name="Inner")
    nested = {"kind": "audience", "audience": inner.pk, "operator": "in"}
    outer = make_audience(name="Outer", rule=nested)

    assert usage.uses_of(inner) == [
        usage.Use(
            "Audience",
            "Outer",
            f"/audiences/audience/{outer.pk}/change/",
            audience_id=outer.pk,
        )
    ]
    assert usage.uses_of(outer) == []
