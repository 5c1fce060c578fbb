import pytest

from contacts import lists
from contacts.models import (
    Contact,
    ContactList,
    ListMembership,
    Reaction,
    WatchedEvent,
)
from contacts.models.event import CONTACT_CHANGED
from tests.factories.contacts import NOW, make_contact, make_list, make_user

pytestmark = pytest.mark.django_db


def test_all_customers_exists_from_the_start():
    rows = ContactList.objects.values_list("name", "kind")

    assert list(rows) == [("All customers", "everyone")]


def test_everybody_is_on_the_list_of_everyone():
    ada = make_contact()

    assert list(lists.members(lists.everyone())) == [ada]


def test_create_list_remembers_who_made_it():
    user = make_user()

    made = lists.create_list(name=" VIPs ", description="Best", user=user, now=NOW)

    made.refresh_from_db()
    assert (made.name, made.description, made.created_by, made.created_at) == (
        "VIPs",
        "Best",
        user,
        NOW,
    )


def test_create_list_refuses_a_name_that_is_taken():
    lists.create_list(name="VIPs", now=NOW)

    with pytest.raises(lists.ListNameTaken):
        lists.create_list(name="vips", now=NOW)


def test_add_contacts_twice_counts_once():
    ada, ben = make_contact(), make_contact()
    made = make_list(contacts=[ada])

    added = lists.add_contacts(
        contact_list=made, contact_ids=[ada.pk, ben.pk, ben.pk, -1], now=NOW
    )

    assert added == 1
    assert set(lists.members(made)) == {ada, ben}


def test_remove_contacts_leaves_the_contacts():
    ada, ben = make_contact(), make_contact()
    made = make_list(contacts=[ada, ben])
    other = make_list(contacts=[ada])

    assert (
        lists.remove_contacts(contact_list=made, contact_ids=[ada.pk, -1], now=NOW) == 1
    )

    assert list(lists.members(made)) == [ben]
    assert list(lists.members(other)) == [ada]
    assert Contact.objects.count() == 2


def test_delete_list_leaves_the_contacts():
    ada = make_contact()
    made = make_list(contacts=[ada])
    other = make_list(contacts=[ada])

    lists.delete_list(contact_list=made)

    assert not ContactList.objects.filter(pk=made.pk).exists()
    assert list(ListMembership.objects.values_list("contact_list", "contact")) == [
        (other.pk, ada.pk)
    ]


def test_list_of_everyone_can_not_be_changed():
    ada = make_contact()
    everyone = lists.everyone()

    with pytest.raises(lists.EveryoneIsFixed):
        lists.add_contacts(contact_list=everyone, contact_ids=[ada.pk], now=NOW)
    with pytest.raises(lists.EveryoneIsFixed):
        lists.remove_contacts(contact_list=everyone, contact_ids=[ada.pk], now=NOW)
    with pytest.raises(lists.EveryoneIsFixed):
        lists.delete_list(contact_list=everyone)

    assert list(lists.members(lists.everyone())) == [ada]


def test_who_joins_or_leaves_a_list_has_changed():
    ada, ben, eve = make_contact(), make_contact(), make_contact()
    made = make_list(contacts=[ada, eve])
    WatchedEvent.objects.create(consumer="audiences", name=CONTACT_CHANGED)

    lists.add_contacts(contact_list=made, contact_ids=[ada.pk, ben.pk], now=NOW)
    lists.remove_contacts(contact_list=made, contact_ids=[eve.pk, -1], now=NOW)

    told = Reaction.objects.order_by("contact_id").values_list("contact_id", "name")
    assert list(told) == [(ben.pk, CONTACT_CHANGED), (eve.pk, CONTACT_CHANGED)]
