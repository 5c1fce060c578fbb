"""Workers are killed at random while they let contacts in and move them along a flow."""

import os
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from audiences.models import Membership, MembershipReaction
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.models import (
    Ask,
    AskBudget,
    Enrollment,
    Message,
    Refusal,
    StartRun,
    StepRun,
)
from contacts import consents
from contacts.models import Contact
from tests.chaos.drive import database_url, spawn, start
from tests.factories.campaigns import make_audience, make_campaign, make_version

MEMBERS = int(os.environ.get("GREENLIGHT_CHAOS_MEMBERS", "2500"))
# They enter the audience while the campaign starts.
NEWCOMERS = MEMBERS // 5
EVERYBODY = MEMBERS + NEWCOMERS
KILLS = 15
WORKERS = 2
SEED = 20261122
PACE = 20
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_flow():
    """Wait a minute; ask those on the plan "pro", write to the others."""
    branch = new_step("branch", key="check", name="Pro?")
    branch["condition"] = {
        "kind": "attribute",
        "name": "plan",
        "operator": "is",
        "value": "pro",
    }
    branch["yes"] = [new_step("email", key="ask", if_held="exit")]
    branch["no"] = [new_step("email", key="tell", ask=False)]
    return [new_step("delay", key="wait", amount=1, unit="minutes"), branch]


def make_people():
    """Contacts who have agreed to get email; every second one is on the plan "pro"."""
    contacts = Contact.objects.bulk_create(
        Contact(
            email=f"person{number}@example.com",
            attributes={"plan": "pro" if number % 2 else "free"},
        )
        for number in range(EVERYBODY)
    )
    ids = [contact.pk for contact in contacts]
    consents.grant(ids, source="test", statement="Agreed", now=NOON)
    return ids


def begin(ids):
    """Start a campaign for the members, while the others enter its audience."""
    audience = make_audience()
    campaign = make_campaign(
        steps=make_flow(), trigger={"audience": audience.pk, "existing": True}
    )
    campaign.published = make_version(campaign)
    campaign.save()
    Membership.objects.bulk_create(
        Membership(contact_id=pk, audience=audience, entered_at=NOON)
        for pk in ids[:MEMBERS]
    )
    lifecycle.start(campaign=campaign, user=None, now=NOON)
    MembershipReaction.objects.bulk_create(
        MembershipReaction(
            contact_id=pk,
            consumer=f"campaign:{campaign.pk}",
            audience_id=audience.pk,
            episode=1,
            change="entered",
            changed_at=NOON,
        )
        for pk in ids[MEMBERS:]
    )
    return campaign


def is_over():
    return (
        not StartRun.objects.exclude(state="done").exists()
        and not MembershipReaction.objects.exists()
        and not Enrollment.objects.filter(state="active").exists()
        and Enrollment.objects.exists()
    )


@pytest.mark.django_db(transaction=True)
def test_each_passes_once_and_nobody_is_left_behind(processes):
    ids = make_people()
    begin(ids)
    movers = start(
        processes,
        "movers.py",
        NOON.isoformat(),
        PACE,
        DATABASE_URL=database_url(),
        DJANGO_SETTINGS_MODULE="tests.settings",
    )
    chance = random.Random(SEED)
    workers = [spawn(movers) for _ in range(WORKERS)]

    killed_at_work = 0
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, 0.8))
        killed_at_work += not is_over()
        os.kill(workers.pop(chance.randrange(WORKERS)), signal.SIGKILL)
        workers.append(spawn(movers))
    end = time.monotonic() + 300
    while not is_over() and time.monotonic() < end:
        time.sleep(0.2)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)

    assert is_over()
    assert killed_at_work >= KILLS // 2
    check_enrollments(ids)
    check_steps(ids)


def check_enrollments(ids):
    """Everybody is in exactly once, and has come to the end."""
    rows = Enrollment.objects.values_list("contact_id", "entry_key", "state", "visit")

    assert sorted(rows) == [(pk, "once", "completed", 3) for pk in sorted(ids)]
    assert Refusal.objects.count() == 0
    assert Enrollment.objects.exclude(attempts=0).count() == 0


def check_steps(ids):
    """Everybody took each step once, in its order, and got the one mail that was meant."""
    pro = set(
        Contact.objects.filter(attributes__plan="pro").values_list("pk", flat=True)
    )
    runs = StepRun.objects.values_list("contact_id", "visit", "step_key")
    assert Counter(runs) == Counter(
        run
        for pk in ids
        for run in (
            (pk, 0, "wait"),
            (pk, 1, "check"),
            (pk, 2, "ask" if pk in pro else "tell"),
        )
    )
    assert sorted(Message.objects.values_list("contact_id", flat=True)) == sorted(ids)
    assert set(Ask.objects.values_list("contact_id", flat=True)) == pro
    assert Ask.objects.count() == len(pro)
    assert AskBudget.objects.filter(last_asked_on=NOON.date()).count() == len(pro)
