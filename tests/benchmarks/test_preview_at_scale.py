"""
The live preview of rules, against SQL that an expert would write, and against DuckDB.

The expert's does not look whether the contacts of the events are there, nor who was forgotten.

DuckDB, where it is installed, has the same rows in its own way: sorted by name, with columns
for the properties.
"""

import importlib.util
import statistics
from pathlib import Path

import pytest
from django.db import connection, transaction

from audiences import selection
from audiences.models import Trait
from tests.benchmarks import dataset
from tests.benchmarks.meter import Meter
from tests.benchmarks.preview_queries import (
    SPENT,
    Question,
    event,
    for_columns,
    questions,
)
from tests.benchmarks.report import report

pytestmark = pytest.mark.benchmark

ROUNDS = 3
MOST = 1.2


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
    """Count as an expert would: with as much memory, and any plan that there is."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('work_mem', %s, true)", [selection.WORK_MEMORY]
        )
        cursor.execute(statement, {"now": dataset.AS_OF})
        return cursor.fetchone()[0]


def usual(*ways):
    """
    What each way costs the processors in the middle one of some rounds, taking turns, and what
    came out. By one process each, for the work of a second one is not seen.
    """
    seconds = [[] for _ in ways]
    found = [None for _ in ways]
    for _ in range(ROUNDS):
        for number, way in enumerate(ways):
            with connection.cursor() as cursor:
                cursor.execute("SET max_parallel_workers_per_gather = 0")
            with Meter() as meter:
                found[number] = way()
            seconds[number].append(meter.cost.cpu)
    return [statistics.median(times) for times in seconds], found


def test_preview_at_scale(db):
    dataset.build()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contacts_contact")
        (contacts,) = cursor.fetchone()

    (measured, *by_hand), (size, *expected) = usual(
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


# In DuckDB.
LOAD = """
CREATE TABLE contacts_event AS
    SELECT * FROM read_csv('{folder}/events.csv', header = false, columns = {{
        'contact_id': 'BIGINT', 'name': 'VARCHAR', 'occurred_at': 'TIMESTAMP',
        'total': 'DECIMAL(18, 4)', 'category': 'VARCHAR'}})
    ORDER BY name, occurred_at;
CREATE TABLE contacts_contact AS
    SELECT * FROM read_csv('{folder}/contacts.csv', header = false, columns = {{
        'id': 'BIGINT', 'locale': 'VARCHAR', 'plan': 'VARCHAR'}});
CREATE TABLE contacts_consent AS
    SELECT * FROM read_csv('{folder}/consents.csv', header = false, columns = {{
        'contact_id': 'BIGINT', 'channel': 'VARCHAR', 'state': 'VARCHAR'}});
"""
FILES = {
    "events": "SELECT contact_id, name, occurred_at AT TIME ZONE 'UTC',"
    " properties ->> 'total', properties ->> 'category' FROM contacts_event",
    "contacts": "SELECT id, locale, attributes ->> 'plan' FROM contacts_contact",
    "consents": "SELECT contact_id, channel, state FROM contacts_consent",
}


def open_duckdb(folder: Path):
    """The same rows in DuckDB, in memory, for one thread; None where it is not installed."""
    if importlib.util.find_spec("duckdb") is None:
        return None
    for name, statement in FILES.items():
        with connection.cursor() as cursor, (folder / f"{name}.csv").open("wb") as file:
            copied = f"COPY ({statement}) TO STDOUT WITH (FORMAT csv)"
            with cursor.copy(copied) as lines:
                for line in lines:
                    file.write(line)
    duckdb = importlib.import_module("duckdb")
    columns = duckdb.connect(config={"threads": 1})
    columns.execute(LOAD.format(folder=folder))
    return columns


def count_in_columns(columns, statement):
    moment = f"TIMESTAMP '{dataset.AS_OF:%Y-%m-%d %H:%M:%S}'"
    text = for_columns(statement).replace("%(now)s", moment)
    return columns.execute(text).fetchone()[0]


def ask(question: Question, columns) -> None:
    """Count in all ways, which agree, and report the best of each."""
    ways = [lambda: selection.count_contacts(question.rule, as_of=dataset.AS_OF)]
    ways += [lambda text=text: count_by_hand(text) for text in question.by_hand]
    if columns:
        ways.append(lambda: count_in_columns(columns, question.by_hand[-1]))
    (measured, *others), (size, *expected) = usual(*ways)
    by_hand = others[: len(question.by_hand)]

    assert expected == [size] * len(others)
    report(question.name, min(by_hand), measured, f"{size:,} contacts, SQL by hand")
    if columns:
        report(question.name, others[-1], measured, f"{size:,} contacts, DuckDB")


def test_questions_at_scale(db, tmp_path):
    dataset.build()
    trait = Trait.objects.create(name="Spent", key="spent", definition=SPENT)
    columns = open_duckdb(tmp_path)

    for question in questions(trait.pk):
        ask(question, columns)
