"""
A moment is a green light for a while only: afterwards the ask comes too late.

A step says for how many hours, and from when on they count: ``fresh_from`` "moment", what let the
person in, or "step", when the step first wanted to ask.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

# Selects from when on the moment of each pass counts: what let the contact in, or the first
# time that somebody was held at this step. Leans on the primary key of enrollments and on
# hold_once.
BEGAN = """
SELECT enrollment.id, CASE WHEN %(from_moment)s THEN enrollment.moment_at ELSE (
    SELECT min(hold.held_at)
    FROM campaigns_hold AS hold
    WHERE hold.contact_id = enrollment.contact_id
        AND hold.enrollment_id = enrollment.id AND hold.visit = wanted.visit
) END
FROM unnest(%(enrollments)s::bigint[], %(contacts)s::bigint[], %(visits)s::int[])
    AS wanted (enrollment_id, contact_id, visit)
JOIN campaigns_enrollment AS enrollment
    ON enrollment.contact_id = wanted.contact_id AND enrollment.id = wanted.enrollment_id
"""


class Pass(NamedTuple):
    """A pass before a step, and when the step first wanted to ask if nobody held it."""

    enrollment_id: int
    contact_id: int
    visit: int
    first_at: datetime


def fresh_until(step: dict[str, Any], passes: Sequence[Pass]) -> dict[int, datetime]:
    """
    Say until when the moment of each pass is fresh, by enrollment.

    Nobody is in it if the step has no limit. One query, if it has.
    """
    hours = step.get("freshness_hours")
    if not hours or not passes:
        return {}
    values = {
        "from_moment": step["fresh_from"] == "moment",
        "enrollments": [one.enrollment_id for one in passes],
        "contacts": [one.contact_id for one in passes],
        "visits": [one.visit for one in passes],
    }
    with connection.cursor() as cursor:
        cursor.execute(BEGAN, values)
        began = dict(cursor.fetchall())
    lasts = timedelta(hours=hours)
    return {
        one.enrollment_id: (began[one.enrollment_id] or one.first_at) + lasts
        for one in passes
        if one.enrollment_id in began
    }
