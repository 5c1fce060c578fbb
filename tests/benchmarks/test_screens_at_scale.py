"""
What the server takes for each screen about collecting, with a million events stored.

From the request to the rendered page; the cheapest of some tries, once warm. The limit is half
a second for a page. Seconds are those of the processors, of the server and its backend, for
the wall depends on who else is at work; it is noted beside them. Beside the million events are stored as many receipts with
what came, 100,000 blocked messages and as many violations of a plan.

``GREENLIGHT_BENCHMARK_STORED_EVENTS`` and ``GREENLIGHT_BENCHMARK_VIOLATIONS`` set the sizes.
"""

import os

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact, Erasure, EventType, Funnel, Receipt, Source
from tests.benchmarks.meter import Meter
from tests.benchmarks.report import report
from tests.factories.contacts import make_user
from tests.factories.plans import make_plan, make_source

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

EVENTS = int(os.environ.get("GREENLIGHT_BENCHMARK_STORED_EVENTS", "1000000"))
VIOLATIONS = int(os.environ.get("GREENLIGHT_BENCHMARK_VIOLATIONS", "100000"))
PEOPLE = max(EVENTS // 10, 1_000)
TRIES = 3
LIMIT = 0.5

MAKE_PEOPLE = """
INSERT INTO contacts_contact
    (id, email, first_name, last_name, locale, time_zone, attributes, created_at, updated_at)
SELECT number, 'person' || number || '@example.com', 'Person', 'Number ' || number, 'en', '',
    '{"plan": "pro", "company": "ACME"}', %(now)s, %(now)s
FROM generate_series(1, %(people)s) AS number
"""
MAKE_IDENTIFIERS = """
INSERT INTO contacts_identifier (id, kind, value, contact_id, created_at)
SELECT number, 'user_id', 'u' || number, number, %(now)s
FROM generate_series(1, %(people)s) AS number
"""
# A fifth of the events is one person's in a thousand, so that there are long timelines.
MAKE_EVENTS = """
INSERT INTO contacts_event (
    id, contact_id, name, key, occurred_at, received_at, properties, source_id,
    identifier_id, is_historical
)
SELECT
    number, person, name, %(source)s || ':m' || number,
    %(now)s - number * interval '5 seconds', %(now)s - number * interval '5 seconds',
    jsonb_build_object('total', number %% 1000, 'order_id', 'o' || number),
    %(source)s, person, FALSE
FROM (
    SELECT
        number,
        CASE WHEN number %% 5 = 0 THEN 1 + number %% 1000
            ELSE 1 + abs(hashint8(number)) %% %(people)s END AS person,
        (ARRAY['Page Viewed', 'Product Viewed', 'Signed Up', 'Checkout Started',
            'Order Completed'])[1 + abs(hashint8(number * 3)) %% 5] AS name
    FROM generate_series(1, %(events)s::bigint) AS number
) AS happened
"""
# With what came: half a kilobyte each.
MAKE_RECEIPTS = """
INSERT INTO contacts_receipt (
    source_id, message_id, kind, name, user_id, anonymous_id, identifier_id, event_id,
    occurred_at, received_at, understood_at, state, reason, details, flags, copies,
    is_historical, payload, outcome
)
SELECT
    source_id, 'm' || id, 'track', name, 'u' || contact_id, '', identifier_id, id,
    occurred_at, received_at, received_at, 'accepted', '', '', '[]', 0, FALSE,
    jsonb_build_object('type', 'track', 'event', name, 'userId', 'u' || contact_id,
        'messageId', 'm' || id, 'properties', properties, 'context', jsonb_build_object(
            'library', '{"name": "@segment/analytics-node", "version": "3.1.0"}'::jsonb,
            'page', jsonb_build_object('url', 'https://shop.example/p/' || id,
                'title', repeat('A product of ours ', 12)))),
    '{"matched": "user_id"}'
FROM contacts_event
ORDER BY id DESC
"""
MAKE_BLOCKED = """
INSERT INTO contacts_receipt (
    source_id, message_id, kind, name, user_id, anonymous_id, received_at, understood_at,
    state, reason, details, flags, copies, is_historical, payload, outcome
)
SELECT
    %(source)s, 'blocked' || number, 'track', 'Order Completed', 'u' || number %% 500, '',
    %(now)s - number * interval '5 seconds', %(now)s, 'blocked', 'missing', '', '[]', 0, FALSE,
    jsonb_build_object('type', 'track', 'event', 'Order Completed', 'messageId', number,
        'context', repeat('Something that came along. ', 18)),
    '{}'
FROM generate_series(1, %(violations)s::bigint) AS number
"""
MAKE_VIOLATIONS = """
INSERT INTO contacts_violation (
    receipt_id, source_id, kind, name, problem, path, details, reaction, received_at
)
SELECT
    id, source_id, 'track', 'Order Completed',
    (ARRAY['missing', 'wrong_type', 'unplanned'])[1 + id %% 3], 'property_' || id %% 40,
    'Expected a number; got nothing.', 'block', received_at
FROM contacts_receipt WHERE state = 'blocked'
"""
MAKE_TYPES = """
INSERT INTO contacts_eventtype (kind, name, first_seen_at, last_seen_at, count, people_counted_to)
SELECT 'track', name, min(occurred_at), max(occurred_at), count(*), 0
FROM contacts_event GROUP BY name
UNION ALL
SELECT 'track', 'Rare event ' || number, %(now)s, %(now)s, 1, 0 FROM generate_series(1, 500) AS number
"""
MAKE_PROPERTIES = """
INSERT INTO contacts_propertytype
    (event_type_id, path, count, types, samples, first_seen_at, last_seen_at)
SELECT id, path, count, '{"integer": 1000}', '["1", "2"]', first_seen_at, last_seen_at
FROM contacts_eventtype, unnest(ARRAY['total', 'order_id', 'coupon']) AS path
"""
MAKE_VOLUMES = """
INSERT INTO contacts_eventvolume (event_type_id, source_id, day, count)
SELECT type.id, event.source_id, (event.occurred_at AT TIME ZONE 'UTC')::date, count(*)
FROM contacts_event AS event JOIN contacts_eventtype AS type USING (name)
GROUP BY 1, 2, 3
"""
MAKE_HOURS = """
INSERT INTO contacts_sourcevolume (source_id, hour, outcome, count, last_at)
SELECT source_id, date_trunc('hour', received_at), state, count(*), max(received_at)
FROM contacts_receipt GROUP BY 1, 2, 3
"""
FILLED = (
    MAKE_PEOPLE,
    MAKE_IDENTIFIERS,
    MAKE_EVENTS,
    MAKE_RECEIPTS,
    MAKE_BLOCKED,
    MAKE_VIOLATIONS,
    MAKE_TYPES,
    MAKE_PROPERTIES,
    MAKE_VOLUMES,
    MAKE_HOURS,
)


def fill(source, now):
    values = {
        "source": source.pk,
        "now": now,
        "events": EVENTS,
        "people": PEOPLE,
        "violations": VIOLATIONS,
    }
    with connection.cursor() as cursor:
        for statement in FILLED:
            cursor.execute(statement, values)
        for table in ("contact", "identifier"):
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                [f"contacts_{table}", PEOPLE],
            )
        # As it is soon after a million rows have come, without anybody doing anything.
        cursor.execute("VACUUM ANALYZE")


