"""Nobody is named to the other before he has agreed, and may change his mind."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from contacts.identities.merge import merge_contacts
from contacts.models import Contact, Event
from referrals.links import friend_page_url, link_url, share_url
from referrals.models import Advocate, PortalMail, Referral
from referrals.portal import entry
from referrals.showing import show_advocate, show_friend
from tests.factories.contacts import make_contact
from tests.factories.referrals import NOW, make_advocate, make_program, make_referral

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    """Ada brought Cleo; neither has agreed to anything."""
    advocate = make_advocate(
        make_program(landing="offer"), make_contact(first_name="Ada")
    )
    friend = make_contact(first_name="Cleo", email="cleo@example.com")
    return advocate, make_referral(advocate, friend)


def own_page(client, advocate):
    address = share_url(advocate.contact_id, advocate.pk)
    return client.get(address).content.decode()


def friend_path(referral, action=""):
    address = friend_page_url(referral.contact_id, referral.pk)
    return address.removeprefix("http://testserver") + action


def changes_of(contact_id):
    events = Event.objects.filter(
        contact_id=contact_id, name__in=["name_shown", "name_hidden"]
    ).order_by("pk")
    return [(one.name, one.properties["to"]) for one in events]


def test_friend_is_named_once_he_agrees_and_no_more_when_he_does_not(client, pair):
    advocate, referral = pair
    assert "Cleo" not in own_page(client, advocate)
    assert "A friend joined" in own_page(client, advocate)

    for _ in range(2):
        page = client.post(
            friend_path(referral, "/name"), {"shown": "1"}, follow=True
        ).content.decode()
        assert "Your friend sees your first name: Cleo." in page
    assert "Cleo joined, " in own_page(client, advocate)
    referral.refresh_from_db()
    assert referral.friend_shown_at is not None
    told = Event.objects.get(name="name_shown")
    assert told.properties["statement"] == "My friend may see my first name"

    client.post(friend_path(referral, "/name"), {"shown": "0"})
    assert "Cleo" not in own_page(client, advocate)
    assert changes_of(referral.contact_id) == [
        ("name_shown", "advocate"),
        ("name_hidden", "advocate"),
    ]


def test_looking_names_nobody(client, pair):
    _, referral = pair
    for call in (client.get, client.head):
        assert call(friend_path(referral)).status_code == 200
    assert client.get(friend_path(referral, "/name")).status_code == 405
    assert client.post("/f/x/name", {"shown": "1"}).status_code == 404
    assert client.post("/f/x/data").status_code == 404
    assert client.get("/f/x").status_code == 404

    assert Referral.objects.get().friend_shown_at is None
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(friend_path(referral, "/name"), {"shown": "1"})
    assert answer.status_code == 403


def test_advocate_is_named_on_every_page_of_the_friend(client, pair):
    advocate, referral = pair
    pages = (link_url(advocate.code), friend_path(referral))
    assert all("Ada" not in client.get(page).content.decode() for page in pages)

    path = share_url(advocate.contact_id, advocate.pk) + "/shown"
    client.post(path, {"shown": "1"})
    client.post(path, {"shown": "1"})

    assert all("Ada" in client.get(page).content.decode() for page in pages)
    client.post(path, {"shown": "0"})
    assert all("Ada" not in client.get(page).content.decode() for page in pages)
    assert changes_of(advocate.contact_id) == [
        ("name_shown", "friends"),
        ("name_hidden", "friends"),
    ]


def test_nobody_is_named_who_was_forgotten(client, pair):
    advocate, referral = pair
    show_friend(referral=referral, is_shown=True, statement="", now=NOW)
    show_advocate(advocate=advocate, is_shown=True, statement="", now=NOW)
    Contact.objects.filter(pk=referral.contact_id).update(erased_at=NOW)
    assert "Cleo" not in own_page(client, advocate)

    Contact.objects.filter(pk=referral.contact_id).update(erased_at=None)
    Contact.objects.filter(pk=advocate.contact_id).update(erased_at=NOW)
    assert "Ada" not in client.get(friend_path(referral)).content.decode()


def test_pages_ask_few_queries(client, pair, django_assert_max_num_queries):
    advocate, _ = pair
    for number in range(3):
        friend = make_contact(first_name=f"Friend{number}")
        make_referral(advocate, friend, friend_shown_at=NOW)
    own_page(client, advocate)

    with django_assert_max_num_queries(20):
        page = own_page(client, advocate)

    assert len(re.findall(r"Friend\d joined", page)) == 3


def test_friend_without_a_first_name_stays_a_friend(client, pair):
    advocate, referral = pair
    Contact.objects.filter(pk=referral.contact_id).update(first_name=" ")

    page = client.post(friend_path(referral, "/name"), {"shown": "1"}, follow=True)

    assert "we don’t know your first name" in page.content.decode()
    assert "A friend joined" in own_page(client, advocate)


def test_link_to_the_friends_page_comes_by_mail_to_him_alone(client, pair):
    _, referral = pair

    entry.ask_for_page(address="cleo@example.com", language="de", now=NOW)

    mail = entry.write(PortalMail.objects.get(), now=NOW)
    assert mail.to == "cleo@example.com"
    assert friend_page_url(referral.contact_id, referral.pk) in mail.text


def test_page_survives_a_merge(client, pair):
    _, referral = pair
    path = friend_path(referral)
    other = make_contact()
    later = NOW + timedelta(days=1)
    merge_contacts(
        survivor_id=other.pk, merged_id=referral.contact_id, link=None, now=later
    )

    assert "You came to us through a friend." in client.get(path).content.decode()


def test_friend_gets_a_link_to_his_data(client, pair):
    _, referral = pair

    page = client.post(friend_path(referral, "/data"), follow=True).content.decode()

    assert "A link is on its way." in page
    assert PortalMail.objects.get().kind == "data"
    assert Advocate.objects.filter(contact_id=referral.contact_id).count() == 0
