"""
What it costs to understand events, against parsing them and copying them into the tables.

The limit knows beforehand whose each event is, that it is new, and that nothing watches. It
writes the same rows into the same tables with the same indexes.
"""

import json
import os
import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.db import connection

from contacts.drain.copying import copy_rows
from contacts.drain.happenings import EVENT_COLUMNS
from contacts.drain.inbox import drain_inbox
from contacts.drain.receipts import COLUMNS
from contacts.models import Event, Identifier, InboxBody, Receipt
from contacts.tracking.answers import ACCEPTED
from contacts.tracking.take import make_delivery, take
from tests.benchmarks.meter import Meter
from tests.benchmarks.report import report
from tests.factories.tracking import make_key, make_source

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

EVENTS = int(os.environ.get("GREENLIGHT_BENCHMARK_DRAINED", "20000"))
STORED = [
    int(size)
    for size in os.environ.get("GREENLIGHT_BENCHMARK_STORED", "1000000,10000000").split(
        ","
    )
]
PEOPLE = 5_000
BATCH = 100
NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)

# Events and receipts of earlier days, quickly.
FILL_EVENTS = """
INSERT INTO contacts_event (
    contact_id, name, key, occurred_at, received_at, properties, source_id, identifier_id,
    is_historical
)
SELECT
    1000000 + number %% 200000, 'Order Completed', %(source)s || ':old-' || number,
    %(now)s - number * interval '1 second', %(now)s, '{"total": 12.5}', %(source)s,
    1000000 + number %% 200000, FALSE
FROM generate_series(%(first)s, %(last)s) AS number
"""
FILL_RECEIPTS = """
INSERT INTO contacts_receipt (
    source_id, message_id, kind, name, user_id, anonymous_id, received_at, understood_at,
    state, reason, details, flags, copies, is_historical, outcome
)
SELECT
    %(source)s, 'old-' || number, 'track', 'Order Completed', 'u' || number, '', %(now)s,
    %(now)s, 'accepted', '', '', '[]', 0, FALSE, '{}'
FROM generate_series(%(first)s, %(last)s) AS number
"""


