import io
import zipfile
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.models import Erasure, Suppression
from referrals.models import PortalMail
from referrals.portal import entry
from tests.factories.contacts import make_contact
from tests.factories.referrals import make_advocate, make_program

pytestmark = pytest.mark.django_db

ENTER = "/a/"


@pytest.fixture(autouse=True)
def fresh_tries():
    cache.clear()
    yield
    cache.clear()


def data_path(contact, now=None):
    return urlsplit(entry.data_url(contact.pk, now=now or timezone.now())).path


def test_the_answer_is_the_same_whether_an_address_is_known_or_not(client):
    make_advocate(contact=make_contact(email="ada@example.com"))

    known, unknown = (
        client.post(ENTER, {"email": email})
        for email in ("ada@example.com", "bob@example.com")
    )

    assert known.content == unknown.content
    assert known.status_code == unknown.status_code == 200
    assert PortalMail.objects.count() == 1
    assert "Look into your inbox" in known.content.decode()


def test_looking_sends_nothing(client):
    for method in (client.get, client.head):
        assert method(ENTER, {"email": "ada@example.com"}).status_code == 200

    assert not PortalMail.objects.exists()


def test_what_is_no_address_is_said_so(client):
    page = client.post(ENTER, {"email": "ada@"}).content.decode()

    assert "Write an address like name@example.com." in page
    assert 'value="ada@"' in page


def test_a_network_has_few_tries(client):
    answers = [
        client.post(ENTER, {"email": f"{number}@example.com"}).status_code
        for number in range(7)
    ]

    assert answers == [200] * 5 + [429] * 2


def test_the_form_needs_its_token():
    client = Client(enforce_csrf_checks=True)

    assert client.post(ENTER, {"email": "ada@example.com"}).status_code == 403


def test_the_page_has_the_look_of_the_program(client):
    old = make_program(brand="Old", accent="#112233")
    make_program(brand="New", accent="#445566")

    assert "New" in client.get(ENTER).content.decode()
    assert old.theme_url in client.get(f"{ENTER}?program={old.pk}").content.decode()
    assert client.get(f"{ENTER}?program=x").status_code == 200


def test_the_own_page_sends_a_link_to_the_data(client):
    advocate = make_advocate(contact=make_contact(email="ada@example.com"))
    path = urlsplit(entry.share_url(advocate.contact_id, advocate.pk)).path

    page = client.post(f"{path}/data", follow=True).content.decode()

    assert "A link is on its way." in page
    assert "a•••@example.com" in page
    assert PortalMail.objects.get().kind == "data"


def test_everything_is_handed_over(client):
    contact = make_contact(email="ada@example.com")

    looked = client.get(data_path(contact))
    response = client.post(data_path(contact), {"action": "download"})

    assert looked["Content-Type"].startswith("text/html")
    content = b"".join(response.streaming_content)
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert "contact.json" in names
    assert response["Cache-Control"] == "no-store"


def test_who_wants_it_is_forgotten_for_good(client):
    contact = make_contact(email="ada@example.com")
    path = data_path(contact)

    for again in range(2):
        response = client.post(path, {"action": "delete", "sure": "1"})
        assert "Your data is being deleted" in response.content.decode(), again

    assert Erasure.objects.get().created_by is None
    assert Suppression.objects.count() == 1
    assert PortalMail.objects.count() == 0


@pytest.mark.parametrize("values", [{"action": "delete"}, {"action": "?"}, {}])
def test_nothing_else_is_done(client, values):
    response = client.post(data_path(make_contact()), values)

    assert response.status_code == 400
    assert not Erasure.objects.exists()


def test_looking_deletes_nothing(client):
    path = data_path(make_contact())

    for method in (client.get, client.head):
        method(path, {"action": "delete", "sure": "1"})

    assert not Erasure.objects.exists()


def test_an_old_link_says_so(client):
    old = timezone.now() - timedelta(hours=2)

    response = client.get(data_path(make_contact(), old))

    assert response.status_code == 410
    assert "This link has expired" in response.content.decode()
    assert client.get(reverse("referrals_data", args=["x"])).status_code == 404
