"""
Passes that an error has stopped: what nobody retries by itself any more.

A step that fails is repeated eight times, ever later; then the pass ends as failed and waits here
for somebody: to go on where it stood, once what was wrong is mended, or to be given up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns.engine import ending
from campaigns.models import Campaign, Enrollment
from contacts.background import enqueue

# Holds the campaigns against pause and stop, in the order of ids.
HOLD = """
SELECT id FROM campaigns_campaign
WHERE id = ANY (%s) AND state = ANY (%s)
ORDER BY id
FOR SHARE
"""

# Lets passes go on where they stood, unless another one of the campaign is on. Of two passes of
# one contact the later one goes on. Leans on one_active_enrollment.
GO_ON = """
WITH chosen AS (
    SELECT DISTINCT ON (failed.contact_id, failed.campaign_id) failed.id, failed.contact_id
    FROM campaigns_enrollment AS failed
    WHERE failed.id = ANY (%(enrollments)s) AND failed.contact_id = ANY (%(contacts)s)
        AND failed.state = 'failed' AND failed.campaign_id = ANY (%(campaigns)s)
        AND NOT EXISTS (
            SELECT FROM campaigns_enrollment AS other
            WHERE other.contact_id = failed.contact_id
                AND other.campaign_id = failed.campaign_id AND other.state = 'active'
        )
    ORDER BY failed.contact_id, failed.campaign_id, failed.enrolled_at DESC, failed.id DESC
)
UPDATE campaigns_enrollment AS enrollment
SET state = 'active', due_at = %(now)s, attempts = 0, ended_at = NULL, end_reason = ''
FROM chosen
WHERE enrollment.contact_id = chosen.contact_id AND enrollment.id = chosen.id
    AND enrollment.state = 'failed'
"""


@dataclass(frozen=True)
class Retried:
    """How many go on, and how many can't: their campaign has ended, or they are in it again."""

    going_on: int
    left: int


def failed_enrollments() -> QuerySet[Enrollment]:
    """Select the passes that wait for a decision. Leans on enrollments_failed."""
    return Enrollment.objects.filter(
        state=Enrollment.State.FAILED, end_reason=ending.ERROR
    )


def failing_enrollments() -> QuerySet[Enrollment]:
    """Select the passes whose last attempt failed and is repeated. Leans on enrollments_failing."""
    return Enrollment.objects.filter(
        state=Enrollment.State.ACTIVE, attempts__gt=0
    ).exclude(error="")


@transaction.atomic
def retry(enrollments: Sequence[Enrollment], *, now: datetime) -> Retried:
    """
    Let failed passes go on where they stood; safe to repeat.

    Those of a paused campaign go on once it is resumed.
    """
    wanted = sorted({one.campaign_id for one in enrollments})
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [wanted, [str(state) for state in Campaign.ALIVE]])
        alive = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            GO_ON,
            {
                "enrollments": [one.pk for one in enrollments],
                "contacts": [one.contact_id for one in enrollments],
                "campaigns": alive,
                "now": now,
            },
        )
        going_on = cursor.rowcount
    enqueue("campaigns.tasks.advance_due")
    return Retried(going_on, len(enrollments) - going_on)


def give_up(enrollments: Sequence[Enrollment]) -> int:
    """
    Leave failed passes as they are, and speak of them no more; safe to repeat.

    :returns: how many
    """
    return (
        failed_enrollments()
        .filter(
            pk__in=[one.pk for one in enrollments],
            contact_id__in=[one.contact_id for one in enrollments],
        )
        .update(end_reason=ending.GIVEN_UP)
    )
