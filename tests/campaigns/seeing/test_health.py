"""What is late, what fails, and whether anybody is at work."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.seeing import health
from campaigns.seeing.health import examine
from contacts.background import Backlog, Slice, SliceState
from tests.factories.campaigns import make_ask, make_campaign, make_enrollment
from tests.factories.campaigns import make_message as make_message_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def slice_state(*, count=0, late=None, error="", answered=1, rung=2):
    piece = Slice("campaigns.test", "Do the work", "", lambda now: Backlog(0, None))
    oldest = NOW - timedelta(seconds=late) if late is not None else None
    return SliceState(
        piece=piece,
        backlog=Backlog(count, oldest),
        rung_at=NOW - timedelta(seconds=rung),
        answered_at=NOW - timedelta(seconds=answered),
        error=error,
        failed_at=NOW if error else None,
    )


@pytest.mark.parametrize(
    ("state", "word", "troubles"),
    [
        (slice_state(), "Nothing to do", ()),
        (slice_state(count=9, late=5), "At work", ()),
        (
            slice_state(count=9, late=7200),
            "Late",
            ("“Do the work” is late by 2 hours.",),
        ),
        (slice_state(error="Odd"), "Fails", ("“Do the work” fails: Odd",)),
        (
            slice_state(count=1, late=40, rung=10, answered=90),
            "At work",
            ("No worker answers, and work is due. Start “manage.py work”.",),
        ),
    ],
)
def test_each_kind_of_work_has_a_word(monkeypatch, state, word, troubles):
    monkeypatch.setattr(health, "states", lambda *, now: [state])

    found = examine(now=NOW)

    assert [one.word for one in found.slices] == [word]
    assert found.troubles == troubles
    assert found.is_healthy == (not troubles)


def test_what_needs_somebody_is_counted(monkeypatch):
    monkeypatch.setattr(health, "states", lambda *, now: [slice_state()])
    campaign = make_campaign(state="running")
    make_enrollment(campaign, state="failed", end_reason="error", ended_at=NOW)
    make_enrollment(campaign, attempts=1, error="ValueError: odd")
    make_message_of(make_ask(campaign), state="unknown", finished_at=NOW)

    found = examine(now=NOW)

    assert (found.failed, found.failing, found.unknown) == (1, 1, 1)
    assert found.troubles == (
        "1 person stands still because a step failed.",
        "1 message may or may not have arrived.",
    )
