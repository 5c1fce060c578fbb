"""Lists that a campaign changes."""

import pytest

from campaigns.flows.edits import new_step
from campaigns.steps.list import ListStep
from contacts import lists
from contacts.models import ListMembership
from tests.factories.campaigns import NOW, make_contact
from tests.factories.flows import enroll_in, story_of, walk

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("action", "who"), [("add", [0, 1]), ("remove", [])])
def test_everybody_is_on_the_list_or_off_it(action, who):
    people = [make_contact(), make_contact()]
    regulars = lists.create_list(name="Regulars", now=NOW)
    lists.add_contacts(contact_list=regulars, contact_ids=[people[0].pk], now=NOW)
    enroll_in([new_step("list", key="list", list=regulars.pk, action=action)], *people)

    walk()

    on_it = ListMembership.objects.filter(contact_list=regulars).order_by("contact_id")
    assert list(on_it.values_list("contact_id", flat=True)) == [
        people[index].pk for index in who
    ]
    assert story_of(people[1]) == [("list", "done")]


def test_the_card_names_the_list():
    regulars = lists.create_list(name="Regulars", now=NOW)
    add = new_step("list", list=regulars.pk)

    assert [
        ListStep().describe(step)
        for step in (add, add | {"action": "remove"}, new_step("list"))
    ] == [
        "Add to the list “Regulars”",
        "Remove from the list “Regulars”",
        "No list yet",
    ]
