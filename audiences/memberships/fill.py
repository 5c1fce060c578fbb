"""Fill an audience in the background after its rule was made or changed, with progress."""

from datetime import datetime

from django.db import transaction

from audiences.memberships import ledger
from audiences.memberships.judge import RuleChanged
from audiences.memberships.refresh import refresh_audience
from audiences.memberships.schedule import prepare, set_next
from audiences.models import Audience, AudienceRefresh, Membership
from audiences.models.audience import Telling
from audiences.models.membership import Cause
from contacts.background import enqueue
from contacts.work import CancelRequested, advance_one, beat, request_cancel

SLICE = "audiences.fill"
TASK = "audiences.tasks.fill_audiences"
# A part that takes longer gives way to other work, and goes on later.
SECONDS = 15.0


# So many members are told of at once.
TOLD = 5_000


def start_filling(
    audience: Audience,
    *,
    now: datetime,
    user_id: int | None = None,
    tells: str = Telling.ENTERING,
) -> AudienceRefresh:
    """Queue the filling; the audience is not refreshed in its turn until it is done."""
    for earlier in AudienceRefresh.objects.filter(audience=audience):
        if not earlier.is_over:
            request_cancel(earlier, now=now)
    Audience.objects.filter(pk=audience.pk).update(refresh_due_at=None)
    audience.refresh_due_at = None
    filling = AudienceRefresh.objects.create(
        audience=audience, created_at=now, created_by_id=user_id, tells=tells
    )
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
    if not work.phase:
        prepare(audience, now=now)
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
    if work.tells == Telling.EVERYONE:
        _tell_everyone(work, now=now)
    set_next(audience, now=now, is_filled=True)
    return False


def _tell_everyone(work: AudienceRefresh, *, now: datetime) -> None:
    """Tell of the members who have been in it since before the change, too."""
    last = 0
    earlier = Membership.objects.filter(
        audience_id=work.audience_id, entered_at__lt=work.created_at
    )
    while True:
        ids = earlier.filter(contact_id__gt=last).order_by("contact_id")
        part = list(ids.values_list("contact_id", flat=True)[:TOLD])
        if not part:
            return
        with transaction.atomic():
            ledger.tell_again(work.audience_id, part, now=now)
            beat(work, now=now, phase="Telling the campaigns")
        last = part[-1]
