"""The live preview of a rule with four conditions, against SQL that an expert would write."""

import time

import pytest
from django.db import connection, transaction

from audiences import selection
from tests.benchmarks import dataset
from tests.benchmarks.report import report

pytestmark = pytest.mark.benchmark

ROUNDS = 5
MOST = 1.2


def last(days):
    return {"kind": "last", "amount": days, "unit": "days"}


def event(name, count, days, *filters):
    return {
        "kind": "event",
        "name": name,
        "operator": "at_least",
        "count": count,
        "window": last(days),
        "filters": list(filters),
    }


RULE = {
    "kind": "all",
    "conditions": [
        {
            "kind": "attribute",
            "name": "plan",
            "operator": "is_one_of",
            "value": ["pro", "club"],
        },
        {
            "kind": "any",
            "conditions": [
                event(
                    "order_completed",
                    2,
                    90,
                    {"name": "total", "operator": "greater_than", "value": 50},
                ),
                event("link_shared", 1, 30),
            ],
        },
        {"kind": "not", "condition": event("ticket_opened", 1, 14)},
    ],
}

# The same by hand, in the two ways that come to mind; the faster one counts.
EXPERT = [
    """
    SELECT count(*)
    FROM contacts_contact AS contact
    WHERE contact.attributes ->> 'plan' IN ('pro', 'club')
    AND (
        contact.id IN (
            SELECT contact_id FROM contacts_event
            WHERE name = 'order_completed'
            AND occurred_at > %(now)s - interval '90 days' AND occurred_at <= %(now)s
            AND (properties ->> 'total')::numeric > 50
            GROUP BY contact_id HAVING count(*) >= 2
        )
        OR contact.id IN (
            SELECT contact_id FROM contacts_event
            WHERE name = 'link_shared'
            AND occurred_at > %(now)s - interval '30 days' AND occurred_at <= %(now)s
        )
    )
    AND NOT EXISTS (
        SELECT 1 FROM contacts_event AS ticket
        WHERE ticket.contact_id = contact.id
        AND ticket.name = 'ticket_opened'
        AND ticket.occurred_at > %(now)s - interval '14 days'
        AND ticket.occurred_at <= %(now)s
    )
    """,
    """
    WITH happened AS (
        SELECT contact_id,
            count(*) FILTER (
                WHERE name = 'order_completed' AND (properties ->> 'total')::numeric > 50
            ) AS orders,
            bool_or(name = 'link_shared') AS shared,
            bool_or(name = 'ticket_opened') AS opened
        FROM contacts_event
        WHERE (name = 'order_completed' AND occurred_at > %(now)s - interval '90 days'
                AND occurred_at <= %(now)s)
        OR (name = 'link_shared' AND occurred_at > %(now)s - interval '30 days'
                AND occurred_at <= %(now)s)
        OR (name = 'ticket_opened' AND occurred_at > %(now)s - interval '14 days'
                AND occurred_at <= %(now)s)
        GROUP BY contact_id
    )
    SELECT count(*)
    FROM contacts_contact AS contact
    JOIN happened ON happened.contact_id = contact.id
    WHERE contact.attributes ->> 'plan' IN ('pro', 'club')
    AND (happened.orders >= 2 OR happened.shared)
    AND happened.opened IS NOT TRUE
    """,
]


def count_by_hand(statement):
    with selection.generous_cursor() as cursor:
        cursor.execute(statement, {"now": dataset.AS_OF})
        return cursor.fetchone()[0]


def fastest(*ways):
    """The shortest of some rounds of each way, in seconds, taking turns, and what came out."""
    seconds = [[] for _ in ways]
    found = [None for _ in ways]
    for _ in range(ROUNDS):
        for number, way in enumerate(ways):
            start = time.perf_counter()
            found[number] = way()
            seconds[number].append(time.perf_counter() - start)
    return [min(times) for times in seconds], found


def test_preview_at_scale(db):
    dataset.build()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contacts_contact")
        (contacts,) = cursor.fetchone()

    (measured, *by_hand), (size, *expected) = fastest(
        lambda: selection.count_contacts(RULE, as_of=dataset.AS_OF),
        *(lambda text=text: count_by_hand(text) for text in EXPERT),
    )
    limit = min(by_hand)

    assert expected == [size, size]
    report(
        "Preview, 4 conditions",
        limit_seconds=limit,
        measured_seconds=measured,
        note=f"{size:,} of {contacts:,} contacts, {dataset.EVENTS:,} events",
    )
    assert measured <= MOST * limit
