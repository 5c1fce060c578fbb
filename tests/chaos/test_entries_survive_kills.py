"""Workers are killed at random while events become passes, refusals and waiting moments."""

import os
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment, Moment, Refusal
from contacts.events import Fact, record_many
from contacts.models import Contact, Reaction
from tests.chaos.drive import database_url, spawn, start
from tests.factories.campaigns import make_campaign, make_version

PEOPLE = int(os.environ.get("GREENLIGHT_CHAOS_ENTRIES", "900"))
ACCOUNTS = 2
KILLS = 10
WORKERS = 2
SEED = 20261123
PACE = 20
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def make_people():
    """Every third one is not on the plan "pro", and will wait for it in vain."""
    contacts = Contact.objects.bulk_create(
        Contact(
            email=f"person{number}@example.com",
            attributes={"plan": "pro" if number % 3 else "free"},
        )
        for number in range(PEOPLE)
    )
    return [contact.pk for contact in contacts]


def begin():
    """A campaign that takes each account once, with a wait for data."""
    campaign = make_campaign(
        steps=[new_step("delay", key="wait", amount=1, unit="minutes")],
        trigger={
            "kind": "event",
            "event": {"name": "Account Created", "filters": []},
            "which": "key",
            "key": "account_id",
            "condition": PRO,
            "grace_minutes": 1,
            "frequency": "every_entry",
        },
    )
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=NOON)
    return campaign


def happen(ids):
    """Each tells of two accounts, and of each of them twice."""
    record_many(
        [
            Fact(
                pk,
                "Account Created",
                NOON + timedelta(seconds=account),
                f"{account}:{copy}",
                {"account_id": f"account {account}"},
            )
            for pk in ids
            for account in range(ACCOUNTS)
            for copy in range(2)
        ],
        now=NOON,
    )


def is_over():
    return (
        not Reaction.objects.filter(consumer__startswith="campaign:").exists()
        and not Moment.objects.exists()
        and not Enrollment.objects.filter(state="active").exists()
        and Enrollment.objects.exists()
    )


@pytest.mark.django_db(transaction=True)
def test_each_account_enters_once_and_the_books_balance(processes):
    ids = make_people()
    begin()
    happen(ids)
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
        time.sleep(chance.uniform(0.05, 0.6))
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
    pro = set(
        Contact.objects.filter(attributes__plan="pro").values_list("pk", flat=True)
    )
    keys = [f"key:account {account}" for account in range(ACCOUNTS)]
    assert sorted(Enrollment.objects.values_list("contact_id", "entry_key")) == [
        (pk, key) for pk in sorted(pro) for key in keys
    ]
    refused = Counter(Refusal.objects.values_list("contact_id", "moment_key", "reason"))
    assert {
        entry: count for entry, count in refused.items() if entry[0] not in pro
    } == {(pk, key, "no_match"): 1 for pk in ids if pk not in pro for key in keys}
    assert {reason for pk, _, reason in refused if pk in pro} <= {
        "already_enrolled",
        "still_active",
    }
