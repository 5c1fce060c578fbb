"""Workers are killed while they let contacts in and out, by events and by time."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from audiences.memberships import clock, live
from audiences.models import (
    Audience,
    ClockHead,
    Membership,
    MembershipChange,
    MembershipReaction,
    Trait,
    WatchedAudience,
)
from contacts.background import Backlog
from contacts.events import Fact, record
from contacts.models import Reaction
from tests.chaos.drive import database_url, spawn, start
from tests.chaos.recount import check_ledger, find_wrong
from tests.factories.audiences import make_audience
from tests.factories.contacts import NOW, make_contact
from tests.factories.drain import take_in
from tests.factories.tracking import make_source, track

SECONDS = float(os.environ.get("GREENLIGHT_SOAK_SECONDS", "20"))
EVENTS_PER_SECOND = 200
BATCH = 20
PEOPLE = 300
AUDIENCES = 50
WORKERS = 2
# Minutes pass in seconds, so that windows of minutes open and close many times.
PACE = 30
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEED = 20261122
NAMES = ("visit", "cart", "order", "ticket")


def minutes(amount):
    return {"amount": amount, "unit": "minutes"}


def did(name, amount, **changes):
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "last", **minutes(amount)},
        "filters": [],
        **changes,
    }


# What a worker does that kills itself at a point of its way, before anything is committed.
DIES = """
import os, signal, sys
from datetime import datetime
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from importlib import import_module
from audiences.memberships import clock, live
step, module, name = sys.argv[3:]
place = import_module(module)
before = getattr(place, name)
def last(*arguments, **options):
    before(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(place, name, last)
now = datetime.fromisoformat(sys.argv[2])
(live.react_next if step == "live" else clock.pass_time)(now)
"""
POINTS = [
    ("live", "audiences.memberships.judge", "_convene"),
    ("live", "audiences.memberships.judge", "look"),
    ("live", "audiences.memberships.ledger", "write"),
    ("live", "audiences.memberships.ledger", "keep_sizes"),
    ("live", "audiences.memberships.live", "judge"),
    ("clock", "audiences.memberships.clock", "_passed"),
    ("clock", "audiences.memberships.judge", "look"),
    ("clock", "audiences.memberships.ledger", "write"),
    ("clock", "audiences.memberships.clock", "judge"),
]


def die(now, *point):
    """Let a worker work until it has done a part, and is killed."""
    worker = subprocess.run(
        [sys.executable, "-c", DIES, connection.settings_dict["NAME"], now.isoformat()]
        + list(point),
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert worker.returncode == -signal.SIGKILL
    wait_until_alone()


def entries():
    rows = MembershipChange.objects.order_by("pk")
    return list(rows.values_list("contact_id", "episode", "change", "cause"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "point", POINTS, ids=[f"{step}-{name}" for step, _, name in POINTS]
)
def test_killed_at_a_point_it_counts_once(point):
    audience = make_audience(rule=did("order", 10))
    WatchedAudience.objects.create(consumer="campaign:1", audience=audience)
    ada = make_contact()
    Reaction.objects.all().delete()
    record(Fact(contact_id=ada.pk, name="order", at=NOW, key="1"), now=NOW)
    later = NOW + timedelta(minutes=10)
    entered, left = (ada.pk, 1, "entered", "event"), (ada.pk, 1, "left", "time")

    if point[0] == "live":
        die(NOW, *point)
        assert (entries(), Reaction.objects.count()) == ([], 1)
    assert live.react_next(NOW) == 1
    assert entries() == [entered]
    if point[0] == "clock":
        die(later, *point)
        assert entries() == [entered]
        assert set(ClockHead.objects.values_list("passed_until", flat=True)) == {NOW}
    assert clock.pass_time(later) == 1

    assert entries() == [entered, left]
    assert MembershipReaction.objects.count() == 2
    assert Audience.objects.get().size == Membership.objects.count() == 0
    assert (live.react_next(later), clock.pass_time(later)) == (0, 0)


def rules():
    """Counts, absences, sequences, breaks and traits, of windows that are minutes long."""
    spent = Trait.objects.create(
        name="Spent",
        key="spent",
        definition={
            "kind": "sum",
            "event": "order",
            "property": "total",
            "window": {"kind": "last", **minutes(4)},
        },
    )
    for number in range(AUDIENCES):
        name, other = NAMES[number % 4], NAMES[(number + 1) % 4]
        size = 1 + number % 6
        window = {"kind": "last", **minutes(size + 2)}
        step = {"name": other, "filters": [], "within": minutes(size)}
        kinds = [
            did(name, size, count=1 + number % 3),
            did(name, size, operator="at_most", count=number % 2),
            {
                "kind": "sequence",
                "name": name,
                "filters": [],
                "window": window,
                "then": [{**step, "did": True}],
            },
            {
                "kind": "sequence",
                "name": name,
                "filters": [],
                "window": window,
                "then": [{**step, "did": False}],
            },
            {
                "kind": "stopped",
                "name": name,
                "filters": [],
                "times": 1,
                "active": minutes(size),
                "quiet": minutes(1),
            },
            {
                "kind": "trait",
                "trait": spent.pk,
                "operator": "greater_than",
                "value": 20 * size,
            },
            {"kind": "first_time", "name": name, "filters": [], "window": window},
        ]
        conditions = [kinds[number % 7], kinds[(number * 3 + 1) % 7]]
        yield {"kind": "all" if number % 3 else "any", "conditions": conditions}


def feed(source, clock_of, seconds, chance, kill):
    """Send events through the drain, so many a second, and now and then kill a worker."""
    began, number = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        now = clock_of()
        items = [
            track(
                event=chance.choice(NAMES),
                userId=f"u{chance.randrange(PEOPLE)}",
                messageId=f"m{number + place}",
                timestamp=(now - timedelta(seconds=chance.random() * 30)).isoformat(),
                properties={"total": chance.randrange(40)},
            )
            for place in range(BATCH)
        ]
        take_in(source, *items, now=now)
        number += BATCH
        kill()
        time.sleep(max(0.0, began + number / EVENTS_PER_SECOND - time.monotonic()))
    return number


@pytest.mark.django_db(transaction=True)
def test_nobody_is_missed_and_nobody_enters_twice(processes):
    zero = time.time()

    def clock_of():
        return NOON + timedelta(seconds=(time.time() - zero) * PACE)

    for rule in rules():
        audience = make_audience(rule=rule, now=clock_of())
        WatchedAudience.objects.create(consumer="campaign:1", audience=audience)
    judges = start(
        processes,
        "judges.py",
        NOON.isoformat(),
        PACE,
        zero,
        DATABASE_URL=database_url(),
        DJANGO_SETTINGS_MODULE="tests.settings",
    )
    chance = random.Random(SEED)
    workers = [spawn(judges) for _ in range(WORKERS)]
    killed = []

    def kill():
        if chance.random() < 0.08:
            os.kill(workers.pop(0), signal.SIGKILL)
            workers.append(spawn(judges))
            killed.append(time.time())

    sent = feed(make_source(), clock_of, SECONDS, chance, kill)
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    wait_until_alone()

    end = clock_of() + timedelta(minutes=1)
    while live.react_next(end) or clock.pass_time(end):
        pass
    assert live.backlog(end) == Backlog(0, None)
    assert sent > 0
    assert killed
    check(end)


def wait_until_alone():
    """The database notices a moment later that the workers are gone."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        " AND state <> 'idle'"
    )
    end = time.monotonic() + 60
    with connection.cursor() as cursor:
        cursor.execute(others)
        while cursor.fetchone()[0]:
            assert time.monotonic() < end, "A worker that is dead goes on working."
            time.sleep(0.05)
            cursor.execute(others)


def check(now):
    """Everybody is where a look at everybody finds him, and the ledger adds up."""
    assert find_wrong(now) == {}
    causes = set(MembershipChange.objects.values_list("cause", flat=True))
    assert {"event", "time"} <= causes
    assert "refreshed" not in causes
    check_ledger()
    assert MembershipReaction.objects.count() == MembershipChange.objects.count()
