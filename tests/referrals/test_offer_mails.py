import smtplib
from datetime import timedelta

import pytest
from django.core import mail

from contacts import consents
from referrals import offer_mails
from referrals.landing import Tags
from referrals.links import share_url
from referrals.models import OfferMail, Program
from referrals.offer_mails import Wish, ask_for_mail, send_offer_mails
from referrals.showing import show_advocate
from referrals.texts import texts_for
from tests.factories.contacts import make_contact, make_event
from tests.factories.referrals import NOW, make_advocate, make_program

pytestmark = pytest.mark.django_db


def ask(advocate=None, *, address="grace@example.com", language="en", now=NOW):
    wish = Wish(address, texts_for(language), Tags("qr"), "visitor")
    return ask_for_mail(advocate=advocate or make_advocate(), wish=wish, now=now)


def states():
    rows = OfferMail.objects.order_by("pk")
    return list(rows.values_list("state", "address", "due_at"))


def test_the_offer_is_sent_once_and_the_address_is_gone():
    advocate = make_advocate(make_program(friend_conditions="From $50."))
    assert ask(advocate)
    assert not ask(advocate, address="Grace@Example.com")

    assert [send_offer_mails(now=NOW) for _ in range(2)] == [1, 0]

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (
        ["grace@example.com"],
        "$20 off your first order",
    )
    assert sent.from_email.startswith("Fernweh Coffee <")
    assert f"/r/{advocate.code}?c=offer_mail&m=" in sent.body
    assert advocate.code.upper() in sent.body
    assert "From $50." in sent.body
    [(html, _)] = sent.alternatives
    assert f"/r/{advocate.code}?c=offer_mail&amp;m=" in html
    assert states() == [("sent", "", None)]


def test_the_mail_speaks_the_language_of_the_page():
    ask(language="ar")
    send_offer_mails(now=NOW)

    [(html, _)] = mail.outbox[0].alternatives
    assert 'lang="ar" dir="rtl"' in html
    assert "طلبت منا هذا العرض" in mail.outbox[0].body


def test_who_wants_no_mail_gets_none():
    ask()
    consents.suppress(address="grace@example.com", reason="manual", now=NOW)

    send_offer_mails(now=NOW)

    assert mail.outbox == []
    assert states() == [("silent", "", None)]


def test_nothing_is_sent_once_the_offer_is_over():
    ask()
    Program.objects.update(paused_at=NOW)

    send_offer_mails(now=NOW)

    assert mail.outbox == []
    assert states() == [("failed", "", None)]


def test_a_mail_server_that_is_away_is_tried_again(monkeypatch):
    ask()

    def fail(self, *words):
        raise smtplib.SMTPServerDisconnected("away")

    monkeypatch.setattr(offer_mails.EmailMultiAlternatives, "send", fail)
    now = NOW
    for _ in range(4):
        assert send_offer_mails(now=now) == 1
        assert send_offer_mails(now=now) == 0
        assert states() == [
            ("queued", "grace@example.com", now + timedelta(minutes=10))
        ]
        now += timedelta(minutes=10)
    send_offer_mails(now=now)
    assert states() == [("failed", "", None)]


def test_what_may_have_left_is_not_sent_again():
    ask()
    OfferMail.objects.update(state="sending", due_at=NOW)

    send_offer_mails(now=NOW)

    assert mail.outbox == []
    assert states() == [("failed", "", None)]


def test_an_address_gets_three_offers_a_day():
    assert [ask() for _ in range(4)] == [True, True, True, False]
    assert ask(now=NOW + timedelta(days=1, seconds=1))


def test_customer_learns_from_the_mail_that_the_offer_is_for_others():
    advocate = make_advocate()
    known = make_contact(email="grace@example.com")
    make_event(known, at=NOW - timedelta(days=9))
    ask(advocate)
    send_offer_mails(now=NOW)

    [plain] = mail.outbox
    assert plain.subject == "You are with us already"
    assert advocate.code not in plain.body
    assert advocate.code.upper() not in plain.body

    own = make_advocate(advocate.program, known)
    ask(make_advocate(advocate.program))
    send_offer_mails(now=NOW)
    assert share_url(known.pk, own.pk) in mail.outbox[1].body


def test_advocate_learns_from_the_mail_that_it_is_his_own_link():
    advocate = make_advocate(contact=make_contact(email="grace@example.com"))
    ask(advocate)
    send_offer_mails(now=NOW)

    [sent] = mail.outbox
    assert sent.subject == "This is your own link"
    assert share_url(advocate.contact_id, advocate.pk) in sent.body


@pytest.mark.parametrize("is_shown", [True, False])
def test_mail_names_the_advocate_who_agreed(is_shown):
    advocate = make_advocate(contact=make_contact(first_name="Ada"))
    show_advocate(advocate=advocate, is_shown=is_shown, statement="", now=NOW)
    ask(advocate)

    send_offer_mails(now=NOW)

    assert ("Ada thought of you" in mail.outbox[0].body) is is_shown
