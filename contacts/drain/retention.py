"""Empty the payloads of old receipts; the receipts stay, and go on counting."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from contacts.background import Backlog
from contacts.models import PayloadLimit, Receipt

BATCH = 2_000


def payload_backlog(now: datetime) -> Backlog:
    """See whether the oldest receipt with a payload is past its time."""
    limit = PayloadLimit.objects.order_by("pk").first() or PayloadLimit()
    rows = Receipt.objects.filter(pk__gt=limit.emptied_to_id).order_by("pk")
    oldest = rows.values_list("received_at", flat=True).first()
    if oldest is None or oldest >= _since(now):
        return Backlog(0, None)
    return Backlog(1, oldest)


@transaction.atomic
def empty_payloads(*, now: datetime) -> int:
    """
    Empty the next payloads that are past their time.

    Receipts are in the order of their arrival, but for a few seconds; so it stops at the first
    that is younger.

    :returns: how many receipts were looked at
    """
    PayloadLimit.objects.get_or_create(pk=1)
    limit = PayloadLimit.objects.select_for_update().get(pk=1)
    rows = Receipt.objects.filter(pk__gt=limit.emptied_to_id).order_by("pk")
    since = _since(now)
    old = []
    for number, received_at in rows.values_list("pk", "received_at")[:BATCH]:
        if received_at >= since:
            break
        old.append(number)
    if old:
        Receipt.objects.filter(pk__in=old, payload__isnull=False).update(payload=None)
        limit.emptied_to_id = old[-1]
        limit.save(update_fields=["emptied_to_id"])
    return len(old)


def _since(now: datetime) -> datetime:
    """Say since when payloads are kept."""
    return now - timedelta(days=settings.PAYLOAD_DAYS)
