import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from contacts.models import Identifier
from referrals.links import find_advocate
from referrals.models import LandingPlace, Program
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import NOW, make_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return make_program(name="Coffee")


def page_of(program):
    return reverse("admin:referrals_program_links", args=[program.pk])


def person(address):
    contact = make_contact(email=address)
    Identifier.objects.get_or_create(
        kind="email", value=address, defaults={"contact": contact, "created_at": NOW}
    )
    return contact


def test_the_tab_shows_where_a_friend_arrives(admin_client, program):
    page = admin_client.get(page_of(program))

    assert page.context["example"] == (
        "https://shop.example.com/welcome?utm_source=referral&utm_medium=whatsapp"
        "&utm_campaign=coffee&gl_click=x7Kp…"
    )
    assert 'aria-current="page">Links' in page.text


def test_settings_are_saved(admin_client, program):
    values = {
        "tag_template": "?utm_source=friend&utm_content={asset}",
        "expires_at": "2030-01-02T12:00",
        "friend_conditions": "From $50.",
        "privacy_url": "shop.example.com/privacy",
    }

    admin_client.post(page_of(program), {"what": "save", **values})

    program.refresh_from_db()
    assert program.tag_template == "utm_source=friend&utm_content={asset}"
    assert program.expires_at.year == 2030
    assert program.privacy_url == "https://shop.example.com/privacy"


def test_tags_that_can_not_be_used_are_told(admin_client, program):
    page = admin_client.post(
        page_of(program), {"what": "save", "tag_template": "utm_source={email}"}
    )

    assert "“{email}” is not known." in page.text
    program.refresh_from_db()
    assert "email" not in program.tag_template


def test_places_are_added_and_taken_away(admin_client, program):
    place = {"what": "place", "name": "Espresso", "word": "Espresso"}
    evil = admin_client.post(
        page_of(program), {**place, "destination_url": "https://evil.example/"}
    )
    assert "Links may not lead to" in evil.text
    good = {**place, "destination_url": "https://shop.example.com/espresso"}
    admin_client.post(page_of(program), good)
    again = admin_client.post(page_of(program), good)

    assert "another place of this program" in again.text
    assert LandingPlace.objects.get().word == "espresso"
    other = make_program()
    pk = LandingPlace.objects.get().pk
    admin_client.post(page_of(other), {"what": "remove", "place": pk})
    assert LandingPlace.objects.exists()
    admin_client.post(page_of(program), {"what": "remove", "place": pk})
    assert not LandingPlace.objects.exists()


def test_a_program_is_paused_and_goes_on(admin_client, program):
    admin_client.post(page_of(program), {"what": "pause"})
    paused = Program.objects.get()
    assert (paused.paused_because, paused.stop_at(NOW)) == ("hand", "paused")

    page = admin_client.get(page_of(program)).text
    admin_client.post(page_of(program), {"what": "resume"})

    assert "Offer it again" in page
    assert Program.objects.get().stop_at(NOW) == ""


def test_codes_are_brought_by_paste_and_by_file(admin_client, program):
    ada, ben = person("ada@example.com"), person("ben@example.com")
    text = "email,code\nada@example.com,ada-20\nghost@example.com,ghost-1\n"
    file = SimpleUploadedFile("codes.csv", b"ben@example.com,ben-20\n")

    pasted = admin_client.post(page_of(program), {"what": "bring", "rows": text})
    admin_client.post(page_of(program), {"what": "bring", "file": file})

    assert "1 line could not be taken" in pasted.text
    assert "Nobody has the address ghost@example.com" in pasted.text
    assert find_advocate("ada-20").contact_id == ada.pk
    assert find_advocate("ben-20").contact_id == ben.pk
    empty = admin_client.post(page_of(program), {"what": "bring", "rows": "x"})
    assert "no line with an address and a code" in empty.text


@pytest.mark.parametrize("what", ["save", "place", "remove", "pause", "bring"])
def test_who_may_only_look_changes_nothing(program, what):
    client = Client()
    client.force_login(make_user("referrals.view_program"))

    assert client.get(page_of(program)).status_code == 200
    assert client.post(page_of(program), {"what": what}).status_code == 403
    assert Program.objects.get().paused_at is None


def test_an_unknown_button_is_not_found(admin_client, program):
    assert admin_client.post(page_of(program), {"what": "x"}).status_code == 404
