"""What a batch adds to the numbers: the schema, the volumes of sources, broken plans."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from contacts import schema
from contacts.drain.copying import copy_rows
from contacts.drain.entries import Entry
from contacts.models import Violation
from contacts.plans.check import body_of

# Adds to the volume of each source and hour. Ordered, against deadlocks.
COUNT_VOLUMES = """
INSERT INTO contacts_sourcevolume AS volume (source_id, hour, outcome, count, last_at)
SELECT source_id, hour, outcome, count, last_at
FROM jsonb_to_recordset(%s) AS seen (
    source_id bigint, hour timestamptz, outcome text, count bigint, last_at timestamptz
)
ORDER BY source_id, hour, outcome
ON CONFLICT (source_id, hour, outcome) DO UPDATE SET
    count = volume.count + excluded.count,
    last_at = greatest(volume.last_at, excluded.last_at)
"""

VIOLATION_COLUMNS = (
    "receipt_id",
    "source_id",
    "kind",
    "name",
    "problem",
    "path",
    "details",
    "reaction",
    "received_at",
)

# A source, and how a message from it ended, when.
Ended = tuple[int, str, datetime]


def learn_schema(accepted: Iterable[Entry]) -> None:
    """Count what accepted entries show of events and their properties."""
    schema.learn(
        [
            schema.Seen(
                message.kind,
                message.name,
                message.source_id,
                message.occurred_at,
                body_of(message),
            )
            for entry in accepted
            if (message := entry.message)
        ]
    )


def count_volumes(ended: Iterable[Ended]) -> None:
    """Count how many messages of each source ended how, for each hour."""
    # Whole requests have one time of arrival, so there are few.
    seen: dict[tuple[int, datetime, str], list[Any]] = {}
    for (source_id, outcome, at), count in Counter(ended).items():
        hour = at.replace(minute=0, second=0, microsecond=0)
        known = seen.setdefault((source_id, hour, outcome), [0, at])
        known[0] += count
        known[1] = max(known[1], at)
    rows = [
        {
            "source_id": source_id,
            "hour": hour.isoformat(),
            "outcome": outcome,
            "count": count,
            "last_at": last_at.isoformat(),
        }
        for (source_id, hour, outcome), (count, last_at) in seen.items()
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(COUNT_VOLUMES, [json.dumps(rows)])


def write_violations(entries: Sequence[Entry]) -> None:
    """Write down where entries broke the plan of their source; a replay is judged anew."""
    replayed = [entry.receipt_id for entry in entries if entry.is_replayed]
    if replayed:
        Violation.objects.filter(receipt_id__in=replayed).delete()
    rows = [
        (
            entry.receipt_id,
            entry.came.source_id,
            entry.came.kind,
            entry.message.name if entry.message else entry.came.name,
            breach.problem,
            breach.path,
            breach.details,
            breach.reaction,
            entry.came.received_at,
        )
        for entry in entries
        for breach in entry.violations
    ]
    if rows:
        copy_rows("contacts_violation", VIOLATION_COLUMNS, rows)
