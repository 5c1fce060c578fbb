"""Asks that another tool sends: told of in one go, however many there are."""

import pytest

from campaigns.messaging import outbox
from contacts.models import Event
from tests.campaigns.asks.test_ladder import advance, make_ladder, stand

pytestmark = pytest.mark.django_db


def test_all_of_a_batch_are_told_of_at_once(monkeypatch):
    told = []
    record_many = outbox.record_many

    def count(facts, *, now):
        told.append(len(facts))
        return record_many(facts, now=now)

    monkeypatch.setattr(outbox, "record_many", count)
    campaign = make_ladder(sender="elsewhere")
    contacts = {stand(campaign).contact_id for _ in range(3)}

    advance()

    delivered = Event.objects.filter(name="ask_delivered")
    assert set(delivered.values_list("contact_id", flat=True)) == contacts
    assert told == [3]
