"""The statement that finds out who came how far, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contacts.funnels.stages import Stage

# Everybody's first time within the period. Leans on event_by_name, without the table.
FIRST = """stage_1 AS (
    SELECT event.contact_id, min(event.occurred_at) AS start_at,
        NULL::timestamptz AS before_at, min(event.occurred_at) AS at
    FROM contacts_event AS event
    WHERE event.name = ANY (%s) AND event.occurred_at >= %s AND event.occurred_at < %s
    GROUP BY event.contact_id
)"""

# Of those who were at the stage before, the first time after that, within the window.
# The bounds that do not depend on the contact let it read a part of event_by_name only. The
# window in seconds is simply added; for days it would look up the calendar for each event.
NEXT = """stage_{number} AS (
    SELECT before.contact_id, min(before.start_at) AS start_at,
        min(before.at) AS before_at, min(event.occurred_at) AS at
    FROM stage_{before} AS before
    JOIN contacts_event AS event ON event.contact_id = before.contact_id
    WHERE event.name = ANY (%s) AND event.occurred_at >= %s AND event.occurred_at < %s
        AND event.occurred_at >= before.at
        AND event.occurred_at <= before.start_at + make_interval(secs => %s)
    GROUP BY before.contact_id
)"""


@dataclass(frozen=True)
class Period:
    """When people came to the first stage, how long they had, and until when we know."""

    since: datetime
    until: datetime
    window: timedelta
    now: datetime


def reached(stages: Sequence[Stage], period: Period) -> tuple[str, list[Any]]:
    """
    Write the WITH clause of stage_1, stage_2, …: who reached each of them.

    Each has contact_id, start_at (of the first stage), before_at (of the stage before) and at.
    Who begins several times counts from the first time.
    """
    parts, values = [FIRST], [list(stages[0].events), period.since, period.until]
    for number, stage in enumerate(stages[1:], start=2):
        parts.append(NEXT.format(number=number, before=number - 1))
        last = min(period.until + period.window, period.now + timedelta(days=1))
        values += [
            list(stage.events),
            period.since,
            last,
            period.window.total_seconds(),
        ]
    return "WITH " + ", ".join(parts), values


def way(stages: Sequence[Stage], period: Period) -> tuple[str, list[Any]]:
    """Write the same and ``way``: contact_id, at_1, at_2, … (null if not reached)."""
    clause, values = reached(stages, period)
    numbers = range(2, len(stages) + 1)
    columns = "".join(f", stage_{number}.at AS at_{number}" for number in numbers)
    joins = "".join(
        f"\n    LEFT JOIN stage_{number} USING (contact_id)" for number in numbers
    )
    last = (
        f"way AS (\n    SELECT contact_id, stage_1.at AS at_1{columns}"  # noqa: S608 - numbers of ours
        f"\n    FROM stage_1{joins}\n)"
    )
    return f"{clause}, {last}", values
