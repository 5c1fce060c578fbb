import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from contacts.consents import suppress
from contacts.tokens import BadToken, make_token
from referrals.mailing import MailRefused, register_mailer
from referrals.models import PortalMail
from referrals.portal import entry
from tests.factories.contacts import make_contact
from tests.factories.referrals import NOW, make_advocate

pytestmark = pytest.mark.django_db

ADDRESS = "ada@example.com"


def make_reader(**changes):
    return make_advocate(contact=make_contact(email=ADDRESS, **changes))


def ask(address=ADDRESS, now=NOW):
    entry.ask_for_page(address=address, language="en", now=now)


def send(now=NOW):
    sent = 0
    while entry.send_one(now=now):
        sent += 1
    return sent


def test_who_takes_part_gets_a_link_to_each_of_his_pages():
    first = make_reader(locale="de")
    second = make_advocate(contact=first.contact)

    ask(" ADA@example.com ")
    sent = send()

    assert sent == 1
    (letter,) = mail.outbox
    assert letter.to == [ADDRESS]
    assert letter.subject == "Ihre Empfehlungsseite"
    for advocate in (first, second):
        address = entry.share_url(advocate.contact_id, advocate.pk)
        assert address in letter.body
        assert address in letter.alternatives[0][0]


def test_who_takes_no_part_gets_nothing():
    make_contact(email=ADDRESS)

    ask()
    ask("nobody@example.com")

    assert not PortalMail.objects.exists()


def test_asking_twice_sends_once_until_a_while_has_passed():
    make_reader()

    ask()
    ask(now=NOW + timedelta(minutes=1))
    sent = send(NOW + timedelta(minutes=1))
    ask(now=NOW + timedelta(minutes=4))
    nothing = send(NOW + timedelta(minutes=4))
    ask(now=NOW + timedelta(minutes=6))
    again = send(NOW + timedelta(minutes=6))

    assert (sent, nothing, again) == (1, 0, 1)


@pytest.mark.parametrize(
    ("reason", "sent"),
    [("unsubscribed", 1), ("bounced", 0), ("complained", 0), ("manual", 0)],
)
def test_an_address_that_must_not_be_written_to_gets_nothing(reason, sent):
    make_reader()
    suppress(address=ADDRESS, reason=reason, now=NOW)

    ask()

    assert send() == sent


def test_who_is_silenced_meanwhile_gets_nothing():
    make_reader()
    ask()
    suppress(address=ADDRESS, reason="bounced", now=NOW)

    send()

    assert mail.outbox == []


@pytest.fixture
def refusing():
    """A mail server that refuses; the usual one afterwards."""
    from campaigns.messaging.asked_for import send_asked_for  # noqa: PLC0415

    error = MailRefused("busy", permanent=False)

    def refuse(letter, now):
        raise error

    register_mailer(refuse)
    yield error
    register_mailer(send_asked_for)


def test_a_mail_that_was_not_taken_is_tried_again_and_given_up(refusing):
    make_reader()
    ask()

    now, tries = NOW, 0
    while PortalMail.objects.get().due_at:
        now = max(now, PortalMail.objects.get().due_at)
        assert entry.send_one(now=now)
        tries += 1

    assert tries == entry.MOST_ATTEMPTS
    assert PortalMail.objects.get().sent_at is None


def test_a_mail_that_is_refused_for_good_is_not_tried_again(refusing):
    refusing.permanent = True
    make_reader()
    ask()

    send()

    assert PortalMail.objects.get().due_at is None


def test_a_link_to_the_data_works_for_an_hour():
    contact = make_contact()
    token = entry.data_url(contact.pk, now=NOW).rpartition("/")[2]

    assert entry.read_data_token(token, now=NOW + timedelta(hours=1)) == contact.pk
    with pytest.raises(entry.LinkExpired):
        entry.read_data_token(token, now=NOW + timedelta(hours=1, seconds=1))


@pytest.mark.parametrize(
    "token", ["", "x", make_token("share", 1, 2), make_token(entry.DATA_PURPOSE, 1)]
)
def test_no_other_token_leads_to_data(token):
    with pytest.raises(BadToken):
        entry.read_data_token(token, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_mail_once():
    make_reader()
    ask()
    barrier = threading.Barrier(2)
    sent = []

    def work():
        barrier.wait()
        sent.append(entry.send_one(now=NOW))
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(sent) == [False, True]
    assert len(mail.outbox) == 1
