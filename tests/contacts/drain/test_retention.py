from datetime import timedelta

import pytest

from contacts.background import Backlog
from contacts.drain import retention
from contacts.drain.retention import empty_payloads, payload_backlog
from contacts.models import Receipt
from tests.factories.contacts import NOW
from tests.factories.drain import take_in
from tests.factories.tracking import make_source, track

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_old_payloads_are_emptied_and_receipts_stay(settings, monkeypatch):
    settings.PAYLOAD_DAYS = 30
    monkeypatch.setattr(retention, "BATCH", 2)
    source = make_source()
    for days in (40, 35, 31, 29):
        take_in(source, track(messageId=f"m{days}"), now=NOW - days * DAY)

    assert payload_backlog(NOW) == Backlog(1, NOW - 40 * DAY)
    assert [empty_payloads(now=NOW) for _ in range(3)] == [2, 1, 0]
    assert payload_backlog(NOW) == Backlog(0, None)

    kept = Receipt.objects.order_by("pk").values_list("message_id", "payload__event")
    assert list(kept) == [
        ("m40", None),
        ("m35", None),
        ("m31", None),
        ("m29", "Order Completed"),
    ]
    assert take_in(source, track(messageId="m40"))[0].state == "duplicate"
    assert Receipt.objects.filter(payload__isnull=True).count() == 3
