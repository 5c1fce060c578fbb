"""
Take a publishing back within ten minutes: the former version, and who was moved, where he was.

Whoever has not taken a step since stands afterwards exactly where he stood. Who has gone on
stays on the new version, and so does who has entered on it; both are counted and named.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from campaigns.changing.carry_out import ALONE, PART, fix_mails, hold_alive
from campaigns.changing.publication import put_in_place
from campaigns.engine import ending
from campaigns.models import Campaign, CampaignChange, PublishPlan, VersionMove
from campaigns.steps.waits import pauses_of
from contacts.background import enqueue
from contacts.work import beat, request_cancel

UNDO_FOR = timedelta(minutes=10)

# Locks the next passes that a plan has moved, in the order of contacts.
# Leans on moves_of_plan and on the primary key of enrollments.
LOCK = """
SELECT move.contact_id
FROM campaigns_versionmove AS move
JOIN campaigns_enrollment AS enrollment
    ON enrollment.contact_id = move.contact_id AND enrollment.id = move.enrollment_id
WHERE move.plan_id = %s AND move.contact_id > %s
ORDER BY move.contact_id
LIMIT %s
FOR UPDATE OF enrollment
"""

# Puts those back of some contacts who have done nothing since they were moved: no step, no ask,
# no message. Who was taken out comes back unless something of his was called off, or he is in
# the campaign again. A wait lasts longer by what the campaign was paused for since.
RESTORE = """
WITH pause AS (
    SELECT COALESCE(sum(seconds), 0) AS seconds
    FROM unnest(%(resumed)s::timestamptz[], %(paused)s::float8[]) AS one (resumed_at, seconds)
    WHERE resumed_at > %(moved_since)s
), still AS (
    SELECT move.*, enrollment.visit AS now_visit
    FROM campaigns_versionmove AS move
    JOIN campaigns_enrollment AS enrollment
        ON enrollment.contact_id = move.contact_id AND enrollment.id = move.enrollment_id
    WHERE move.plan_id = %(plan)s AND move.contact_id = ANY (%(contacts)s)
        AND CASE WHEN move.kind = 'exit' THEN
            enrollment.state = 'exited' AND enrollment.end_reason = %(replaced)s
            AND NOT EXISTS (
                SELECT FROM campaigns_enrollment AS other
                WHERE other.contact_id = move.contact_id
                    AND other.campaign_id = enrollment.campaign_id
                    AND other.state = 'active'
            )
            AND NOT EXISTS (
                SELECT FROM campaigns_message AS message
                WHERE message.contact_id = move.contact_id
                    AND message.enrollment_id = move.enrollment_id
                    AND (message.cause = %(replaced)s OR message.withdrawn_at = move.moved_at)
            )
        ELSE
            enrollment.state = 'active' AND enrollment.visit = move.visit + 1
            AND NOT EXISTS (
                SELECT FROM campaigns_message AS message
                WHERE message.contact_id = move.contact_id
                    AND message.enrollment_id = move.enrollment_id
                    AND message.visit = enrollment.visit
            )
        END
), put AS (
    UPDATE campaigns_enrollment AS enrollment
    SET version_id = still.from_version_id,
        step_key = still.old_step_key,
        due_at = still.old_due_at + make_interval(secs => CASE
            WHEN still.old_due_at > still.moved_at THEN (SELECT seconds FROM pause) ELSE 0
        END),
        began_at = still.old_began_at,
        visit = enrollment.visit + CASE WHEN still.kind = 'exit' THEN 0 ELSE 1 END,
        state = 'active', end_reason = '', ended_at = NULL, attempts = 0, error = ''
    FROM still
    WHERE enrollment.contact_id = still.contact_id AND enrollment.id = still.enrollment_id
    RETURNING still.*, enrollment.due_at AS put_due_at
), journal AS (
    INSERT INTO campaigns_steprun
        (contact_id, enrollment_id, campaign_id, step_key, visit, ran_at, outcome, details)
    SELECT put.contact_id, put.enrollment_id, %(campaign)s, put.place, put.now_visit,
        %(now)s, 'moved',
        jsonb_build_object('version', version.number, 'by', %(by)s::text, 'back', TRUE)
        || jsonb_strip_nulls(jsonb_build_object(
            'since', put.since,
            'until', CASE WHEN put.place <> put.old_step_key AND put.old_began_at IS NULL
                THEN put.put_due_at END
        ))
    FROM put
    JOIN campaigns_campaignversion AS version ON version.id = put.from_version_id
    WHERE put.kind <> 'exit'
)
INSERT INTO campaigns_versionmove (
    contact_id, plan_id, enrollment_id, visit, kind, moved_at, since, place,
    from_version_id, to_version_id, old_step_key, old_due_at, old_began_at,
    new_step_key, new_due_at, new_began_at
)
SELECT put.contact_id, %(undo)s, put.enrollment_id, put.now_visit, 'back', %(now)s,
    put.since, put.place, put.to_version_id, put.from_version_id, put.new_step_key,
    put.new_due_at, put.new_began_at, put.old_step_key, put.put_due_at, put.old_began_at
