"""
Contacts and events for measuring, the same for the same sizes; the events lie in the order in
which they happened.

``GREENLIGHT_BENCHMARK_CONTACTS`` and ``GREENLIGHT_BENCHMARK_EVENTS`` set the sizes; without
them they are one million and five million.
"""

import os
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import connection

CONTACTS = int(os.environ.get("GREENLIGHT_BENCHMARK_CONTACTS", "1000000"))
EVENTS = int(os.environ.get("GREENLIGHT_BENCHMARK_EVENTS", "5000000"))
AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)

# Ten attributes each, spread by a hash of the number, so that nothing is in order.
MAKE_CONTACTS = """
INSERT INTO contacts_contact
    (email, first_name, last_name, locale, time_zone, attributes, created_at, updated_at)
SELECT
    'person' || number || '@example.com',
    'Person', 'Number ' || number,
    (ARRAY['en', 'de', 'fr', 'ja'])[1 + abs(hashint8(number)) %% 4],
    'Europe/Berlin',
    jsonb_build_object(
        'plan', (ARRAY['free', 'free', 'free', 'club', 'pro'])[1 + abs(hashint8(number * 3)) %% 5],
        'age', 18 + abs(hashint8(number * 5)) %% 60,
        'city', 'City ' || abs(hashint8(number * 7)) %% 500,
        'orders', abs(hashint8(number * 11)) %% 20,
        'nps', abs(hashint8(number * 13)) %% 11,
        'vip', abs(hashint8(number * 17)) %% 10 = 0,
        'company', 'Company ' || abs(hashint8(number * 19)) %% 50000,
        'source', 'shop', 'tier', 'silver', 'phone', '+1 555 ' || number
    ),
    %s - make_interval(days => (number %% 700)::int),
    %s
FROM generate_series(1, %s::bigint) AS number
"""
# Half a year of six names of events; a fifth of the contacts has most of them.
MAKE_EVENTS = """
INSERT INTO contacts_event (contact_id, name, key, occurred_at, received_at, properties)
SELECT
    first.id + CASE WHEN number %% 3 = 0
        THEN abs(hashint8(number)) %% (%s::bigint)
        ELSE abs(hashint8(number)) %% (%s::bigint / 5)
    END,
    (ARRAY['page_viewed', 'page_viewed', 'page_viewed', 'order_completed', 'ticket_opened',
        'link_shared', 'product_viewed', 'product_viewed', 'checkout_started',
        'order_completed'])[1 + abs(hashint8(number * 3)) %% 10],
    number::text,
    %s - interval '180 days' * ((%s::bigint - number + (abs(hashint8(number * 5)) %% 1000) / 1000.0) / %s::bigint),
    %s,
    jsonb_build_object('total', abs(hashint8(number * 7)) %% 20000 / 100.0, 'items', 2,
        'category', (ARRAY['shoes', 'coats', 'hats', 'bags', 'socks'])[1 + abs(hashint8(number * 13)) %% 5])
FROM generate_series(1, %s::bigint) AS number,
    (SELECT min(id) AS id FROM contacts_contact) AS first
"""

# Seven of ten have allowed email.
MAKE_CONSENTS = """
INSERT INTO contacts_consent (contact_id, channel, state, changed_at)
SELECT id, 'email', 'granted', created_at FROM contacts_contact
WHERE abs(hashint8(id * 23)) % 10 < 7
"""


# What is not a constraint comes back by its definition, and constraints by theirs.
FIND_INDEXES = """
SELECT 'DROP INDEX ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = 'contacts_event'::regclass
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
UNION ALL
SELECT 'ALTER TABLE contacts_event DROP CONSTRAINT ' || conname,
    'ALTER TABLE contacts_event ADD CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint
WHERE conrelid = 'contacts_event'::regclass AND contype IN ('p', 'u')
"""


@contextmanager
def without_indexes(cursor):
    """Take the indexes of events away and make them again, which is much faster than to fill them."""
    cursor.execute(FIND_INDEXES)
    indexes = cursor.fetchall()
    for drop, _ in indexes:
        cursor.execute(drop)
    yield
    cursor.execute("SET maintenance_work_mem = '1GB'")
    for _, create in indexes:
        cursor.execute(create)
    cursor.execute("RESET maintenance_work_mem")


def build(*, contacts: int = CONTACTS, events: int = EVENTS) -> None:
    """Fill the empty tables, and let the planner know them."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE_CONTACTS, [AS_OF, AS_OF, contacts])
        with without_indexes(cursor):
            spread = [contacts, contacts, AS_OF, events, events, AS_OF, events]
            cursor.execute(MAKE_EVENTS, spread)
        cursor.execute(MAKE_CONSENTS)
        for table in ("contacts_contact", "contacts_consent", "contacts_event"):
            cursor.execute(f"ANALYZE {table}")
            if not connection.in_atomic_block:
                # As a database that is kept up, whose indexes need no look at the rows.
                cursor.execute(f"VACUUM {table}")
