"""Fill an audience in the background after its rule was made or changed, with progress."""

from datetime import datetime

from audiences.memberships.refresh import RuleChanged, refresh_audience
from audiences.memberships.schedule import request_dependents, set_next
from audiences.models import Audience, AudienceRefresh
from audiences.models.membership import Cause
from contacts.background import enqueue
from contacts.work import CancelRequested, advance_one, beat, request_cancel

SLICE = "audiences.fill"
TASK = "audiences.tasks.fill_audiences"
# A part that takes longer gives way to other work, and goes on later.
SECONDS = 15.0


def start_filling(
    audience: Audience, *, now: datetime, user_id: int | None = None
) -> AudienceRefresh:
    """Queue the filling; the audience is not refreshed in its turn until it is done."""
    for earlier in AudienceRefresh.objects.filter(audience=audience):
        if not earlier.is_over:
            request_cancel(earlier, now=now)
    Audience.objects.filter(pk=audience.pk).update(refresh_due_at=None)
    audience.refresh_due_at = None
    filling = AudienceRefresh.objects.create(audience=audience, created_by_id=user_id)
    enqueue(TASK)
    return filling


def fill_next(now: datetime) -> int:
    """Do a part of the oldest filling; 0 if there is none."""
    return advance_one(
        AudienceRefresh,
        fill_part,
        now=now,
        failure="The members could not be looked up. Save the rule again to start over.",
    )


def fill_part(work: AudienceRefresh, *, now: datetime) -> bool:
    """
    Fill for some seconds, saying how far it is.

    :returns: whether there is more to do
    """
    audience = Audience.objects.get(pk=work.audience_id)
    before = work.done_count
    beat(work, now=now, phase="Looking for members")

    def tell(done: int, total: int) -> None:
        beat(
            work,
            now=now,
            done=before + done,
            total=before + total,
            phase="Letting contacts enter and leave",
        )

    try:
        difference = refresh_audience(
            audience, now=now, cause=Cause.FILLED, beat=tell, seconds=SECONDS
        )
    except RuleChanged:
        raise CancelRequested(work) from None
    if difference is None:
        return True
    set_next(audience, now=now)
    request_dependents(audience, now=now)
    return False
