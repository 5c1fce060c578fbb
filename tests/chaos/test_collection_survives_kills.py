"""The web server and the worker are killed at random while clients send events."""

import base64
import json
import os
import random
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException

import pytest
from django.db import connection

from contacts.models import AttributeChange, Contact, Event, InboxBody, Receipt
from tests.chaos.site import running_site
from tests.factories.tracking import make_key

EVENTS = int(os.environ.get("GREENLIGHT_CHAOS_EVENTS", "3000"))
KILLS = int(os.environ.get("GREENLIGHT_CHAOS_KILLS", "12"))
BATCH = 10
CLIENTS = 3
PEOPLE = 50
SEED = 20261122
# How long everything may take to be understood after the last kill.
PATIENCE = 120


def make_batches():
    """What all clients send: orders, and what is told of people."""
    items = [
        {
            "type": "identify" if number % 5 == 0 else "track",
            "event": "Order Completed",
            "messageId": f"m{number}",
            "userId": f"u{number % PEOPLE}",
            "anonymousId": f"v{number % PEOPLE}",
            "timestamp": f"2026-03-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z",
            "properties": {"number": number},
            "traits": {"number": number},
        }
        for number in range(EVENTS)
    ]
    return [items[start : start + BATCH] for start in range(0, EVENTS, BATCH)]


class Client(threading.Thread):
    """Sends batches as Segment's clients do: again, until one is acknowledged."""

    def __init__(self, port, key, batches, pace):
        super().__init__(daemon=True)
        self.port, self.batches, self.pace = port, batches, pace
        code = base64.b64encode(f"{key}:".encode()).decode()
        self.headers = {
            "Authorization": f"Basic {code}",
            "Content-Type": "application/json",
        }
        self.attempts = 0

    def run(self):
        for batch in self.batches:
            while not self.is_taken(json.dumps({"batch": batch})):
                time.sleep(0.2)
            time.sleep(self.pace)

    def is_taken(self, body):
        self.attempts += 1
        link = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            link.request("POST", "/v1/batch", body, self.headers)
            return link.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            link.close()


@pytest.mark.django_db(transaction=True)
def test_nothing_acknowledged_is_lost_and_nothing_counts_twice():
    key = make_key()
    chance = random.Random(SEED)
    batches = make_batches()

    with running_site() as site:
        clients = [
            Client(site.port, key, batches[number::CLIENTS], pace=0.15)
            for number in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.3, 2.5))
            site.strike(chance)
            site.revive()
        end = time.monotonic() + PATIENCE
        while (
            any(client.is_alive() for client in clients) or InboxBody.objects.exists()
        ):
            assert time.monotonic() < end, InboxBody.objects.count()
            site.revive()
            time.sleep(0.3)

    items = [item for batch in batches for item in batch]
    receipts = dict(Receipt.objects.values_list("message_id", "state"))
    assert receipts == {item["messageId"]: "accepted" for item in items}
    names = Counter(Event.objects.values_list("properties__number", flat=True))
    tracks = [item for item in items if item["type"] == "track"]
    assert names == Counter(item["properties"]["number"] for item in tracks)
    assert AttributeChange.objects.count() == len(items) - len(tracks)
    assert Contact.objects.count() == PEOPLE
    newest = {
        item["userId"]: item["traits"]["number"]
        for item in items
        if item["type"] == "identify"
    }
    shown = Contact.objects.filter(identifiers__value__startswith="u").values_list(
        "identifiers__value", "attributes__number"
    )
    assert {user: number for user, number in shown if user in newest} == newest
    connection.close()
