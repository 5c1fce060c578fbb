"""The advocate's note and the friend's page: looking changes nothing, a press of a button does."""

import email
import email.policy
import re

import pytest
from django.test import Client
from django.utils import timezone

from contacts.models import Contact, Event
from referrals.intros.confirming import confirm_url
from referrals.intros.offers import start, stop
from referrals.intros.write import MOST_OPEN, begin_intro, intro_url
from referrals.links import share_url
from referrals.models import (
    AllowedHost,
    Intro,
    IntroConfirmation,
    IntroSetting,
    Referral,
)
from tests.factories.contacts import make_contact
from tests.factories.referrals import make_advocate, make_program

pytestmark = pytest.mark.django_db


@pytest.fixture
def advocate():
    AllowedHost.objects.get_or_create(host="cal.example.com")
    made = make_advocate(make_program(), make_contact(first_name="Ada"))
    setting = IntroSetting(
        program=made.program,
        outcome="save half a day",
        product="Acme",
        rep="Bo",
        calendar_url="https://cal.example.com/bo?utm_content={{ intro }}",
    )
    start(setting=setting, user=None, now=timezone.now())
    return made


def page_of(advocate, action=""):
    address = share_url(advocate.contact_id, advocate.pk)
    return address.removeprefix("http://testserver") + "/introduce" + action


def friend_page(action=""):
    intro = Intro.objects.select_related("contact").latest("pk")
    return intro_url(intro).removeprefix("http://testserver") + action


def agree(client, **changes):
    shown = client.get(friend_page()).content.decode()
    text = re.search(r'name="text" value="(\d+)"', shown)[1]
    values = {"email": "cleo@example.com", "first_name": "Cleo", "agree": "on"}
    return client.post(friend_page("/accept"), values | {"text": text} | changes)


def agree_and_confirm(client, **changes):
    agree(client, **changes)
    return client.post(confirm_url(IntroConfirmation.objects.get()))


def test_looking_changes_nothing(client, advocate):
    begin_intro(advocate=advocate, now=timezone.now())
    before = (Intro.objects.values().get(), Event.objects.count())

    for _ in range(3):
        for address in (page_of(advocate), friend_page()):
            assert client.get(address).status_code == 200
            assert client.head(address).status_code == 200
    for action in ("/accept", "/close", "/undo"):
        assert client.get(friend_page(action)).status_code == 405

    assert (Intro.objects.values().get(), Event.objects.count()) == before
    assert set(client.cookies) <= {"csrftoken"}


def test_the_note_is_written_when_the_advocate_wants_it(client, advocate):
    assert "Your note" not in client.get(page_of(advocate)).content.decode()

    for _ in range(2):
        response = client.post(page_of(advocate, "/begin"), {"name": "on"}, follow=True)

    page = response.content.decode()
    intro = Intro.objects.get()
    assert intro.shows_name
    assert "We work with Acme, and it has helped us save half a day." in page
    assert "Bo can show you" in page
    assert intro_url(intro) in page
    assert "I get $20 too." in page
    assert "mailto:?subject=Somebody%20you%20might" in page
    assert "no answer yet" in page


def test_another_friend_gets_another_note_up_to_a_limit(client, advocate):
    for _ in range(MOST_OPEN + 2):
        last = client.post(page_of(advocate, "/begin"), {"another": "1"})

    assert Intro.objects.count() == MOST_OPEN
    assert last["Location"].endswith("/introduce?full=1")
    assert "wait for an answer" in client.get(last["Location"]).content.decode()


def test_the_name_is_shown_by_consent_alone(client, advocate):
    client.post(page_of(advocate, "/begin"))
    assert (
        "Somebody you know thought of you" in client.get(friend_page()).content.decode()
    )

    client.post(page_of(advocate, "/name"), {"name": "on"})
    assert "Ada thought of you" in client.get(friend_page()).content.decode()

    client.post(page_of(advocate, "/name"))
    assert "Ada" not in client.get(friend_page()).content.decode()