def make_things(now):
    """A planned source with all that it sent, a funnel, and a thousand people forgotten."""
    source = make_source(name="Shop", kind="server", created_at=now)
    plan = make_plan(
        *(
            {
                "event": f"Event {event}",
                "path": f"property_{number}",
                "types": "text",
            }
            for event in range(20)
            for number in range(10)
        ),
        source=source,
    )
    for number in range(30):
        make_source(name=f"Other {number}", created_at=now)
    fill(source, now)
    funnel = Funnel.objects.create(
        name="Orders",
        stages=[
            {"name": "Signed up", "events": ["Signed Up"]},
            {"name": "Looked", "events": ["Product Viewed"]},
            {"name": "Checkout", "events": ["Checkout Started"]},
            {"name": "Ordered", "events": ["Order Completed"]},
        ],
    )
    Erasure.objects.bulk_create(
        Erasure(person=number, state="done", created_at=now, digests=["a"])
        for number in range(1_000)
    )
    return source, plan, funnel


def addresses(source, plan, funnel):
    """The screens by what a marketer calls them."""
    receipt = Receipt.objects.filter(state="accepted").order_by("-pk")[50]
    middle = Receipt.objects.filter(state="accepted").order_by("pk")[1_000]
    blocked = Receipt.objects.filter(state="blocked").latest("pk")
    busy = Contact.objects.get(pk=6)
    event = EventType.objects.get(name="Order Completed")
    debugger = reverse("admin:contacts_debugger")
    return {
        "sources": reverse("admin:contacts_sources"),
        "source": reverse("admin:contacts_source", args=[source.pk]),
        "debugger": debugger,
        "debugger, refused": f"{debugger}?state=blocked",
        "debugger, messages of a person": f"{debugger}?person=u{PEOPLE // 2}",
        "debugger, search for a rare text": f"{debugger}?q=/p/{middle.event_id}",
        "debugger, search in vain": f"{debugger}?q=nothing-has-this",
        "receipt": reverse("admin:contacts_receipt", args=[receipt.pk]),
        "receipt, blocked": reverse("admin:contacts_receipt", args=[blocked.pk]),
        "schema": reverse("admin:contacts_schema"),
        "schema, an event": reverse("admin:contacts_event_type", args=[event.pk]),
        "plans": reverse("admin:contacts_plans"),
        "plan": reverse("admin:contacts_plan", args=[plan.pk]),
        "violations": reverse("admin:contacts_violations"),
        "violations, 30 days": f"{reverse('admin:contacts_violations')}?period=30",
        "funnels": reverse("admin:contacts_funnels"),
        "funnel": reverse("admin:contacts_funnel", args=[funnel.pk]),
        "funnel, its report": reverse(
            "admin:contacts_funnel_results", args=[funnel.pk]
        ),
        "funnel, people": reverse("admin:contacts_funnel_people", args=[funnel.pk]),
        "contacts": reverse("admin:contacts_contact_changelist"),
        "contact": reverse("admin:contacts_contact_change", args=[busy.pk]),
        "contact, timeline of an event": reverse(
            "admin:contacts_timeline_results", args=[busy.pk]
        )
        + "?event=Order+Completed",
        "contact, forget": reverse("admin:contacts_contact_forget", args=[busy.pk]),
        "forgotten people": reverse("admin:contacts_erasures"),
        "merge": reverse("admin:contacts_contact_merge", args=[busy.pk]),
    }


def cost_of(client, address):
    """The cheapest of some tries, warm."""
    costs = []
    for _ in range(TRIES + 1):
        with Meter() as meter:
            reply = client.get(address)
        assert reply.status_code == 200, address
        costs.append(meter.cost)
    return min(costs[1:], key=lambda cost: cost.cpu)


def test_every_screen_about_collecting(client):
    things = make_things(timezone.now())
    client.force_login(make_user(is_superuser=True))
    with connection.cursor() as cursor:
        # All that it costs is to be seen in this one backend.
        cursor.execute("SET max_parallel_workers_per_gather = 0")

    for name, address in addresses(*things).items():
        cost = cost_of(client, address)
        note = f"{cost.wall * 1000:.0f} ms on the wall"
        report(f"screen: {name}, CPU", LIMIT, cost.cpu, note)

    assert Source.objects.count() == 31
