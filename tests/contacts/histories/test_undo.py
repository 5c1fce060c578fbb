"""Imports of past events, taken back."""

import json
from datetime import timedelta
from hashlib import md5

import pytest

from contacts.histories import runs
from contacts.models import (
    Contact,
    Event,
    Reaction,
    Receipt,
    WatchedEvent,
)
from contacts.models.event import CONTACT_CHANGED
from contacts.work import request_cancel
from tests.factories.contacts import NOW, make_user
from tests.factories.histories import check_history, import_history, work

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
ANA = "Order Completed,ana@example.com,2026-01-05 10:00,99.50"
BEN = "Order Completed,ben@example.com,2026-01-06 10:00,12"

LINE = {"event": "Left", "userId": "u1", "timestamp": "2026-01-02"}


def counts(run):
    return {state: count for state, count in run.counts.items() if count}


def test_undo_takes_the_events_back_and_they_may_come_again():
    user = make_user()
    run = import_history(ANA, BEN)
    WatchedEvent.objects.create(
        consumer="audiences.history", name=CONTACT_CHANGED, tells_history=True
    )

    assert runs.undo_history(run=run, user=user, now=LATER)
    work(LATER)
    run.refresh_from_db()

    assert (run.stage, run.undo_report) == ("undone", {"events": 2, "changes": 0})
    assert not Event.objects.exists()
    assert Contact.objects.count() == 2
    assert Reaction.objects.filter(consumer="audiences.history").count() == 2
    undone = [receipt.outcome["undone"] for receipt in Receipt.objects.all()]
    assert (
        undone
        == [
            {"import": run.pk, "at": LATER.isoformat(), "by": user.pk},
        ]
        * 2
    )

    again = import_history(ANA, BEN, now=LATER)
    assert counts(again) == {"new": 2}
    assert Event.objects.count() == 2
    assert counts(check_history(ANA, BEN, now=LATER)) == {"known": 2}


def test_what_was_undone_may_come_again_however_long_its_id_is():
    line = {**LINE, "messageId": "m" * 95}
    for _ in range(3):
        run = import_history(json.dumps(line), header="", name="a.jsonl")
        assert (counts(run), Event.objects.count()) == ({"new": 1}, 1)
        assert runs.undo_history(run=run, user=None, now=LATER)
        work(LATER)

    again = Receipt.objects.order_by("pk").values_list("message_id", flat=True)
    short = "m" * 55 + "~" + md5(b"m" * 95, usedforsecurity=False).hexdigest()
    assert list(again) == ["m" * 95, f"{short}~again1", f"{short}~again2"]


def test_long_ids_that_begin_the_same_stay_two():
    lines = [
        json.dumps({**LINE, "messageId": "m" * 95 + end, "userId": f"u{end}"})
        for end in "12"
    ]
    for _ in range(2):
        run = import_history(*lines, header="", name="a.jsonl")
        assert (counts(run), Event.objects.count()) == ({"new": 2}, 2)
        assert runs.undo_history(run=run, user=None, now=LATER)
        work(LATER)


def test_undo_leaves_what_another_import_has_written():
    stopped = check_history(ANA, BEN)
    import_history(ANA, BEN)
    runs.confirm_history(run=stopped, fires=False, user=None, now=LATER)
    stopped.refresh_from_db()
    request_cancel(stopped, now=LATER)

    assert runs.undo_history(run=stopped, user=None, now=LATER)
    work(LATER)

    stopped.refresh_from_db()
    assert (stopped.stage, Event.objects.count()) == ("undone", 2)
