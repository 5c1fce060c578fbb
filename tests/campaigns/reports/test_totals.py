from datetime import UTC, timedelta

import pytest

from campaigns.models import Campaign, Message
from campaigns.reports.period import read_period
from campaigns.reports.totals import (
    HomeNumbers,
    latest_asks,
    total_campaigns,
    total_home,
)
from campaigns.reports.unsent import unsent_in_period
from campaigns.statistics import Rate
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_enrollment,
    make_message,
)
from tests.factories.connections import make_webhook

pytestmark = pytest.mark.django_db


def test_total_campaigns_gives_each_its_own_numbers(django_assert_num_queries):
    busy = make_campaign(state=Campaign.State.RUNNING)
    idle = make_campaign(state=Campaign.State.RUNNING)
    make_ask(busy, delivered_at=NOW, won_at=NOW)
    make_ask(busy, delivered_at=NOW)
    make_ask(busy, asked_at=NOW - timedelta(days=40), delivered_at=NOW)
    make_enrollment(idle)

    period = read_period("30", now=NOW + timedelta(hours=1))
    with django_assert_num_queries(6):
        totals = total_campaigns(period, campaigns=[busy, idle])

    assert [
        (line.inside, line.delivered, line.yes, line.lead, line.won) for line in totals
    ] == [(3, 2, 1, 1, 1), (1, 0, 0, 0, 0)]
    assert totals[0].yes_rate == Rate(1, 2)


def test_total_home_counts_today_in_the_zone_and_two_spans_of_thirty_days():
    campaign = make_campaign(state=Campaign.State.RUNNING)
    ask = make_ask(campaign, delivered_at=NOW, won_at=NOW)
    earlier = NOW - timedelta(days=40)
    make_ask(campaign, asked_at=earlier, delivered_at=earlier)
    midnight = NOW.replace(hour=0)
    accepted = {"state": Message.State.ACCEPTED}
    make_message(ask, **accepted, finished_at=midnight, visit=2)
    make_message(ask, **accepted, finished_at=midnight - timedelta(seconds=1), visit=3)
    make_message(ask, state=Message.State.UNKNOWN, visit=4)
    make_message(ask, visit=5)

    numbers = total_home(now=NOW + timedelta(minutes=1), zone=UTC)

    assert numbers == HomeNumbers(
        sent_today=1,
        waiting=1,
        unknown=1,
        yes_rate=Rate(1, 1),
        yes_rate_before=Rate(0, 1),
        leads=1,
        won=1,
    )


def test_latest_asks_come_newest_first(django_assert_num_queries):
    campaign = make_campaign(state=Campaign.State.RUNNING)
    old = make_ask(campaign, asked_at=NOW - timedelta(days=1))
    new = make_ask(campaign)
    make_ask(campaign, asked_at=NOW - timedelta(days=2))

    with django_assert_num_queries(1):
        found = [(ask, ask.contact.email, ask.campaign.name) for ask in latest_asks(2)]

    assert [row[0] for row in found] == [new, old]


@pytest.mark.parametrize("state", ["queued", "accepted", "unknown", "failed"])
def test_what_other_systems_are_told_is_no_message_to_anybody(state):
    message = make_webhook()
    Message.objects.update(state=state, finished_at=NOW)

    home = total_home(now=NOW, zone=UTC)
    period = read_period("30", now=NOW + timedelta(hours=1))
    unsent = unsent_in_period(period, campaign=message.campaign)

    assert (home.sent_today, home.waiting, home.unknown) == (0, 0, 0)
    assert not unsent.exists()