FROM put
ON CONFLICT (contact_id, enrollment_id, plan_id) DO NOTHING
"""


class TooLate(ValueError):
    """The publishing can't be taken back any more."""


def undoable(campaign: Campaign, *, now: datetime) -> PublishPlan | None:
    """Give the publishing that can be taken back now, if there is one; one query."""
    if campaign.state not in Campaign.ALIVE:
        return None
    last = (
        campaign.plans.select_related("from_version", "to_version", "created_by")
        .order_by("-pk")
        .first()
    )
    if last is None or last.undoes_id or last.created_at <= now - UNDO_FOR:
        return None
    return last if last.to_version_id == campaign.published_id else None


@transaction.atomic
def take_back(
    *,
    campaign: Campaign,
    plan_id: int,
    user: AbstractBaseUser | None,
    now: datetime,
) -> PublishPlan:
    """
    Put the former version back, and in the background the people; the draft stays as it is.

    :returns: the undo, which says how far it is
    :raises TooLate: if that publishing is not the last one any more, or ten minutes are over
    """
    locked = (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("published")
        .get(pk=campaign.pk)
    )
    plan = undoable(locked, now=now)
    if plan is None or plan.pk != plan_id:
        raise TooLate("It is too late to take this publishing back.")
    if not plan.is_over:
        request_cancel(plan, now=now)
    put_in_place(locked, plan.from_version, now=now)
    undo = PublishPlan.objects.create(
        campaign=locked,
        from_version=plan.to_version,
        to_version=plan.from_version,
        undoes=plan,
        fixes_mails=plan.fixes_mails,
        total_count=plan.moved_count + plan.exited_count,
        created_at=now,
        created_by_id=user.pk if user else None,
    )
    CampaignChange.objects.create(
        campaign=locked,
        change=CampaignChange.Change.UNPUBLISHED,
        changed_at=now,
        changed_by_id=user.pk if user else None,
        details={
            "version": plan.to_version.number,
            "back_to": plan.from_version.number,
        },
    )
    enqueue("campaigns.tasks.carry_out_plans")
    return undo


def put_back(undo: PublishPlan, *, now: datetime, size: int = PART) -> bool:
    """
    Put the next people back whom the plan has moved; mails first.

    :returns: whether there may be more
    """
    plan = undo.undoes
    assert plan is not None  # noqa: S101 - only undos are put back
    with transaction.atomic():
        campaign = hold_alive(undo.campaign_id, how=ALONE)
        if campaign is None:
            return False
        if undo.fixes_mails and not undo.last_contact_id:
            fixed = fix_mails(plan, undo.from_version_id, undo.to_version_id, size)
            if fixed:
                undo.mails_count += fixed
                undo.save(update_fields=["mails_count"])
                beat(undo, now=now, phase="Giving mails the former words")
                return True
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [plan.pk, undo.last_contact_id, size])
            contacts = [row[0] for row in cursor.fetchall()]
            if not contacts:
                return False
            cursor.execute(RESTORE, _values(undo, plan, campaign, contacts, now))
            undo.moved_count += cursor.rowcount
        undo.last_contact_id = contacts[-1]
        undo.save(update_fields=["moved_count", "last_contact_id"])
        done = undo.done_count + len(contacts)
        beat(undo, now=now, done=done, phase="Putting people back")
    return len(contacts) == size


def _values(
    undo: PublishPlan,
    plan: PublishPlan,
    campaign: Campaign,
    contacts: list[int],
    now: datetime,
) -> dict[str, Any]:
    """Collect the parameters of RESTORE."""
    pauses = pauses_of(campaign, now)
    return {
        "plan": plan.pk,
        "undo": undo.pk,
        "campaign": campaign.pk,
        "contacts": contacts,
        "replaced": ending.REPLACED,
        "moved_since": plan.created_at,
        "resumed": [at for at, _ in pauses],
        "paused": [length.total_seconds() for _, length in pauses],
        "by": str(undo.created_by) if undo.created_by else "",
        "now": now,
    }


def gone_on(undo: PublishPlan) -> QuerySet[VersionMove]:
    """Select the moves that could not be taken back: people who had gone on by then."""
    back = VersionMove.objects.filter(
        plan=undo, contact=OuterRef("contact"), enrollment_id=OuterRef("enrollment_id")
    )
    moves = VersionMove.objects.filter(plan=undo.undoes_id)
    return moves.filter(~Exists(back)).select_related("contact").order_by("contact")
