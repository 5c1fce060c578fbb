"""
Write what is to be passed on to other systems; say what became of it; wake who waits for it.

Who waits at a step for another system to take something is looked at again once that is decided.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet

from campaigns.messaging.outbox import WEBHOOK
from campaigns.models import Campaign, CampaignVersion, Message

State = Message.State
# What will not be tried again by itself.
NOT_TAKEN = (State.FAILED, State.REFUSED)
# What is decided.
OVER = (State.ACCEPTED, State.CANCELED, *NOT_TAKEN)
Run = tuple[int, int, int]

# Writes a webhook for each run of a step, and the look-up of its tag.
# One that is there already stays as it is.
WRITE = """
WITH written AS (
    INSERT INTO campaigns_message (
        contact_id, campaign_id, version_id, enrollment_id, step_key, visit, ask_id, channel,
        connection_id, address, tag, state, created_at, due_at, attempts, lease_owner, cause,
        details, subject
    )
    SELECT contact_id, %(campaign)s, %(version)s, enrollment_id, %(step)s, visit, NULL,
        'webhook', connection.id, connection.name, tag, 'queued', %(now)s, %(now)s, 0, '', '',
        '', ''
    FROM unnest(
        %(contacts)s::bigint[], %(enrollments)s::bigint[], %(visits)s::int[], %(tags)s::text[]
    ) AS run (contact_id, enrollment_id, visit, tag)
    JOIN campaigns_connection AS connection ON connection.id = %(connection)s
    ON CONFLICT (contact_id, enrollment_id, visit, channel) DO NOTHING
    RETURNING id, contact_id, tag
)
INSERT INTO campaigns_messagetag (tag, contact_id, message_id)
SELECT tag, contact_id, id FROM written
"""

# Finds the webhooks of runs of a step. Waits for the sender who writes down an outcome at this
# instant: he leaves a pass alone that is in a batch's hands, so the batch has to see it.
# Leans on one_message_per_step_run.
STATES = """
SELECT message.enrollment_id, message.state
FROM campaigns_message AS message
JOIN unnest(%s::bigint[], %s::bigint[], %s::int[]) AS run (contact_id, enrollment_id, visit)
    ON message.contact_id = run.contact_id AND message.enrollment_id = run.enrollment_id
    AND message.visit = run.visit AND message.channel = 'webhook'
ORDER BY message.contact_id, message.id
FOR SHARE OF message
"""

# Makes those due who wait at a step whose webhook is decided; skips who is in a batch's hands.
WAKE = """
UPDATE campaigns_enrollment
SET due_at = %(now)s
WHERE (contact_id, id) IN (
    SELECT enrollment.contact_id, enrollment.id
    FROM campaigns_message AS message
    JOIN campaigns_enrollment AS enrollment
        ON enrollment.contact_id = message.contact_id AND enrollment.id = message.enrollment_id
        AND enrollment.visit = message.visit AND enrollment.step_key = message.step_key
    WHERE message.contact_id = ANY (%(contacts)s) AND message.id = ANY (%(messages)s)
        AND message.state = ANY (%(over)s)
        AND enrollment.state = 'active' AND enrollment.due_at > %(now)s
    FOR UPDATE OF enrollment SKIP LOCKED
) AND state = 'active'
"""


def write_webhooks(
    *,
    campaign: Campaign,
    version: CampaignVersion,
    step_key: str,
    connection_id: int,
    runs: Sequence[Run],
    now: datetime,
) -> None:
    """Write a webhook for each (contact, enrollment, visit); again, and nothing happens."""
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            {
                "campaign": campaign.pk,
                "version": version.pk,
                "step": step_key,
                "connection": connection_id,
                "now": now,
                "contacts": [run[0] for run in runs],
                "enrollments": [run[1] for run in runs],
                "visits": [run[2] for run in runs],
                "tags": [f"msg_{secrets.token_hex(16)}" for _ in runs],
            },
        )


def states_of(runs: Sequence[Run]) -> dict[int, str]:
    """Say how the webhooks of runs stand, by enrollment."""
    with connection.cursor() as cursor:
        columns = [[run[part] for run in runs] for part in range(3)]
        cursor.execute(STATES, columns)
        return dict(cursor.fetchall())


def wake_waiting(messages: Sequence[Message], *, now: datetime) -> None:
    """Let those go on who wait for what of these is decided; one query."""
    values: dict[str, Any] = {
        "now": now,
        "contacts": [message.contact_id for message in messages],
        "messages": [message.pk for message in messages],
        "over": list(OVER),
    }
    with connection.cursor() as cursor:
        cursor.execute(WAKE, values)


def not_taken() -> QuerySet[Message]:
    """Select the webhooks that nobody tries again by himself. Leans on messages_not_taken."""
    return Message.objects.filter(
        connection__isnull=False, state__in=NOT_TAKEN, channel=WEBHOOK
    )


@transaction.atomic
def retry(messages: Sequence[Message], *, user: User | None, now: datetime) -> int:
    """
    Put webhooks back into the queue that were not taken, with the names that they have.

    Those of a stopped campaign stay, as do those that somebody else put back. Who waited for
    one has gone on long ago; nothing in the flow changes by it.

    :returns: how many
    """
    name = user.get_username() if user else "nobody"
    return (
        not_taken()
        .filter(
            contact_id__in=[message.contact_id for message in messages],
            pk__in=[message.pk for message in messages],
        )
        .exclude(campaign__state=Campaign.State.STOPPED)
        .update(
            state=State.QUEUED,
            attempts=0,
            recoveries=0,
            cause="",
            details=f"Sent again by {name}",
            due_at=now,
            finished_at=None,
            handed_over_at=None,
        )
    )
