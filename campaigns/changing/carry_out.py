"""
Carry a publish plan out in the background, some contacts at a time in their order.

A part is one transaction: the campaign is held, passes are locked, moved, and written down, and
the plan says how far it is, or nothing of it has been. Whom it has moved is on the new version
and is not found again, so a part that is repeated does nothing twice.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from campaigns.changing.standing import CHOSEN, EXIT, Action, Setting, values_of
from campaigns.engine import ending
from campaigns.flows.definition import walk_steps
from campaigns.models import Campaign, PublishPlan
from contacts.work import beat

PART = 2_000

# Holds a campaign that is not over against stop, undo and another publishing; in the second
# way also against whoever lets people in, or moves them.
HOLD = """
SELECT id FROM campaigns_campaign
WHERE id = %s AND state IN ('running', 'paused', 'stopping')
"""
SHARED, ALONE = f"{HOLD} FOR SHARE", f"{HOLD} FOR NO KEY UPDATE"

# Locks the next passes that a plan may concern. Leans on one_active_enrollment.
LOCK = """
SELECT id, contact_id FROM campaigns_enrollment
WHERE campaign_id = %s AND state = 'active' AND version_id = ANY (%s)
    AND contact_id > %s AND enrolled_at <= %s
ORDER BY contact_id
LIMIT %s
FOR UPDATE
"""

WHO = (
    "AND enrollment.contact_id = ANY (%(contacts)s)"
    " AND enrollment.id = ANY (%(enrollments)s)"
)

# Moves passes that were locked before, writes the journal of each and where it stood. What is
# written is taken from the update itself: a join of the two would not know how many there are.
MOVE = f"""
{CHOSEN.format(who=WHO)},
moved AS (
    UPDATE campaigns_enrollment AS enrollment
    SET version_id = %(to_version)s,
        step_key = chosen.new_step_key,
        due_at = chosen.new_due_at,
        began_at = chosen.new_began_at,
        visit = enrollment.visit + 1,
        attempts = 0,
        error = ''
    FROM chosen
    WHERE chosen.kind <> 'exit' AND enrollment.contact_id = chosen.contact_id
        AND enrollment.id = chosen.id AND enrollment.visit = chosen.visit
        AND enrollment.state = 'active'
    RETURNING chosen.*
), journal AS (
    INSERT INTO campaigns_steprun
        (contact_id, enrollment_id, campaign_id, step_key, visit, ran_at, outcome, details)
    SELECT moved.contact_id, moved.id, %(campaign)s,
        CASE WHEN moved.kind = 'carry' THEN moved.place ELSE moved.new_step_key END,
        moved.visit, %(now)s, 'moved',
        %(said)s::jsonb || jsonb_strip_nulls(jsonb_build_object(
            'since', CASE WHEN moved.kind = 'carry' THEN moved.since ELSE %(now)s END,
            'until', CASE WHEN moved.goes_on_sitting THEN moved.new_due_at END
        ))
    FROM moved
), kept AS (
    INSERT INTO campaigns_versionmove (
        contact_id, plan_id, enrollment_id, visit, kind, moved_at, since, place,
        from_version_id, to_version_id, old_step_key, old_due_at, old_began_at,
        new_step_key, new_due_at, new_began_at
    )
    SELECT contact_id, %(plan)s, id, visit, kind, %(now)s, since, place, version_id,
        CASE WHEN kind = 'exit' THEN version_id ELSE %(to_version)s END,
        step_key, due_at, began_at, new_step_key, new_due_at, new_began_at
    FROM chosen
)
SELECT id, contact_id, kind FROM chosen
"""  # noqa: S608 - texts of ours

# Gives mails that nobody has claimed to another version. Leans on messages_of_campaign.
FIX = """
WITH unsent AS (
    SELECT contact_id, id FROM campaigns_message
    WHERE campaign_id = %(campaign)s AND state = 'queued'
        AND version_id = %(from_version)s AND step_key = ANY (%(steps)s)
        AND created_at <= %(until)s
    ORDER BY contact_id, id
    LIMIT %(size)s
    FOR UPDATE SKIP LOCKED
)
UPDATE campaigns_message AS message
SET version_id = %(to_version)s
FROM unsent
WHERE message.contact_id = unsent.contact_id AND message.id = unsent.id
    AND message.state = 'queued'
