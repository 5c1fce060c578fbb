"""What the pages of a campaign say of its last publishing: how far it is, what it did, undo."""

from datetime import datetime
from typing import Any

from campaigns.changing.take_back import UNDO_FOR, gone_on, undoable
from campaigns.models import Campaign, PublishPlan
from contacts.admin.base import progress_context
from contacts.models.work import WorkState

MOST_NAMED = 10


def plan_context(
    campaign: Campaign, *, may_publish: bool, may_see_people: bool, now: datetime
) -> dict[str, Any]:
    """Describe the last plan for ``campaigns/_publish_note.html``; up to four queries."""
    plan = (
        campaign.plans.select_related(
            "from_version", "to_version", "undoes__to_version"
        )
        .order_by("-pk")
        .first()
    )
    is_old = plan is None or plan.created_at <= now - UNDO_FOR
    if plan is None or is_old and plan.state in (WorkState.DONE, WorkState.CANCELED):
        return {"plan": None}
    context: dict[str, Any] = {"plan": plan, "plan_can_be_undone": False}
    if not plan.is_over or plan.state == WorkState.FAILED:
        context["plan_progress"] = progress_context(
            plan,
            url_name="admin:campaigns_plan_progress",
            may_stop=may_publish and plan.undoes_id is None,
            now=now,
        )
    if may_publish and undoable(campaign, now=now) == plan:
        context["plan_can_be_undone"] = True
        context["plan_seconds_left"] = int(
            (plan.created_at + UNDO_FOR - now).total_seconds()
        )
    if plan.undoes_id is not None and plan.state == WorkState.DONE:
        context |= _left(plan, may_see_people=may_see_people)
    return context


def _left(undo: PublishPlan, *, may_see_people: bool) -> dict[str, Any]:
    """Count and name who has gone on."""
    left = gone_on(undo)
    return {
        "plan_left": left.count(),
        "plan_left_people": [move.contact for move in left[:MOST_NAMED]]
        if may_see_people
        else [],
    }
