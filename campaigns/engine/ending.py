"""End a pass through a campaign, and call back what has not left yet."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from campaigns.guardrails import budget
from campaigns.guardrails.reasons import EXIT_MET, GOAL_MET, LABELS
from campaigns.handwork.close import withdraw_tasks
from campaigns.models import Enrollment
from campaigns.steps.exit import EXIT_STEP

# Words of Enrollment.end_reason beyond those of campaigns.guardrails.reasons.
GOAL = "goal"
EXIT = "exit_condition"
STOPPED = "campaign_stopped"
ERROR = "error"
GIVEN_UP = "given_up"
MERGED = "merged"
FORGOTTEN = "forgotten"
REPLACED = "new_version"

# Causes for which somebody has left by himself.
LEFT = (GOAL_MET, EXIT_MET)

ENDS = {
    GOAL: "Reached the goal.",
    EXIT: "Left early: the exit condition holds.",
    EXIT_STEP: "Left early: by an exit of the flow.",
    STOPPED: "Left early: the campaign was stopped.",
    ERROR: "Stopped by an error.",
    GIVEN_UP: "Stopped by an error, and given up.",
    FORGOTTEN: "Left early: asked to be forgotten.",
    REPLACED: "Left early: taken out when a new version was published.",
    MERGED: "Left early: became one contact with somebody further in it.",
}

# Ends enrollments that are active, or completed and then converted.
END = """
UPDATE campaigns_enrollment
SET state = %(state)s, end_reason = %(reason)s, due_at = NULL, error = '',
    ended_at = COALESCE(ended_at, %(now)s), goal_met_at = %(goal_met_at)s
WHERE contact_id = ANY (%(contacts)s) AND id = ANY (%(enrollments)s)
    AND (state = 'active' OR state = 'completed' AND %(state)s = 'converted')
RETURNING id, contact_id
"""

# Cancels the messages of enrollments that nobody has claimed, shown or done. Where the person has
# only left the flow, other systems are still told of the steps that he has taken.
# Leans on one_message_per_step_run, which begins with the contact and the enrollment.
CANCEL = """
UPDATE campaigns_message AS message
SET state = 'canceled', cause = %s, finished_at = %s
FROM unnest(%s::bigint[], %s::bigint[]) AS ended (contact_id, enrollment_id)
WHERE message.contact_id = ended.contact_id
    AND message.enrollment_id = ended.enrollment_id
    AND message.state IN ('queued', 'waiting')
    AND (message.channel <> 'webhook' OR NOT %s)
RETURNING message.contact_id, message.ask_id
"""

# Hides what was shown to them in the product and is not answered.
# Leans on one_message_per_step_run, too.
HIDE = """
UPDATE campaigns_message AS message
SET withdrawn_at = %s
FROM unnest(%s::bigint[], %s::bigint[]) AS ended (contact_id, enrollment_id)
WHERE message.contact_id = ended.contact_id
    AND message.enrollment_id = ended.enrollment_id
    AND message.channel = 'in_app' AND message.state = 'accepted'
    AND message.withdrawn_at IS NULL
"""


def end_words(enrollment: Enrollment) -> str:
    """Say how a pass ended."""
    if enrollment.state == Enrollment.State.COMPLETED:
        return "Came to the end of the flow."
    if enrollment.end_reason in LABELS and enrollment.end_reason not in ENDS:
        return f"Left the campaign. {LABELS[enrollment.end_reason]}."
    return ENDS.get(enrollment.end_reason, f"{enrollment.get_state_display()}.")


@transaction.atomic
def end_enrollments(
    *,
    enrollment_ids: Sequence[int],
    contact_ids: Sequence[int],
    state: str,
    reason: str,
    cause: str,
    now: datetime,
) -> list[tuple[int, int]]:
    """
    End enrollments and cancel their messages that nobody has claimed, for a cause.

    The budget of an ask that never left is given back. Who has ended before stays as he is.

    :returns: (enrollment, contact) of those that ended now
    """
    with connection.cursor() as cursor:
        cursor.execute(
            END,
            {
                "state": state,
                "reason": reason,
                "now": now,
                "goal_met_at": now if state == "converted" else None,
                "contacts": list(contact_ids),
                "enrollments": list(enrollment_ids),
            },
        )
        ended = cursor.fetchall()
    cancel_messages(ended, cause=cause, now=now)
    return ended


def cancel_messages(
    ended: Sequence[tuple[int, int]], *, cause: str, now: datetime
) -> int:
    """
    Cancel the unclaimed messages of (enrollment, contact) pairs; refund their asks.

    What was shown in the product is hidden, open tasks are no longer needed.
    """
    if not ended:
        return 0
    enrollments, contacts = [one[0] for one in ended], [one[1] for one in ended]
    with connection.cursor() as cursor:
        cursor.execute(CANCEL, [cause, now, contacts, enrollments, cause in LEFT])
        canceled = cursor.fetchall()
        cursor.execute(HIDE, [now, contacts, enrollments])
    withdraw_tasks(contact_ids=contacts, enrollment_ids=enrollments, now=now)
    asks = [row for row in canceled if row[1] is not None]
    budget.refund(
        contact_ids=[row[0] for row in asks], ask_ids=[row[1] for row in asks], now=now
    )
    return len(canceled)
