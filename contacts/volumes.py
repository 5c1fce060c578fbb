"""How much came from each source: counted by the hour of arrival and by how it ended."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

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

# A source, and how a message from it ended, when.
Ended = tuple[int, str, datetime]


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
