"""An address that was typed names nobody before its owner has pressed a button."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from contacts.consents import suppress
from contacts.models import ConsentChange, Contact, Event
from referrals.event_names import NAME_SHOWN
from referrals.intros.answer import Friend, IntroOver, close_intro, refuse
from referrals.intros.confirming import (
    MOST_PER_INTRO,
    ask_to_confirm,
    confirm,
    confirm_url,
    find_confirmation,
    send_one,
)
from referrals.intros.offers import start, text_for
from referrals.intros.write import begin_intro, intro_url, name_advocate
from referrals.mailing import MailRefused, register_mailer
from referrals.models import (
    Intro,
    IntroConfirmation,
    IntroSetting,
    ProgramTranslation,
    Referral,
)
from tests.factories.contacts import make_contact, make_event
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def fresh_tries():
    cache.clear()
    yield
    cache.clear()


def make_intro(program=None):
    """An advocate with a note on its way."""
    person = make_contact(first_name="Ada", email="ada@example.com")
    advocate = make_advocate(program, person)
    setting = IntroSetting(program=advocate.program, outcome="win", product="Acme")
    if not IntroSetting.objects.filter(program=advocate.program).exists():
        start(setting=setting, user=None, now=NOW)
    return begin_intro(advocate=advocate, now=NOW)[0]


def ask(intro, email="cleo@example.com", now=NOW, **changes):
    friend = Friend(email, "Cleo", "Sund", "en", **changes)
    text = text_for(intro.program, "en")
    return ask_to_confirm(intro=intro, friend=friend, text=text, now=now)


def send(now=NOW):
    while send_one(now=now):
        pass
    return [letter.to[0] for letter in mail.outbox]


def path_of(address):
    return address.removeprefix("http://testserver")


def link_in(letter):
    return path_of(re.search(r"http\S+/i/confirm/\S+", letter.body)[0])


def type_address(client, intro, email="cleo@example.com", **more):
    path = path_of(intro_url(intro))
    shown = client.get(path).content.decode()
    text = re.search(r'name="text" value="(\d+)"', shown)[1]
    values = {"email": email, "first_name": "Cleo", "agree": "on", "text": text}
    return client.post(f"{path}/accept", values | more)


def test_typing_an_address_makes_nobody_a_contact(client):
    intro = make_intro()
    before = (Contact.objects.count(), Event.objects.count())

    response = type_address(client, intro)

    assert response["Location"].endswith("?sent=1")
    page = client.get(response["Location"]).content.decode()
    assert "One more step" in page
    assert (Contact.objects.count(), Event.objects.count()) == before
    assert not Referral.objects.exists()
    assert not ConsentChange.objects.exists()
    assert Intro.objects.get().is_open


def test_scanners_change_nothing_and_a_button_does(client):
    intro = make_intro()
    type_address(client, intro)
    assert send(timezone.now()) == ["cleo@example.com"]
    path = link_in(mail.outbox[0])

    scanner = Client()
    for _ in range(3):
        assert "Is this your address?" in scanner.get(path).content.decode()
        assert scanner.head(path).status_code == 200
    assert not Referral.objects.exists()
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403

    mailbox = Client()
    page = mailbox.post(path, follow=True).content.decode()

    assert "Thank you!" in page
    referral = Referral.objects.get()
    assert (referral.contact.email, referral.source) == ("cleo@example.com", "email")
    change = ConsentChange.objects.get()
    assert change.evidence["asked_at"] < change.changed_at.isoformat()
    assert not IntroConfirmation.objects.exists()
    assert "This link is over" in mailbox.post(path).content.decode()


def test_page_tells_no_stranger_who_is_known_or_refuses(client):
    intro = make_intro()
    make_event(make_contact(email="known@example.com"), at=NOW - timedelta(days=9))
    refuse(program=intro.program, email="never@example.com", now=NOW)
    addresses = [
        "known@example.com",
        "never@example.com",
        "ada@example.com",
        "x@y.example",
    ]

    answers = set()
    for address in addresses:
        visitor = Client()
        response = type_address(visitor, intro, address)
        shown = visitor.get(response["Location"]).content.decode()
        shown = re.sub(r'value="\w{64}"', "", shown)
        answers.add((response.status_code, response["Location"], shown))

    assert len(answers) == 1
    assert sorted(send(timezone.now())) == [
        "ada@example.com",
        "known@example.com",
        "x@y.example",
    ]


def test_customer_learns_it_from_the_mail_alone():
    intro = make_intro()
    make_event(make_contact(email="known@example.com"), at=NOW - timedelta(days=9))

    ask(intro, "known@example.com")
    ask(intro, "new@example.com")
    send()

    found = {one.to[0]: "you are with us already" in one.body for one in mail.outbox}
    assert found == {"known@example.com": True, "new@example.com": False}


def test_own_address_is_refused_behind_the_mail():
    intro = make_intro()
    ask(intro, "ada@example.com")
    send()

    page = Client().post(link_in(mail.outbox[0])).content.decode()

    assert "This is your own introduction." in page
    assert Intro.objects.get().is_open
    assert not IntroConfirmation.objects.exists()


def test_somebody_else_s_address_is_deleted_by_its_owner():
    intro = make_intro()
    ask(intro)
    send()

    page = Client().post(link_in(mail.outbox[0]), {"no": "1"}).content.decode()

    assert "The address is deleted" in page
    assert not IntroConfirmation.objects.exists()
    assert Intro.objects.get().is_open


def test_browser_that_has_confirmed_an_address_need_not_again():
    first, browser = make_intro(), Client()
    type_address(browser, first)
    send(timezone.now())
    browser.post(link_in(mail.outbox[0]))
    second = make_intro(make_program())
    third = make_intro(make_program())

    at_once = type_address(browser, second)
    other = type_address(browser, third, "other@example.com")

    assert "sent" not in at_once["Location"]
    assert other["Location"].endswith("?sent=1")
    assert Referral.objects.count() == 2
    assert len(send(timezone.now())) == 2


def test_mails_are_few():
    intro, other = make_intro(), make_intro(make_program())
    assert ask(intro)
    assert not ask(intro, now=NOW + timedelta(minutes=1))
    assert ask(intro, now=NOW + timedelta(minutes=6))
    for number in range(MOST_PER_INTRO - 1):
        assert ask(intro, f"{number}@example.com")
    assert not ask(intro, "one-more@example.com")
    assert ask(other)
    assert ask(make_intro(make_program()))
    assert not ask(make_intro(make_program()))


def test_what_nobody_confirms_is_deleted():
    intro = make_intro()
    ask(intro)
    assert send() == ["cleo@example.com"]
    path = link_in(mail.outbox[0])

    send(NOW + timedelta(days=6, hours=23))
    assert IntroConfirmation.objects.count() == 1
    send(NOW + timedelta(days=7))

    assert not IntroConfirmation.objects.exists()
    response = Client().get(path)
    assert (response.status_code, "This link is over" in response.content.decode()) == (
        410,
        True,
    )


@pytest.mark.parametrize(
    ("reason", "count"), [("unsubscribed", 1), ("bounced", 0), ("complained", 0)]
)
def test_silent_address_gets_nothing(reason, count):
    ask(make_intro())
    suppress(address="cleo@example.com", reason=reason, now=NOW)

    assert len(send()) == count


def test_answered_introduction_asks_nobody_any_more():
    intro = make_intro()
    ask(intro)
    row = IntroConfirmation.objects.get()
    close_intro(intro=intro, tells_advocate=False, now=NOW)

    assert send() == []
    with pytest.raises(IntroOver):
        ask(intro, "other@example.com")
    with pytest.raises(IntroOver):
        confirm(confirmation=row, intro=intro, now=LATER)
    assert "is over" in Client().get(path_of(confirm_url(row))).content.decode()


def test_mail_that_was_not_taken_is_tried_again():
    from campaigns.messaging.asked_for import send_asked_for  # noqa: PLC0415

    def fail(letter, now):
        raise MailRefused("busy", permanent=False)

    ask(make_intro())
    register_mailer(fail)
    try:
        assert send_one(now=NOW)
    finally:
        register_mailer(send_asked_for)
    row = IntroConfirmation.objects.get()
    assert (row.mailed_at, row.due_at > NOW, row.attempts) == (None, True, 1)
    assert send(row.due_at) == ["cleo@example.com"]


def test_friend_may_agree_to_be_named():
    intro = make_intro()
    name_advocate(intro=intro, shows_name=True, now=NOW)
    ask(intro, shows_name=True)
    send()
    assert "Ada thought of you" in mail.outbox[0].body

    Client().post(link_in(mail.outbox[0]))

    referral = Referral.objects.get()
    assert referral.friend_shown_at is not None
    told = Event.objects.filter(name=NAME_SHOWN).order_by("pk")
    assert [one.properties["to"] for one in told] == ["friends", "advocate"]


def test_pages_speak_the_nearest_language_also_of_the_program(client):
    program = make_program()
    ProgramTranslation.objects.create(
        program=program,
        locale="pt",
        texts={"disclosure": "Eu também ganho."},
        changed_at=NOW,
    )
    type(program).objects.filter(pk=program.pk).update(translated_at=NOW)
    program.refresh_from_db()
    intro = make_intro(program)
    ask(intro)
    accept = {"accept-language": "xx, pt-BR;q=0.9, de;q=0.5"}

    page = client.get(path_of(intro_url(intro)), headers=accept).content.decode()
    button = client.get(
        path_of(confirm_url(IntroConfirmation.objects.get())), headers=accept
    ).content.decode()

    assert '<html lang="pt" dir="ltr">' in page
    assert "Eu também ganho." in page
    assert "Este é o seu endereço?" in button


@pytest.mark.parametrize("token", ["", "x", "1.2~forged"])
def test_token_of_nobody_finds_nothing(token):
    assert find_confirmation(token) is None


def test_network_has_so_many_tries(client, monkeypatch):
    monkeypatch.setattr("referrals.views.intro.TRIES_ALLOWED", 2)
    intro = make_intro()

    answers = [
        type_address(client, intro, f"{number}@example.com").status_code
        for number in range(3)
    ]

    assert answers == [302, 302, 429]
