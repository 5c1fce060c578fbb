"""
What it costs to keep events durably, against a server that only reads and answers.

CPU seconds of the web server as it is shipped (two processes of four threads) and of its
backends, for one request of one of four clients. The limit is the same server with the same
options and the same requests, which reads the body as it was sent and says that all is well:
it neither unpacks nor looks inside. Ours finds the source, unpacks, checks every message, and
has committed the body before it answers. With gzip most of what ours does more is unpacking
and checking; a server that stored what it can't read would save that, and could tell nobody
what is wrong.
"""

import base64
import gzip
import json
import os
import random

import pytest

from contacts.models import InboxBody
from tests.benchmarks.report import report
from tests.benchmarks.web_load import cost_of, request_bytes
from tests.factories.tracking import make_key
from tests.web_server import running_server

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

REQUESTS = int(os.environ.get("GREENLIGHT_BENCHMARK_REQUESTS", "2000"))
EVENTS = 100
ROUNDS = 5


def event(chance):
    """What the client for servers sends of an order: half a kilobyte."""
    return {
        "type": "track",
        "messageId": f"node-next-{chance.getrandbits(48)}-{chance.getrandbits(96)}",
        "event": "Order Completed",
        "userId": f"user-{chance.randrange(10**6)}",
        "timestamp": "2026-11-22T06:00:00.123Z",
        "properties": {
            "order_id": str(chance.getrandbits(40)),
            "total": chance.randrange(10_000) / 100,
            "currency": "USD",
            "products": [{"sku": "A-1", "price": 12.5, "quantity": 2}],
        },
        "context": {
            "library": {"name": "@segment/analytics-node", "version": "3.1.0"},
            "locale": "en-US",
        },
        "integrations": {},
        "_metadata": {"nodeVersion": "20.1", "jsRuntime": "node"},
    }


def make_requests(key):
    """A batch, the same compressed, and a single event."""
    chance = random.Random(1)
    events = [event(chance) for _ in range(EVENTS)]
    sent = {"sentAt": "2026-11-22T06:00:01Z", "writeKey": key}
    whole = json.dumps({"batch": events, **sent}).encode()
    single = json.dumps({**events[0], **sent}).encode()
    code = base64.b64encode(f"{key}:".encode()).decode()
    return {
        "batch of 100": request_bytes("/v1/batch", whole, key=code),
        "batch of 100, gzip": request_bytes(
            "/v1/batch", gzip.compress(whole), key=code, gzip=True
        ),
        "single event": request_bytes("/v1/t", single, key=code),
    }


def test_events_are_kept_at_a_fraction_of_what_a_server_can_do():
    requests = make_requests(make_key())
    share = REQUESTS // ROUNDS
    with (
        running_server("tests.benchmarks.noop") as idle,
        running_server("config.wsgi") as ours,
    ):
        for what, request in requests.items():
            # In turns, so that both meet the same neighbors; the calmest turn counts.
            turns = [
                [cost_of(*server, request, count=share) for server in (idle, ours)]
                for _ in range(ROUNDS)
            ]
            limit, measured = (min(costs) for costs in zip(*turns, strict=True))
            note = f"{measured * 1e6:.0f} us a request"
            report(f"accept {what}", limit * REQUESTS, measured * REQUESTS, note)
    assert InboxBody.objects.count() >= 3 * share * ROUNDS
