"""Where enrollments of running campaigns are due."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from campaigns.engine.versions import step_keys
from campaigns.models import Campaign
from contacts.background import Backlog

MOST_COUNTED = 10_000

# Selects how many enrollments are due before each step, up to a limit, and since when.
# Leans on enrollment_due: one short range for each step.
DUE = """
SELECT place.campaign_id, place.step_key, due.count, due.oldest
FROM unnest(%s::bigint[], %s::text[]) AS place (campaign_id, step_key)
CROSS JOIN LATERAL (
    SELECT count(*) AS count, min(first.due_at) AS oldest
    FROM (
        SELECT enrollment.due_at
        FROM campaigns_enrollment AS enrollment
        WHERE enrollment.campaign_id = place.campaign_id
            AND enrollment.step_key = place.step_key
            AND enrollment.state = 'active'
            AND enrollment.due_at <= %s
        ORDER BY enrollment.due_at
        LIMIT %s
    ) AS first
) AS due
WHERE due.count > 0
"""


@dataclass(frozen=True)
class Place:
    """A step of a campaign, or the end of its flow, before which enrollments are due."""

    campaign_id: int
    step_key: str
    count: int
    oldest: datetime


def due_places(now: datetime, *, most: int = MOST_COUNTED) -> list[Place]:
    """
    List where enrollments of running campaigns are due; by priority, then the oldest first.

    Three queries, and one short index range for each step.
    """
    priorities = dict(
        Campaign.objects.filter(state__in=Campaign.MOVES).values_list("pk", "priority")
    )
    keys = sorted(step_keys(set(priorities)))
    with connection.cursor() as cursor:
        cursor.execute(
            DUE, [[key[0] for key in keys], [key[1] for key in keys], now, most]
        )
        places = [Place(*row) for row in cursor.fetchall()]
    return sorted(
        places,
        key=lambda place: (
            -priorities[place.campaign_id],
            place.oldest,
            place.campaign_id,
            place.step_key,
        ),
    )


def backlog(now: datetime) -> Backlog:
    """Say how many enrollments are due, counted up to a limit for each step."""
    places = due_places(now)
    return Backlog(
        count=sum(place.count for place in places),
        oldest=min((place.oldest for place in places), default=None),
    )
