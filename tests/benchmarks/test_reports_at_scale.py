"""
What the server takes for each report over a million asks and ten million visits.

From the request to the rendered page; the cheapest of some tries, once warm. The limit is one
second. Visits of days that are over are counted once, as a worker does it each night, and what
that costs is told beside. ``GREENLIGHT_BENCHMARK_REPORT_ASKS`` and ``…_VISITS`` set the sizes.
"""

import os

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from referrals.visit_counts import keep_count
from tests.benchmarks.meter import measure
from tests.benchmarks.referral_year import make_year
from tests.benchmarks.report import report
from tests.factories.campaigns import make_campaign
from tests.factories.contacts import make_user

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

ASKS = int(os.environ.get("GREENLIGHT_BENCHMARK_REPORT_ASKS", "1000000"))
VISITS = int(os.environ.get("GREENLIGHT_BENCHMARK_REPORT_VISITS", "10000000"))
TRIES = 3
LIMIT = 1.0
PAGES = {
    "funnel": "campaigns_funnel",
    "Yes Rate": "campaigns_yes_rate",
    "Yes Rate, people": "campaigns_yes_people",
    "time to ask": "campaigns_timing",
    "revenue and rewards": "campaigns_money",
    "leaderboard": "campaigns_leaders",
    "fraud": "campaigns_fraud_report",
}


def cost_of(client, address):
    """The cheapest of some tries, warm."""

    def ask():
        assert client.get(address).status_code == 200, address

    ask()
    return min((measure(ask) for _ in range(TRIES)), key=lambda cost: cost.cpu)


def test_reports_over_a_year(client):
    campaigns = [make_campaign(state=Campaign.State.RUNNING) for _ in range(8)]
    now = timezone.now()
    make_year(campaigns, now=now, asks=ASKS, visits=VISITS)
    client.force_login(make_user(is_superuser=True))
    with connection.cursor() as cursor:
        # All that it costs is to be seen in this one backend.
        cursor.execute("SET max_parallel_workers_per_gather = 0")

    counting = measure(lambda: keep_count(now=now))
    report("visits of a year, counted once, CPU", 20, counting.cpu, f"{VISITS:,} rows")
    queries = {
        "all time": "period=all",
        "a channel": "period=all&channel=email",
        "90 days": "period=90",
    }
    for name, page in PAGES.items():
        for said, query in queries.items():
            cost = cost_of(client, f"{reverse(f'admin:{page}')}?{query}")
            note = f"{cost.wall * 1000:.0f} ms on the wall"
            report(f"report: {name}, {said}, CPU", LIMIT, cost.cpu, note)
