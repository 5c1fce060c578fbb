"""
The rungs of an ask's ladder that are out: what is taken back, and when.

Whoever touches them locks in one order: the pass or the contact, then messages, then the
budget, then the ask.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.channels.causes import Cause
from campaigns.handwork.close import withdraw_tasks_of_asks
from campaigns.models import Ask, Task

# Takes back what has not left yet; what is being handed over at this instant leaves. A claim is
# taken from its sender, who finds out when he wants to hand over.
# Leans on one_message_per_step_run, which begins with the contact.
CANCEL = """
UPDATE campaigns_message
SET state = 'canceled', cause = %(cause)s, finished_at = %(now)s, lease_until = NULL
WHERE contact_id = %(contact)s AND ask_id = %(ask)s
    AND state IN ('queued', 'waiting', 'claimed')
"""

# Takes back what was shown in the product and is not the answer's own rung.
HIDE = """
UPDATE campaigns_message
SET withdrawn_at = %(now)s
WHERE contact_id = %(contact)s AND ask_id = %(ask)s AND channel = 'in_app'
    AND state = 'accepted' AND withdrawn_at IS NULL
"""

# Takes back the rungs above: what nobody has got is canceled, what was shown is hidden.
TAKE_BACK = """
UPDATE campaigns_message AS message
SET state = CASE WHEN state = 'accepted' THEN state ELSE 'canceled' END,
    cause = CASE WHEN state = 'accepted' THEN cause ELSE %(cause)s END,
    finished_at = COALESCE(finished_at, %(now)s),
    withdrawn_at = CASE WHEN state = 'accepted' THEN %(now)s END
FROM unnest(%(contacts)s::bigint[], %(asks)s::bigint[], %(keeps)s::text[])
    AS climbed (contact_id, ask_id, keeps)
WHERE message.contact_id = climbed.contact_id AND message.ask_id = climbed.ask_id
    AND message.channel <> climbed.keeps
    AND (
        message.state IN ('queued', 'waiting')
        OR message.channel = 'in_app' AND message.state = 'accepted'
            AND message.withdrawn_at IS NULL
    )
"""

# Lets the pass that waits between two rungs, or at a later step, go on at once. One that a batch has in hand is left
# alone: the batch waits for the ask, and then sees the answer.
WAKE = """
UPDATE campaigns_enrollment
SET due_at = %(now)s
WHERE (contact_id, id) IN (
    SELECT contact_id, id FROM campaigns_enrollment
    WHERE contact_id = %(contact)s AND id = %(enrollment)s
        AND (visit = %(visit)s AND step_key = %(step)s OR began_at IS NOT NULL)
        AND state = 'active' AND due_at > %(now)s
    FOR UPDATE SKIP LOCKED
) AND state = 'active'
"""


def close_rungs(*, contact_id: int, ask_id: int, via: str, now: datetime) -> None:
    """Take back what of an ask has not been seen, because it was answered."""
    values: dict[str, Any] = {
        "contact": contact_id,
        "ask": ask_id,
        "cause": Cause.ANSWERED,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(CANCEL, values)
        cursor.execute(HIDE, values)
    withdraw_tasks_of_asks(contact_id=contact_id, ask_ids=[ask_id], now=now)


def lock_rungs(*, contact_id: int, ask_id: int) -> None:
    """Lock what is out of an ask, before the ask itself."""
    lock_rungs_of([contact_id], [ask_id])


def lock_rungs_of(contact_ids: Sequence[int], ask_ids: Sequence[int]) -> None:
    """Lock what is out of several asks, in order of the contacts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM campaigns_message"
            " WHERE contact_id = ANY (%s) AND ask_id = ANY (%s)"
            " ORDER BY contact_id, id FOR UPDATE",
            [list(contact_ids), list(ask_ids)],
        )


def take_back_rungs(
    contact_ids: Sequence[int],
    ask_ids: Sequence[int],
    *,
    keep: Sequence[str],
    cause: Cause,
    now: datetime,
) -> None:
    """Take back every rung of asks but the one to keep; "" keeps none."""
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE_BACK,
            {
                "cause": cause,
                "now": now,
                "contacts": list(contact_ids),
                "asks": list(ask_ids),
                "keeps": list(keep),
            },
        )


def wake(what: Ask | Task, *, now: datetime) -> None:
    """Let the pass go on that waits for the next rung of an ask, or for a twhat."""
    with connection.cursor() as cursor:
        cursor.execute(
            WAKE,
            {
                "contact": what.contact_id,
                "enrollment": what.enrollment_id,
                "visit": what.visit,
                "step": what.step_key,
                "now": now,
            },
        )
