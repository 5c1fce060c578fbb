import pytest
from django.test import Client

from contacts import consents
from contacts.models import Consent, ConsentChange, Suppression
from contacts.tokens import make_token
from contacts.views.unsubscribe import WORDS, mask_address, unsubscribe_url
from tests.factories.contacts import NOW, make_contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    """A program without cookies, whose posts carry no CSRF token."""
    return Client(enforce_csrf_checks=True)


def path_of(contact, *causes):
    return unsubscribe_url(contact.pk, *causes).removeprefix("http://localhost:8000")


def state_of(contact):
    return list(Consent.objects.filter(contact=contact).values_list("state", flat=True))


def test_looking_shows_one_button_and_changes_nothing(browser):
    ada = make_contact(email="ada@example.com")

    for method in (browser.get, browser.head, browser.get):
        answer = method(path_of(ada))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("<button") == 1
    assert ">Unsubscribe</button>" in page
    assert "a•••@example.com" in page
    assert "ada@example.com" not in page
    assert state_of(ada) == []
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("multipart", [True, False])
def test_one_click_of_a_mail_program_acts_without_redirect(browser, multipart):
    ada = make_contact(email="ada@example.com")
    body = {"List-Unsubscribe": "One-Click"}

    for _ in range(5):
        answer = (
            browser.post(path_of(ada, 77), body)
            if multipart
            else browser.post(
                path_of(ada, 77),
                "List-Unsubscribe=One-Click",
                content_type="application/x-www-form-urlencoded",
                headers={"Origin": "https://mail.example.org"},
            )
        )
        assert answer.status_code == 200
        assert "Location" not in answer.headers

    assert state_of(ada) == ["withdrawn"]
    change = ConsentChange.objects.get()
    assert (change.source, change.evidence) == ("one_click", {"causes": [77]})
    assert Suppression.objects.get().address == "ada@example.com"


def test_button_unsubscribes_and_offers_the_way_back(browser):
    ada = make_contact()

    page = browser.post(path_of(ada), {"action": "unsubscribe"}).content.decode()

    assert "You are unsubscribed" in page
    assert ">Subscribe again</button>" in page
    assert ConsentChange.objects.get().source == "unsubscribe_page"
    assert "You are unsubscribed" in browser.get(path_of(ada)).content.decode()


def test_way_back_subscribes_again(browser):
    ada = make_contact()
    browser.post(path_of(ada), {"action": "unsubscribe"})

    page = browser.post(path_of(ada), {"action": "subscribe"}).content.decode()

    assert "Welcome back" in page
    assert state_of(ada) == ["granted"]
    assert not Suppression.objects.exists()


def test_way_back_does_not_open_an_address_that_bounced(browser):
    ada = make_contact(email="ada@example.com")
    consents.suppress(address="ada@example.com", reason="bounced", now=NOW)

    page = browser.post(path_of(ada), {"action": "subscribe"}).content.decode()

    assert "blocked for another reason" in page
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize("token", ["x", "1~forged", "%00", "💥"])
def test_bad_link_gets_a_friendly_page(browser, token):
    for answer in (
        browser.get(f"/unsubscribe/{token}"),
        browser.post(f"/unsubscribe/{token}", {"List-Unsubscribe": "One-Click"}),
    ):
        assert answer.status_code == 404
        assert "This link does not work" in answer.content.decode()


def test_link_for_another_purpose_is_refused(browser):
    ada = make_contact()

    answer = browser.post(f"/unsubscribe/{make_token('share', ada.pk)}")

    assert answer.status_code == 404
    assert state_of(ada) == []


@pytest.mark.parametrize(
    ("locale", "asked", "expected", "direction"),
    [
        ("de-AT", "fr", "Abmelden?", "ltr"),
        ("", "fr-CA,en;q=0.5", "Se désabonner ?", "ltr"),
        ("ar-EG", "", "إلغاء الاشتراك؟", "rtl"),
        ("xx", "tlh", "Unsubscribe?", "ltr"),
    ],
)
def test_page_speaks_the_language_of_the_person(
    browser, locale, asked, expected, direction
):
    ada = make_contact(locale=locale)

    page = browser.get(path_of(ada), headers={"Accept-Language": asked})

    assert f"<h1>{expected}</h1>" in page.content.decode()
    assert f'dir="{direction}"' in page.content.decode()


def test_page_is_never_kept(browser):
    answer = browser.get(path_of(make_contact()))

    assert "no-store" in answer.headers["Cache-Control"]


def test_every_language_has_every_sentence():
    for words in WORDS.values():
        assert list(words) == list(WORDS["en"])
        assert [name for name, text in words.items() if "{address}" in text] == [
            "question",
            "done",
            "back",
            "silent",
        ]


@pytest.mark.parametrize(
    ("address", "masked"),
    [("ada@example.com", "a•••@example.com"), ("", "•••"), ("é@x.org", "é•••@x.org")],
)
def test_address_is_masked(address, masked):
    assert mask_address(address) == masked


def test_no_channel_that_is_unknown_is_ended(browser):
    ada = make_contact(email="ada@example.com")

    browser.post(path_of(ada) + "?via=pigeon", {"action": "unsubscribe"})

    assert list(Consent.objects.values_list("channel", "state")) == [
        ("email", "withdrawn")
    ]
