"""Once a day all young referrals are looked at again, for rings grow and people change."""

from datetime import datetime, timedelta

from django.db import transaction

from contacts.background import Backlog
from referrals.models import Referral, RingWatch

EVERY = timedelta(hours=24)
# What is older is long paid, and is judged again only when something happens to it.
YOUNG = timedelta(days=90)
BATCH = 1_000


def watch_backlog(now: datetime) -> Backlog:
    """See whether a look is due or under way."""
    watch = RingWatch.objects.order_by("pk").first()
    if watch is None:
        return Backlog(1, now) if Referral.objects.exists() else Backlog(0, None)
    if watch.finished_at is None:
        return Backlog(1, watch.began_at)
    due_at = watch.finished_at + EVERY
    return Backlog(1, due_at) if due_at <= now else Backlog(0, None)


@transaction.atomic
def look_again(*, now: datetime) -> int:
    """
    Let the next young referrals be judged again.

    :returns: how many; none once the look is over
    """
    RingWatch.objects.get_or_create(pk=1)
    watch = RingWatch.objects.select_for_update().get(pk=1)
    if watch.finished_at is not None and watch.finished_at + EVERY > now:
        return 0
    if watch.began_at is None or watch.finished_at is not None:
        watch.began_at, watch.done_to_id, watch.finished_at = now, 0, None
    young = Referral.objects.filter(pk__gt=watch.done_to_id, lead_at__gt=now - YOUNG)
    ids = list(young.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if ids:
        watch.done_to_id = ids[-1]
    else:
        watch.finished_at = now
    watch.save()
    # Who changes one at this moment lets it be judged himself.
    waiting = Referral.objects.filter(pk__in=ids, judge_due_at=None)
    free = waiting.order_by("contact_id", "pk").select_for_update(skip_locked=True)
    Referral.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(
        judge_due_at=now
    )
    return len(ids)
