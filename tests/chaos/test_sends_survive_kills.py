"""Workers are killed at random while asks go out to a mail server that misbehaves."""

import os
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Ask, AskBudget, Enrollment, Hold, Message
from contacts import consents
from contacts.models import Contact, Event
from tests.chaos.drive import database_url, free_port, spawn, start
from tests.factories.messages import make_mail_campaign

ASKS = int(os.environ.get("GREENLIGHT_CHAOS_ASKS", "5000"))
KILLS = 20
WORKERS = 2
SEED = 20261120
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
IN_HAND = [Message.State.QUEUED, Message.State.CLAIMED, Message.State.HANDING_OVER]


def enroll(count):
    """Enroll contacts who stand before the ask; two in a hundred never agreed to get it."""
    campaign = make_mail_campaign(if_held="exit")
    contacts = Contact.objects.bulk_create(
        [Contact(email=f"person{number}@example.com") for number in range(count)]
    )
    agreed = [contact.pk for contact in contacts[count // 50 :]]
    consents.grant(agreed, source="test", statement="Agreed", now=NOON)
    Enrollment.objects.bulk_create(
        [
            Enrollment(
                contact=contact,
                campaign=campaign,
                version=campaign.published,
                entry_key="once",
                moment_at=NOON,
                enrolled_at=NOON,
                step_key="ask",
                due_at=NOON,
            )
            for contact in contacts
        ]
    )
    return contacts


def is_over():
    return not (
        Enrollment.objects.filter(state=Enrollment.State.ACTIVE).exists()
        or Message.objects.filter(state__in=IN_HAND).exists()
    )


def kill_at_random(nursery, workers, chance):
    """Kill one of the workers twenty times, at moments of no pattern, and replace it."""
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, min(1.5, ASKS / 3_500)))
        victim = workers.pop(chance.randrange(len(workers)))
        os.kill(victim, signal.SIGKILL)
        workers.append(spawn(nursery))


@pytest.mark.django_db(transaction=True)
def test_nobody_gets_two_and_nothing_is_lost(processes, tmp_path, admin_client):
    contacts = enroll(ASKS)
    port, accepted_file = free_port(), tmp_path / "accepted"
    server = start(processes, "mail_server.py", port, accepted_file, SEED)
    assert server.stdout.readline() == "ready\n"
    nursery = start(
        processes,
        "nursery.py",
        (NOON - timezone.now()).total_seconds(),
        DATABASE_URL=database_url(),
        DJANGO_SETTINGS_MODULE="tests.settings",
        GREENLIGHT_SMTP_HOST="127.0.0.1",
        GREENLIGHT_SMTP_PORT=str(port),
    )
    chance = random.Random(SEED)
    workers = [spawn(nursery) for _ in range(WORKERS)]

    kill_at_random(nursery, workers, chance)
    for contact in chance.sample(contacts, 20):
        consents.withdraw(
            contact=contact, source="test", now=NOON + timedelta(minutes=1)
        )
    end = time.monotonic() + 600
    while not is_over() and time.monotonic() < end:
        time.sleep(0.1)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)

    accepted = [line.split() for line in accepted_file.read_text().splitlines()]
    counts = Counter(Message.objects.values_list("state", flat=True))
    print(f"\n{len(accepted)} letters, {dict(counts)}, held {count_held()}")  # noqa: T201
    check_mails(accepted, counts)
    check_asks()
    page = admin_client.get(reverse("admin:campaigns_unknown_messages"))
    assert page.context["total"] == counts["unknown"]


def count_held():
    """Count those who were not asked, and are told why."""
    held = Enrollment.objects.filter(
        state=Enrollment.State.EXITED,
        pk__in=Hold.objects.values("enrollment_id"),
    )
    return held.exclude(pk__in=Message.objects.values("enrollment_id")).count()


def check_mails(accepted, counts):
    tags = {
        state: set(Message.objects.filter(state=state).values_list("tag", flat=True))
        for state in Message.State.values
    }
    arrived = {tag for tag, _ in accepted}
    # Nobody gets two.
    assert len(arrived) == len({address for _, address in accepted}) == len(accepted)
    # Everybody is somewhere, and nothing is on its way any more.
    assert set(counts) <= {"accepted", "unknown", "failed", "canceled"}
    assert sum(counts.values()) + count_held() == ASKS
    # What we call accepted was; what was is accepted, or it is unknown.
    assert tags["accepted"] <= arrived <= tags["accepted"] | tags["unknown"]
    # The mail server did misbehave.
    assert counts["unknown"] >= ASKS * 0.02


def check_asks():
    """Who was asked is delivered as far as known, and paid for it with the budget once."""
    unsettled = ["failed", "canceled"]
    refunded = Message.objects.filter(state__in=unsettled).values("ask_id")
    accepted = Message.objects.filter(state="accepted").values("ask_id")
    assert Ask.objects.exclude(pk__in=accepted).exclude(delivered_at=None).count() == 0
    assert Ask.objects.filter(pk__in=accepted, delivered_at=None).count() == 0
    assert Ask.objects.filter(pk__in=refunded, refunded_at=None).count() == 0
    assert Ask.objects.exclude(pk__in=refunded).exclude(refunded_at=None).count() == 0
    paid = Ask.objects.filter(refunded_at=None).count()
    assert AskBudget.objects.exclude(next_on=None).count() == paid
    assert Event.objects.filter(name="ask_delivered").count() == accepted.count()
