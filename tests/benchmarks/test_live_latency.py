"""
How soon an acknowledged event is visible, and lets its contact in, under traffic.

``GREENLIGHT_BENCHMARK_SECONDS`` says for how long; the site that is killed again and again is
slower, but in the end it has lost nothing.
"""

import base64
import json
import os
import random
import statistics
import threading
import time
from http.client import HTTPConnection, HTTPException

import pytest
from django.utils import timezone

from audiences.memberships.clock import pass_time
from audiences.memberships.live import react_next
from audiences.models import Membership
from contacts.models import Event, InboxBody, Reaction
from tests.benchmarks.report import report
from tests.chaos.recount import check_ledger, find_wrong
from tests.chaos.site import running_site
from tests.factories.audiences import make_audience
from tests.factories.tracking import make_key

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

SECONDS = float(os.environ.get("GREENLIGHT_BENCHMARK_SECONDS", "30"))
EVENTS_PER_SECOND = 200
BATCH = 20
PEOPLE = 2_000
GOAL_SECONDS = 1.0
LOOK_EVERY = 0.01
AUDIENCES = 50
SEED = 20261122
# Seconds from one recovery to the next kill, and those after the last one.
REST = (5, 20)
PATIENCE = 120


class Client:
    """A connection that stays open while it is used, and asks again until it is answered."""

    def __init__(self, port, key):
        self.link = HTTPConnection("127.0.0.1", port, timeout=30)
        code = base64.b64encode(f"{key}:".encode()).decode()
        self.headers = {
            "Authorization": f"Basic {code}",
            "Content-Type": "application/json",
        }

    def send(self, path, document):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self.link.request("POST", path, json.dumps(document), self.headers)
                answer = self.link.getresponse()
                answer.read()
            except (OSError, HTTPException):
                # The server closes what was idle for a while, and a killed one is away.
                self.link.close()
                time.sleep(LOOK_EVERY)
            else:
                assert answer.status == 200
                return
        raise AssertionError("The server does not answer.")

    def close(self):
        self.link.close()


def item(number):
    return {
        "type": "identify" if number % 10 == 0 else "track",
        "event": "Product Viewed",
        "messageId": f"load-{number}",
        "userId": f"u{number * 7919 % PEOPLE}",
        "properties": {"total": number % 90, "sku": f"A-{number % 30}"},
        "traits": {"visits": number},
    }


def keep_sending(port, key, stop):
    """Send so many events a second, in batches, until told to stop."""
    client, number = Client(port, key), 0
    began = time.monotonic()
    while not stop.is_set():
        batch = [item(number + index) for index in range(BATCH)]
        client.send("/v1/batch", {"batch": batch})
        number += BATCH
        due = began + number / EVENTS_PER_SECOND
        stop.wait(max(0.0, due - time.monotonic()))
    client.close()
    stop.sent = number


def keep_killing(site, stop):
    """Kill a part of the site at random moments, and again once contacts enter again."""
    chance, stop.kills = random.Random(SEED), 0
    while not stop.wait(chance.uniform(*REST)):
        site.strike(chance)
        stop.kills += 1
        before = len(stop.delays)
        while len(stop.delays) == before and not stop.is_set():
            # As a supervisor does, which looks each second.
            time.sleep(1)
            site.revive()


def is_visible(number):
    return Event.objects.filter(name="Probe", key__endswith=f":probe-{number}").exists()


def has_entered(number):
    return Membership.objects.filter(
        audience__rule__name="Probe",
        contact__identifiers__kind="user_id",
        contact__identifiers__value=f"u{number}",
    ).exists()


def probe(client, number, has_come=is_visible):
    """Send one event and wait for what comes of it; the seconds since it was acknowledged."""
    client.send(
        "/v1/track",
        {"event": "Probe", "userId": f"u{number}", "messageId": f"probe-{number}"},
    )
    began = time.monotonic()
    while not has_come(number):
        assert time.monotonic() - began < PATIENCE
        time.sleep(LOOK_EVERY)
    return time.monotonic() - began


def measure(name, has_come, *beside, goal=GOAL_SECONDS, **environment):
    """
    Probe while traffic flows, and report the slowest but five of a hundred.

    What else goes on ``beside`` is told to stop before all that was sent is waited for.
    The site gets what is in the ``environment``.
    """
    key = make_key()
    stop = threading.Event()
    delays = stop.delays = []
    with running_site(**environment) as site:
        tasks = [threading.Thread(target=keep_sending, args=(site.port, key, stop))]
        tasks += [threading.Thread(target=one, args=(site, stop)) for one in beside]
        client = Client(site.port, key)
        # The worker has started when it has understood the first one.
        probe(client, 0)
        for thread in tasks:
            thread.start()
        try:
            time.sleep(2)
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                delays.append(probe(client, len(delays) + 1, has_come))
                time.sleep(0.2)
        finally:
            stop.set()
            for thread in tasks:
                thread.join()
            client.close()
        wait_for_the_rest()

    check_nothing_is_lost(stop.sent, len(delays) + 1)
    delays.sort()
    p95 = delays[int(len(delays) * 0.95)]
    report(
        f"{name} at {EVENTS_PER_SECOND}/s, p95",
        goal,
        p95,
        f"median {statistics.median(delays):.3f} s, worst {delays[-1]:.3f} s, "
        f"{len(delays)} probes, {stop.sent} events beside"
        + (f", {stop.kills} kills" if beside else ""),
    )


def wait_for_the_rest():
    until = time.monotonic() + PATIENCE
    while InboxBody.objects.exists():
        assert time.monotonic() < until
        time.sleep(LOOK_EVERY)


def check_nothing_is_lost(sent, probes):
    traffic = sum(item(number)["type"] == "track" for number in range(sent))
    known = Event.objects.filter(name__in=["Product Viewed", "Probe"])
    assert known.count() == traffic + probes


def test_event_is_visible_within_a_second():
    measure("event visible", is_visible)


def test_contact_enters_within_a_second():
    make_audiences()

    measure("contact in the audience", has_entered)

    settle_and_recount()


def test_contact_enters_though_the_site_is_killed():
    make_audiences()

    measure("contact in, with kills", has_entered, keep_killing)

    settle_and_recount()


def make_audiences():
    probed = {
        "kind": "event",
        "name": "Probe",
        "operator": "at_least",
        "count": 1,
        "window": {"kind": "ever"},
        "filters": [],
    }
    make_audience(rule=probed)
    for number in range(AUDIENCES - 1):
        make_audience(rule=busy(number))


def settle_and_recount():
    """Nobody was missed and nobody entered twice."""
    # What the workers were at when they were stopped is theirs until their connections end.
    until = time.monotonic() + PATIENCE
    waiting = Reaction.objects.filter(consumer__startswith="audiences")
    while react_next(timezone.now()) or (waiting.exists() and time.monotonic() < until):
        time.sleep(LOOK_EVERY)
    end = timezone.now()
    while pass_time(end):
        pass
    assert find_wrong(end) == {}
    check_ledger()


def busy(number):
    """Rules that the traffic keeps busy: counts in windows, and sequences."""
    minutes = {"amount": 1 + number % 5, "unit": "minutes"}
    event = {"name": "Product Viewed", "filters": []}
    window = {"kind": "last", **minutes}
    if number % 3:
        return {
            **event,
            "kind": "event",
            "operator": "at_least",
            "count": 1 + number % 4,
            "window": window,
        }
    then = [{**event, "did": bool(number % 2), "within": {**minutes, "amount": 1}}]
    return {**event, "kind": "sequence", "window": window, "then": then}
