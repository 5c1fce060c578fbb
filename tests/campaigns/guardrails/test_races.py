"""Two campaigns, two senders, and whatever happens meanwhile, each on a connection of its own."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connection

from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.guardrails.incidents import open_incident
from campaigns.messaging import send
from campaigns.models import Ask, Enrollment, Message
from contacts import consents
from contacts.attributes.journal import assert_now
from contacts.events import Fact, record
from contacts.models import Contact
from referrals import preferences
from tests.campaigns.oracle.runner import replace_the_outside
from tests.factories.campaigns import NOW, make_campaign

PEOPLE = 160
WAIT = 120


class Watch:
    """A clock that all threads share, and that never stands still."""

    def __init__(self):
        self.began = time.monotonic()

    def __call__(self):
        return NOW + timedelta(seconds=time.monotonic() - self.began)


def snooze(contact, now):
    preferences.snooze(contact_id=contact.pk, days=60, now=now)


def never(contact, now):
    preferences.never(contact_id=contact.pk, now=now)


def withdraw(contact, now):
    consents.withdraw(contact=contact, source="test", now=now)


def suppress(contact, now):
    consents.suppress(address=contact.email, reason="complained", now=now)


def open_ticket(contact, now):
    record(Fact(contact.pk, "ticket_opened", now, "1"), now=now)


def waver(contact, now):
    values = {"churn_risk": "high"}
    assert_now(contact_id=contact.pk, values=values, cause="test", now=now)


ACTS = (snooze, never, withdraw, suppress, open_ticket, waver)


class Race:
    """People whom two campaigns want, and the moment at which something spoke against each."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.clock = Watch()
        self.contacts = Contact.objects.bulk_create(
            Contact(email=f"r{number}@example.com") for number in range(PEOPLE)
        )
        ids = [one.pk for one in self.contacts]
        consents.grant(ids, source="test", statement="", now=NOW)
        self.high = self.begin(90, ids)
        self.low = self.begin(10, ids, off=["churn_risk"])
        # Signs are only read once such an event has arrived.
        self.first = Contact.objects.create(email="first@example.com")
        open_ticket(self.first, NOW)
        self.against = {}
        self.barrier = Barrier(5)
        self.is_over = Event()

    def begin(self, priority, ids, off=()):
        """Let everybody stand before the ask of a campaign."""
        campaign = make_campaign(
            steps=[new_step("email", key="ask", if_held="exit")],
            state="running",
            priority=priority,
        )
        document = campaign.draft | {"guardrails": {"off": list(off)}}
        campaign.versions.update(definition=document)
        Enrollment.objects.bulk_create(
            Enrollment(
                contact_id=contact_id,
                campaign=campaign,
                version=campaign.published,
                entry_key="once",
                moment_at=NOW,
                enrolled_at=NOW,
                step_key="ask",
                # Not all at once, so that asking and sending go on side by side.
                due_at=NOW + timedelta(seconds=self.draw.random()),
            )
            for contact_id in ids
        )
        return campaign

    def advance(self):
        """Move what is due, a few at a time."""
        while not self.is_over.is_set():
            if not advance_round(now=self.clock(), size=9):
                time.sleep(0.02)

    def send(self):
        """Hand over what is due."""
        while not self.is_over.is_set():
            if not send.send_due(owner="me", clock=self.clock):
                time.sleep(0.02)

    def disturb(self):
        """Let something speak against one after the other, and at last against all."""
        chosen = self.draw.sample(self.contacts, PEOPLE * 2 // 3)
        for contact in chosen:
            act = self.draw.choice(ACTS)
            act(contact, self.clock())
            self.against[contact.pk, self.high.pk] = self.clock()
            if act is not waver:
                self.against[contact.pk, self.low.pk] = self.clock()
        open_incident(title="Down", user=None, now=self.clock())
        self.incident_at = self.clock()
        time.sleep(0.5)
        self.is_over.set()

    def run(self):
        """Let all of it happen at the same time."""
        workers = (self.advance, self.advance, self.send, self.send, self.disturb)
        with ThreadPoolExecutor(len(workers)) as pool:
            for done in [pool.submit(self._alone, one) for one in workers]:
                done.result(timeout=WAIT)

    def _alone(self, work):
        try:
            self.barrier.wait(timeout=WAIT)
            work()
        except BaseException:
            self.is_over.set()
            raise
        finally:
            connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(2))
def test_nobody_is_asked_against_what_was_said_before(seed, monkeypatch):
    replace_the_outside(monkeypatch)
    race = Race(seed)

    race.run()

    handed_over = Message.objects.filter(handed_over_at__isnull=False)
    too_late = [
        (one.contact_id, one.handed_over_at)
        for one in handed_over
        if one.handed_over_at > race.incident_at
        or one.handed_over_at
        > race.against.get((one.contact_id, one.campaign_id), race.incident_at)
    ]
    asks = Ask.objects.filter(refunded_at=None)
    asked = sorted(asks.values_list("contact_id", flat=True))
    kept = set(asks.filter(campaign=race.high).values_list("contact_id", flat=True))
    by_low = set(
        Ask.objects.filter(campaign=race.low).values_list("contact_id", flat=True)
    )
    through = Enrollment.objects.filter(campaign=race.high).exclude(state="active")
    assert too_late == []
    assert asked == sorted(set(asked))
    # The lower one asks nobody before the higher one is through with him, and got nothing.
    assert by_low <= set(through.values_list("contact_id", flat=True)) - kept
    assert handed_over.exists()