def test_the_edited_note_comes_as_a_mail_and_is_not_kept(client, advocate):
    client.post(page_of(advocate, "/begin"))

    response = client.post(
        page_of(advocate, "/file"),
        {"kind": "eml", "subject": "Hé\r\nBcc: x@example.com", "note": "Dear Cleo"},
    )

    mail = email.message_from_bytes(response.content, policy=email.policy.default)
    assert response["Content-Disposition"] == 'attachment; filename="introduction.eml"'
    assert (mail["Subject"], mail["X-Unsent"], mail["To"], mail["Bcc"]) == (
        *("Hé Bcc: x@example.com", "1"),
        *(None, None),
    )
    body = mail.get_content()
    assert body.startswith("Dear Cleo\r\n")
    # The link and what is earned can't be lost.
    assert intro_url(Intro.objects.get()) in body
    assert "I get $20 too." in body
    text = client.post(page_of(advocate, "/file"), {"kind": "txt", "note": "Dear Cleo"})
    assert text.content.decode().startswith(
        "Somebody you might like to meet\r\n\r\nDear"
    )
    assert client.post(page_of(advocate, "/file"), {"kind": "exe"}).status_code == 404
    assert not Contact.objects.filter(first_name__contains="Cleo").exists()


def test_the_friend_agrees_and_may_book(client, advocate):
    client.post(page_of(advocate, "/begin"))
    token = "https://cal.example.com/bo?utm_content="

    shown = client.get(friend_page()).content.decode()
    response = agree_and_confirm(client)
    after = client.get(response["Location"]).content.decode()

    assert "Acme has helped them save half a day." in shown
    assert token in shown
    assert "Thank you!" in after
    assert token in after
    assert Referral.objects.get().contact.email == "cleo@example.com"
    assert "This introduction is over" in Client().get(friend_page()).content.decode()
    assert "they said yes" in client.get(page_of(advocate)).content.decode()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"email": "cleo"}, "Write an address like ada@example.com."),
        ({"email": "cl\0eo@example.com"}, "Write an address like ada@example.com."),
        ({"agree": None}, "Tick the box if you agree."),
        ({"text": "0"}, "Tick the box if you agree."),
        ({"text": "9" * 30}, "Tick the box if you agree."),
    ],
)
def test_half_a_yes_is_none(client, advocate, changes, problem):
    client.post(page_of(advocate, "/begin"))
    values = {name: value for name, value in changes.items() if value is not None}
    if changes.get("agree", "") is None:
        shown = client.get(friend_page()).content.decode()
        text = re.search(r'name="text" value="(\d+)"', shown)[1]
        response = client.post(
            friend_page("/accept"), {"email": "cleo@example.com", "text": text}
        )
    else:
        response = agree(client, **values)

    assert response.status_code == 422
    assert problem in response.content.decode()
    assert Intro.objects.get().is_open
    assert not Referral.objects.exists()


def test_a_no_is_remembered_in_the_browser_for_all_notes_of_the_program(
    client, advocate
):
    client.post(page_of(advocate, "/begin"))
    friend = Client()
    friend.post(friend_page("/close"), {"email": "cleo@example.com"})
    first = friend_page()

    assert "Okay. That is that." in friend.get(first).content.decode()
    # The advocate learns nothing.
    assert "no answer yet" in client.get(page_of(advocate)).content.decode()
    client.post(page_of(advocate, "/begin"), {"another": "1"})
    assert "You told us that you are not interested" in (
        friend.get(friend_page()).content.decode()
    )
    assert "can\u0027t take" not in agree(Client()).content.decode()
    assert not Contact.objects.filter(email="cleo@example.com").exists()

    friend.post(friend_page("/undo"))

    assert agree_and_confirm(friend).status_code == 302
    assert Contact.objects.filter(email="cleo@example.com").exists()


def test_the_friend_may_let_the_advocate_know(client, advocate):
    client.post(page_of(advocate, "/begin"))

    Client().post(friend_page("/close"), {"tell": "on"})

    assert re.search(
        r"Written \w+ \d+: closed", client.get(page_of(advocate)).content.decode()
    )


def test_where_there_are_no_introductions_any_more_the_pages_are_kind(client, advocate):
    client.post(page_of(advocate, "/begin"))
    stop(setting=IntroSetting.objects.get())

    assert "This offer has ended" in client.get(friend_page()).content.decode()
    assert client.get(page_of(advocate)).status_code == 302
    client.post(page_of(advocate, "/begin"), {"another": "1"})
    assert Intro.objects.count() == 1


def test_the_page_speaks_the_language_of_the_friend(client, advocate):
    client.post(page_of(advocate, "/begin"))

    page = client.get(friend_page(), headers={"accept-language": "ar"}).content.decode()

    assert '<html lang="ar" dir="rtl">' in page
    # What the marketer has not written in Arabic stays as it is, and says so.
    assert '<p lang="en" dir="auto">' in page


def test_unknown_links_say_so_kindly(client):
    for path in ("/i/1.2~forged", "/a/1.2~forged/introduce"):
        response = client.get(path)
        assert (response.status_code, response["X-Robots-Tag"]) == (
            *(404,),
            "noindex, nofollow",
        )
