import pytest

from contacts.models import Receipt, SourceVolume
from contacts.tracking import refusals
from tests.contacts.tracking.client import ask
from tests.factories.tracking import make_key, make_source

pytestmark = pytest.mark.django_db


def test_a_flood_of_refused_requests_is_not_written(monkeypatch):
    monkeypatch.setattr(refusals.valve, "count", 20)
    monkeypatch.setattr(refusals.valve, "began", float("inf"))

    assert ask("/v1/batch", b"{", key=make_key()).status == 400
    assert Receipt.objects.count() == 0


def test_receipts_of_refused_requests_are_bounded(monkeypatch):
    monkeypatch.setattr(refusals, "PER_SECOND", 10_000)
    key = make_key()

    for number in range(400):
        ask("/v1/batch", f"{{{number}".encode(), key=key)

    assert Receipt.objects.count() == 50
    assert (
        sum(1 + copies for copies in Receipt.objects.values_list("copies", flat=True))
        == 400
    )


def test_refused_requests_count_among_what_their_source_sent():
    source = make_source()
    key = make_key(source=source)

    ask("/v1/batch", b"{", key=key)
    ask("/v1/batch", b"{", key=key)
    ask("/v1/batch", b"{", key="glw_unknown")

    volumes = SourceVolume.objects.values_list("source", "outcome", "count")
    assert list(volumes) == [(source.pk, "rejected", 2)]
