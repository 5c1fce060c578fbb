from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from campaigns.models import Ask, Campaign
from campaigns.reports.daily import Day, count_days, group_by_week
from tests.factories.campaigns import make_ask, make_campaign

pytestmark = pytest.mark.django_db


def test_days_are_those_of_the_zone_and_have_no_gaps():
    campaign = make_campaign(state=Campaign.State.RUNNING)
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    make_ask(campaign, asked_at=late, delivered_at=late, won_at=late)
    last = datetime(2026, 3, 4, 12, tzinfo=UTC)
    make_ask(campaign, asked_at=last, delivered_at=last)

    days = count_days(Ask.objects.all(), zone=ZoneInfo("Europe/Berlin"))

    assert days == [
        Day(date(2026, 3, 2), 1, 1, 1, 1),
        Day(date(2026, 3, 3), 0, 0, 0, 0),
        Day(date(2026, 3, 4), 1, 0, 0, 0),
    ]


def test_no_asks_have_no_days():
    assert count_days(Ask.objects.all(), zone=UTC) == []


def test_weeks_begin_on_monday_and_keep_the_sums():
    days = [
        Day(date(2026, 3, 1), 1, 1, 0, 0),
        Day(date(2026, 3, 2), 2, 1, 1, 0),
        Day(date(2026, 3, 8), 3, 0, 0, 0),
    ]

    assert group_by_week(days) == [
        Day(date(2026, 2, 23), 1, 1, 0, 0),
        Day(date(2026, 3, 2), 5, 1, 1, 0),
    ]
