"""Delays, exact and by the calendar."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.asks.holds import Candidate
from campaigns.flows.edits import new_step
from campaigns.steps.base import Batch
from campaigns.steps.delay import DelayStep
from tests.factories.campaigns import make_campaign, make_contact

pytestmark = pytest.mark.django_db

# The day before the clock goes forward in Berlin, and back in Sydney.
SATURDAY = datetime(2026, 3, 28, 8, tzinfo=UTC)


def due(step, *zones, now=SATURDAY):
    campaign = make_campaign(
        steps=[step], state="running", settings={"time_zone": "Asia/Tokyo"}
    )
    contacts = [make_contact(time_zone=zone) for zone in zones or [""]]
    candidates = [Candidate(contact.pk, contact.pk, 0, 0) for contact in contacts]
    outcomes = DelayStep().run(
        Batch(campaign, campaign.published, step, candidates, now)
    )
    by_contact = {
        one.contact_id: outcome.due_at
        for outcome in outcomes
        for one in outcome.candidates
    }
    return [by_contact[contact.pk] for contact in contacts]


@pytest.mark.parametrize(
    ("amount", "unit", "length"),
    [
        (90, "minutes", timedelta(minutes=90)),
        (5, "hours", timedelta(hours=5)),
        (1, "days", timedelta(hours=24)),
    ],
)
def test_exact_units_do_not_know_the_clock(amount, unit, length):
    step = new_step("delay", amount=amount, unit=unit)

    assert due(step, "Europe/Berlin") == [SATURDAY + length]


def test_calendar_days_keep_the_wall_time_of_each_zone():
    step = new_step("delay", amount=1, unit="calendar_days")

    assert due(step, "Europe/Berlin", "America/New_York", "", "Mars/Olympus") == [
        SATURDAY + timedelta(hours=23),
        SATURDAY + timedelta(hours=24),
        SATURDAY + timedelta(hours=24),
        SATURDAY + timedelta(hours=24),
    ]


def test_calendar_days_end_at_a_time_of_day_where_the_contact_lives():
    step = new_step("delay", amount=1, unit="calendar_days", at="09:00")

    assert due(step, "Europe/Berlin", "Pacific/Auckland", "") == [
        datetime(2026, 3, 29, 7, tzinfo=UTC),
        datetime(2026, 3, 28, 20, tzinfo=UTC),
        datetime(2026, 3, 29, 0, tzinfo=UTC),
    ]


def test_a_time_that_the_clock_leaves_out_is_the_first_valid_one_after():
    step = new_step("delay", amount=1, unit="calendar_days", at="02:30")

    assert due(step, "Europe/Berlin") == [datetime(2026, 3, 29, 1, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"amount": 1, "unit": "days"}, "Wait 1 day"),
        ({"amount": 3, "unit": "hours"}, "Wait 3 hours"),
        (
            {"amount": 2, "unit": "calendar_days", "at": "09:00"},
            "Wait 2 calendar days, until 09:00 where the contact lives",
        ),
    ],
)
def test_describe(values, sentence):
    assert DelayStep().describe(new_step("delay", **values)) == sentence
