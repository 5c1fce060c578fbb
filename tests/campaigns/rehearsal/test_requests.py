"""What may be asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.emails.starters import starter_content
from campaigns.flows.edits import new_step
from campaigns.rehearsal import running
from campaigns.rehearsal.running import (
    NoSuchPeriod,
    NotRehearsable,
    request_rehearsal,
)
from contacts.models.work import WorkState
from tests.factories.campaigns import make_campaign

pytestmark = pytest.mark.django_db

STARTS = datetime(2026, 4, 6, tzinfo=UTC)
ENDS = STARTS + timedelta(days=3)
NOW = ENDS + timedelta(days=1)
HOUR = timedelta(hours=1)


def draft():
    content = starter_content("thank_you")
    step = new_step("email", key="ask", name="Invite", content=content)
    trigger = {"kind": "event", "event": {"name": "order_completed", "filters": []}}
    return make_campaign(name="Mine", steps=[step], trigger=trigger)


def request(campaign, **changes):
    values = {"starts_at": STARTS, "ends_at": ENDS, "user": None, "now": NOW}
    return request_rehearsal(campaign=campaign, **values | changes)


def test_a_later_request_stops_an_earlier_one():
    campaign = draft()
    first = request(campaign)
    second = request(campaign)

    first.refresh_from_db()
    assert (first.state, second.state) == (WorkState.CANCELED, WorkState.QUEUED)
    assert running.is_waiting(NOW)


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [(ENDS, STARTS), (STARTS, NOW + HOUR), (STARTS - timedelta(days=400), ENDS)],
)
def test_a_period_that_can_not_be_lived_through_is_refused(starts_at, ends_at):
    with pytest.raises(NoSuchPeriod):
        request(draft(), starts_at=starts_at, ends_at=ends_at)


def test_a_draft_with_errors_is_refused():
    campaign = make_campaign(steps=[new_step("branch", key="b", name="Pro?")])

    with pytest.raises(NotRehearsable):
        request(campaign)
