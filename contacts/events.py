"""The only door for facts about contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from contacts.background import ring_for
from contacts.prepared import prepared


@dataclass(frozen=True)
class Fact:
    """An event to record: whose, which, when, and the natural key that makes it count once."""

    contact_id: int
    name: str
    at: datetime
    key: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    # Of what a source sent: which, and the identifier it is booked under.
    source_id: int | None = None
    identifier_id: int | None = None
    receipt_id: int | None = None
    # Told after the fact: it counts, and nothing begins because of it.
    is_historical: bool = False


# Writes the facts that are new and, in the same statement, a reaction for each consumer that
# watches the name; of what is told after the fact, for those alone who watch history. Leans on
# the unique index (contact_id, name, key).
RECORD = """
WITH fact AS (
    SELECT * FROM jsonb_to_recordset(%s) AS fact (
        contact_id bigint, name text, key text, occurred_at timestamptz, properties jsonb,
        source_id bigint, identifier_id bigint, is_historical boolean, receipt_id bigint
    )
), written AS (
    INSERT INTO contacts_event (
        contact_id, name, key, occurred_at, received_at, properties, source_id, identifier_id,
        is_historical
    )
    SELECT
        contact_id, name, key, occurred_at, %s, properties, source_id, identifier_id,
        is_historical
    FROM fact
    ON CONFLICT (contact_id, name, key) DO NOTHING
    RETURNING id, contact_id, name, key, occurred_at, is_historical
), reacting AS (
    INSERT INTO contacts_reaction (
        contact_id, consumer, event_id, name, occurred_at, created_at, receipt_id
    )
    SELECT
        written.contact_id, watched.consumer, written.id, written.name, written.occurred_at, %s,
        fact.receipt_id
    FROM written
    JOIN fact USING (contact_id, name, key)
    JOIN contacts_watchedevent AS watched
        ON watched.name = written.name AND watched.tells_history = written.is_historical
    ON CONFLICT (contact_id, consumer, event_id) DO NOTHING
    RETURNING consumer
)
SELECT (SELECT count(*) FROM written), ARRAY(SELECT DISTINCT consumer FROM reacting)
"""


def record_many(facts: Sequence[Fact], *, now: datetime) -> int:
    """
    Record facts, in one statement; one that is known already is left as it is.

    :returns: how many were new
    """
    if not facts:
        return 0
    rows = [
        {
            "contact_id": fact.contact_id,
            "name": fact.name,
            "key": fact.key,
            "occurred_at": fact.at.isoformat(),
            "properties": dict(fact.properties),
            "source_id": fact.source_id,
            "identifier_id": fact.identifier_id,
            "is_historical": fact.is_historical,
            "receipt_id": fact.receipt_id,
        }
        for fact in facts
    ]
    count, consumers = prepared(RECORD, [Jsonb(rows), now, now]).fetchone() or (0, [])
    ring_for(consumers)
    return count


def record(fact: Fact, *, now: datetime) -> bool:
    """Record one fact; False if it was known already."""
    return record_many([fact], now=now) == 1


@dataclass(frozen=True)
class Taken:
    """An event that a consumer has taken out of its reactions, to do its work with."""

    contact_id: int
    event_id: int
    name: str
    at: datetime


# Takes reactions out of a consumer's inbox; skips those in another worker's hands. Leans on
# reaction_oldest. They are picked once, in a part of its own: a mere subquery may run again
# for each row, and every run skips what is taken and picks more.
TAKE = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM contacts_reaction
    WHERE consumer = %s
    ORDER BY created_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM contacts_reaction AS reaction
WHERE (reaction.contact_id, reaction.id) IN (SELECT contact_id, id FROM picked)
RETURNING reaction.contact_id, reaction.event_id, reaction.name, reaction.occurred_at
"""


def take_reactions(*, consumer: str, size: int) -> list[Taken]:
    """
    Take what a consumer has not reacted to yet, inside the transaction that does the work.

    If that transaction is rolled back, they are there again.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [consumer, size])
        return [Taken(*row) for row in cursor.fetchall()]