def make_items(chance, count):
    """What the client for servers sends of orders: half a kilobyte each."""
    return [
        {
            "type": "track",
            "messageId": f"node-next-{chance.getrandbits(48)}-{chance.getrandbits(96)}",
            "event": "Order Completed",
            "userId": f"user-{chance.randrange(PEOPLE)}",
            "timestamp": "2026-11-22T05:59:00.123Z",
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
        for _ in range(count)
    ]


def make_bodies(items):
    sent_at = "2026-11-22T06:00:00Z"
    return [
        json.dumps({"batch": items[start : start + BATCH], "sentAt": sent_at}).encode()
        for start in range(0, len(items), BATCH)
    ]


def fill_inbox(source, items):
    InboxBody.objects.bulk_create(
        InboxBody(source=source, received_at=NOW, route="batch", body=body)
        for body in make_bodies(items)
    )


def accept_all(bodies, key):
    """Answer requests as the web server does, once it has read them."""
    for body in bodies:
        delivery = make_delivery(route="batch", body=body, shown_key=key, now=NOW)
        assert take(delivery) == ACCEPTED


def drain_all():
    while drain_inbox(now=NOW):
        pass


def copy_all(source, owners):
    """Parse what waits, and copy it into the tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM contacts_inboxbody ORDER BY id")
        copy_bodies([bytes(row[0]) for row in cursor.fetchall()], source, owners)
        cursor.execute("DELETE FROM contacts_inboxbody")


def copy_bodies(bodies, source, owners):
    """Parse bodies at hand, and copy what they hold into the tables."""
    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('contacts_event_id_seq')")
        first = cursor.fetchone()[0] + 10**6
    items = [item for body in bodies for item in decode(body)["batch"]]
    at = NOW - timedelta(minutes=1)
    copy_rows(
        "contacts_event",
        EVENT_COLUMNS,
        (
            (
                first + number,
                *owners[item["userId"]][:1],
                item["event"],
                f"{source.pk}:{item['messageId']}",
                at,
                NOW,
                encode(item["properties"]).decode(),
                source.pk,
                owners[item["userId"]][1],
                False,
            )
            for number, item in enumerate(items)
        ),
    )
    copy_rows(
        "contacts_receipt",
        COLUMNS,
        (
            (
                first + number,
                source.pk,
                item["messageId"],
                "track",
                item["event"],
                item["userId"],
                "",
                owners[item["userId"]][1],
                first + number,
                at,
                NOW,
                NOW,
                "accepted",
                "",
                "",
                "[]",
                0,
                None,
                False,
                encode(item).decode(),
                '{"matched":"user_id"}',
            )
            for number, item in enumerate(items)
        ),
    )


def known_owners():
    rows = Identifier.objects.values_list("value", "contact_id", "pk")
    return {value: (contact_id, pk) for value, contact_id, pk in rows}


def test_drain_against_parse_and_copy():
    source, chance = make_source(), random.Random(1)
    everybody = [
        {**item, "userId": f"user-{number}"}
        for number, item in enumerate(make_items(chance, PEOPLE))
    ]
    fill_inbox(source, everybody)
    drain_all()
    owners = known_owners()
    costs = {"drain": [], "copy": []}

    for _ in range(3):
        fill_inbox(source, make_items(chance, EVENTS))
        with Meter() as ours:
            drain_all()
        fill_inbox(source, make_items(chance, EVENTS))
        with Meter() as limit:
            copy_all(source, owners)
        costs["drain"].append(ours.cost.cpu)
        costs["copy"].append(limit.cost.cpu)

    measured, least = sorted(costs["drain"])[1], sorted(costs["copy"])[1]
    report(
        f"drain {EVENTS:,} events / parse and COPY, CPU",
        least,
        measured,
        f"{measured / EVENTS * 1e6:.0f} us an event",
    )
    assert Event.objects.count() == Receipt.objects.count() == PEOPLE + 6 * EVENTS


def test_accept_and_drain_against_parse_and_copy(settings):
    settings.TRACKING_REQUESTS_PER_SECOND = 0
    source, chance = make_source(), random.Random(3)
    key = make_key(source=source)
    everybody = [
        {**item, "userId": f"user-{number}"}
        for number, item in enumerate(make_items(chance, PEOPLE))
    ]
    accept_all(make_bodies(everybody), key)
    drain_all()
    owners = known_owners()
    costs = {"ours": [], "copy": []}

    for _ in range(3):
        bodies = make_bodies(make_items(chance, EVENTS))
        with Meter() as ours:
            accept_all(bodies, key)
            drain_all()
        bodies = make_bodies(make_items(chance, EVENTS))
        with Meter() as limit:
            copy_bodies(bodies, source, owners)
        costs["ours"].append(ours.cost.cpu)
        costs["copy"].append(limit.cost.cpu)

    measured, least = sorted(costs["ours"])[1], sorted(costs["copy"])[1]
    report(
        f"accept and drain {EVENTS:,} / parse and COPY, CPU",
        least,
        measured,
        f"{measured / EVENTS * 1e6:.0f} us an event",
    )
    assert Event.objects.count() == Receipt.objects.count() == PEOPLE + 6 * EVENTS


def test_drain_costs_the_same_however_much_is_stored():
    source, chance = make_source(), random.Random(2)
    fill_inbox(source, make_items(chance, PEOPLE))
    drain_all()
    costs, stored = [], 0

    for size in STORED:
        with connection.cursor() as cursor:
            values = {
                "source": source.pk,
                "now": NOW,
                "first": stored + 1,
                "last": size,
            }
            cursor.execute(FILL_EVENTS, values)
            cursor.execute(FILL_RECEIPTS, values)
            cursor.execute("ANALYZE contacts_event, contacts_receipt")
        stored = size
        # Once to warm up, and then to measure.
        fill_inbox(source, make_items(chance, EVENTS))
        drain_all()
        fill_inbox(source, make_items(chance, EVENTS))
        with Meter() as meter:
            drain_all()
        costs.append(meter.cost.cpu)

    for size, cost in zip(STORED, costs, strict=True):
        report(
            f"drain {EVENTS:,} beside {size:,} events / beside {STORED[0]:,}",
            costs[0],
            cost,
            f"{cost / EVENTS * 1e6:.0f} us an event",
        )
