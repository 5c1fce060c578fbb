"""How often somebody may ask."""

import pytest

from campaigns.views import limits
from campaigns.views.limits import Pace


@pytest.fixture
def clock(monkeypatch):
    at = [100.0]
    monkeypatch.setattr(limits, "monotonic", lambda: at[0])
    return at


def test_some_at_once_and_then_so_many_each_second(clock):
    pace = Pace(per_second=0.5, at_once=2)

    assert [pace.wait_for("a") for _ in range(4)] == [0, 0, 2, 2]
    assert pace.wait_for("b") == 0
    clock[0] += 2
    assert [pace.wait_for("a"), pace.wait_for("a")] == [0, 2]
    clock[0] += 1_000
    assert [pace.wait_for("a") for _ in range(3)] == [0, 0, 2]


def test_no_more_are_remembered_than_fit(clock):
    pace = Pace(per_second=1, at_once=2)
    pace.most_keys = 3
    for key in "abc":
        pace.wait_for(key)
    clock[0] += 2
    pace.wait_for("d")
    assert set(pace.left) == {"d"}

    for key in "efg":
        pace.wait_for(key)
    assert set(pace.left) == {"g"}