"""


def actions_of(plan: PublishPlan) -> list[Action]:
    """Read the actions of a plan."""
    return [Action(**action) for action in plan.actions]


def carry_out(plan: PublishPlan, *, now: datetime, size: int = PART) -> bool:
    """
    Do the next part of a plan: first the mails, then the people.

    :returns: whether there may be more
    """
    with transaction.atomic():
        campaign = hold_alive(plan.campaign_id)
        if campaign is None:
            return False
        if plan.fixes_mails and not plan.last_contact_id:
            fixed = fix_mails(plan, plan.from_version_id, plan.to_version_id, size)
            if fixed:
                plan.mails_count += fixed
                plan.save(update_fields=["mails_count"])
                beat(plan, now=now, phase="Giving mails the new words")
                return True
        return _move_part(plan, campaign, now, size)


def hold_alive(campaign_id: int, *, how: str = SHARED) -> Campaign | None:
    """Hold a campaign until the end of the transaction; None if it has ended."""
    with connection.cursor() as cursor:
        cursor.execute(how, [campaign_id])
        if cursor.fetchone() is None:
            return None
    return Campaign.objects.defer("draft").get(pk=campaign_id)


def fix_mails(plan: PublishPlan, source: int, target: int, size: int) -> int:
    """Give some unsent mails of one version to another; those that came before the plan."""
    mails = [
        step["key"]
        for step in walk_steps(plan.to_version.definition["steps"])
        if step["kind"] == "email"
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            FIX,
            {
                "campaign": plan.campaign_id,
                "from_version": source,
                "to_version": target,
                "steps": mails,
                "until": plan.created_at,
                "size": size,
            },
        )
        return cursor.rowcount


def _move_part(plan: PublishPlan, campaign: Campaign, now: datetime, size: int) -> bool:
    """Move the next people."""
    actions = actions_of(plan)
    versions = sorted({action.version for action in actions})
    with connection.cursor() as cursor:
        cursor.execute(
            LOCK,
            [campaign.pk, versions, plan.last_contact_id, plan.created_at, size],
        )
        locked = cursor.fetchall()
        if not locked:
            return False
        cursor.execute(MOVE, _values(plan, campaign, actions, locked, now))
        chosen = cursor.fetchall()
    leaving = [row for row in chosen if row[2] == EXIT]
    ending.end_enrollments(
        enrollment_ids=[row[0] for row in leaving],
        contact_ids=[row[1] for row in leaving],
        state="exited",
        reason=ending.REPLACED,
        cause=ending.REPLACED,
        now=now,
    )
    plan.moved_count += len(chosen) - len(leaving)
    plan.exited_count += len(leaving)
    plan.last_contact_id = locked[-1][1]
    plan.save(update_fields=["moved_count", "exited_count", "last_contact_id"])
    done = plan.done_count + len(locked)
    beat(plan, now=now, done=done, phase="Moving people to the new version")
    return len(locked) == size


def _values(
    plan: PublishPlan,
    campaign: Campaign,
    actions: Sequence[Action],
    locked: Sequence[tuple[int, int]],
    now: datetime,
) -> dict[str, Any]:
    """Collect the parameters of MOVE."""
    setting = Setting(
        campaign, plan.to_version.definition, plan.spread_minutes, plan.created_at, now
    )
    among = {
        "enrollments": [row[0] for row in locked],
        "contacts": [row[1] for row in locked],
    }
    return values_of(setting, actions, who=WHO, among=among) | {
        "plan": plan.pk,
        "to_version": plan.to_version_id,
        "said": said(plan.to_version.number, plan),
        "now": now,
    }


def said(version: int, plan: PublishPlan) -> str:
    """Write what the journal says of a move: to which version, and by whom."""
    by = str(plan.created_by) if plan.created_by else ""
    return json.dumps({"version": version, "by": by})
