import pytest
from django.db import OperationalError

from contacts.models import Doorbell
from contacts.tracking import bell
from contacts.tracking.bell import Bell
from contacts.tracking.dispatcher import Dispatcher


@pytest.mark.django_db(transaction=True)
def test_bell_rings_for_the_drain_after_a_silence(monkeypatch):
    moments = iter([10.0, 11.0, 11.9, 12.8, 13.8])
    monkeypatch.setattr(bell, "monotonic", lambda: next(moments))
    ours = Bell()

    rings = [ours.ring() for _ in range(4)]

    assert [ring is not None for ring in rings] == [True, False, False, True]
    for ring in filter(None, rings):
        ring.join()
    assert [one.slice_name for one in Doorbell.objects.all()] == ["contacts.drain"]
    assert Doorbell.objects.get().rung_at


def test_bell_that_can_not_be_rung_stops_nobody(monkeypatch, caplog):
    def fail(name):
        raise OperationalError("away")

    monkeypatch.setattr(bell, "ring_now", fail)

    Bell().ring().join()

    assert "The drain can not be rung for" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "rung"),
    [("POST", "/v1/m", 1), ("OPTIONS", "/v1/t", 0), ("POST", "/elsewhere", 0)],
)
def test_only_what_was_taken_rings(method, path, rung):
    class Counter:
        count = 0

        def ring(self):
            self.count += 1

    site = Dispatcher(lambda environ, start: [b""])
    site.bell = Counter()

    site({"REQUEST_METHOD": method, "PATH_INFO": path}, lambda *told: None)

    assert site.bell.count == rung
