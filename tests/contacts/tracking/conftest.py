import pytest

from contacts import sources
from contacts.tracking import refusals, take
from contacts.tracking.limits import Backlog, Limiter
from contacts.tracking.refusals import Valve


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch):
    """No test waits for what another one sent, or knows its keys."""
    monkeypatch.setattr(take, "limiter", Limiter())
    monkeypatch.setattr(take, "backlog", Backlog())
    monkeypatch.setattr(refusals, "valve", Valve())
    sources.forget_keys()
