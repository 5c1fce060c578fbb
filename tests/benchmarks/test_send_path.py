"""What it costs to send a message, against the bare rendering of it, in CPU seconds, the backend's included."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection

from campaigns.channels.email import EmailChannel
from campaigns.channels.mime import assemble
from campaigns.emails.starters import starter_content
from campaigns.engine.advance import advance_round
from campaigns.messaging import letters, send
from campaigns.messaging.compile import compile_content
from campaigns.messaging.render import published_version
from campaigns.models import Enrollment, Message
from contacts import consents
from contacts.models import Contact
from tests.benchmarks.meter import Meter
from tests.benchmarks.report import report
from tests.factories.messages import NOW, make_mail_campaign

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

MESSAGES = int(os.environ.get("GREENLIGHT_BENCHMARK_MESSAGES", "5000"))


@pytest.fixture
def sink(settings):
    """A mail server in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = Path(__file__).with_name("mail_sink.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(port)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def queued():
    """Asks that stand in the outbox, decided by the engine."""
    content = compile_content(starter_content("both_sides"))
    campaign = make_mail_campaign(content=content)
    contacts = Contact.objects.bulk_create(
        [
            Contact(email=f"person{number}@example.com", first_name=f"Ada {number}")
            for number in range(MESSAGES)
        ]
    )
    ids = [contact.pk for contact in contacts]
    consents.grant(ids, source="test", statement="Agreed", now=NOW)
    Enrollment.objects.bulk_create(
        [
            Enrollment(
                contact=contact,
                campaign=campaign,
                version=campaign.published,
                entry_key="once",
                moment_at=NOW,
                enrolled_at=NOW,
                step_key="ask",
                due_at=NOW,
            )
            for contact in contacts
        ]
    )
    while advance_round(now=NOW):
        pass
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE campaigns_message, campaigns_enrollment, contacts_contact"
        )


def find_pairs():
    """Each message with its advocate."""
    messages = list(Message.objects.select_related("contact", "campaign__program"))
    advocates = letters.advocates_of(messages, now=NOW)
    for message in messages:
        message.version = published_version(message.version_id)
    pairs = [
        (one, advocates[one.contact_id, one.campaign.program_id]) for one in messages
    ]
    letters.make_letter(*pairs[0], now=NOW)
    return pairs


def make_letters():
    pairs = find_pairs()
    with Meter() as bare:
        made = [letters.make_letter(*pair, now=NOW) for pair in pairs]
    return made, bare.cost.cpu


def make_again(letters_of):
    """What is rendered one by one, as a sender does."""
    return (letters.make_letter(*pair, now=NOW) for pair in letters_of)


def cpu_of(do):
    began = time.process_time()
    do()
    return time.process_time() - began


def send_by_ours(pairs):
    channel = EmailChannel()
    for letter in make_again(pairs):
        channel.send(letter)
    channel.close()


def send_by_django(pairs):
    """The same letters, over one connection too."""
    connection = mail.get_connection()
    connection.open()
    for letter in make_again(pairs):
        message = EmailMultiAlternatives(
            letter.subject,
            letter.text,
            from_email=f'"{letter.from_name}" <{letter.from_address}>',
            to=[letter.to],
            headers=dict(letter.headers),
            alternatives=[(letter.html, "text/html")],
            connection=connection,
        )
        message.send()
    connection.close()


def test_render_assemble_and_hand_over(queued, sink):
    pairs = find_pairs()
    bare = cpu_of(lambda: list(make_again(pairs)))

    ours = cpu_of(lambda: send_by_ours(pairs))

    few = pairs[: max(1, MESSAGES // 5)]
    django = cpu_of(lambda: send_by_django(few)) * len(pairs) / len(few)
    rate = f"{MESSAGES / ours:,.0f} messages per CPU second, without the database"
    report("Render, MIME and SMTP / bare rendering", bare, ours, rate)
    report(
        "Render, MIME and SMTP / Django's mail backend", django, ours, "4 is the aim"
    )


def test_send_path(queued, sink):
    made, bare = make_letters()

    with Meter() as sending:
        while send.send_due(owner="benchmark", clock=lambda: NOW):
            pass
    whole = sending.cost.cpu

    assert set(Message.objects.values_list("state", flat=True)) == {"accepted"}
    rate = f"{MESSAGES / whole:,.0f} messages per CPU second"
    report("Send path, database and SMTP included / bare rendering", bare, whole, rate)

    started = time.process_time()
    for letter in made:
        assemble(letter)
    own = time.process_time() - started
    started = time.process_time()
    for letter in made[: MESSAGES // 5]:
        mail = EmailMultiAlternatives(letter.subject, letter.text, to=[letter.to])
        mail.attach_alternative(letter.html, "text/html")
        mail.message().as_bytes()
    django = (time.process_time() - started) * 5
    report("MIME / Django's EmailMultiAlternatives", django, own, "higher is better")
    report("Rendering and MIME / bare rendering", bare, bare + own)
