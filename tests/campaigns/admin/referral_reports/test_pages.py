"""Each page shows its numbers to who may see them, narrowed as the address says."""

import csv
from io import StringIO
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Answer, Campaign
from tests.factories.campaigns import make_ask, make_campaign, make_contact
from tests.factories.contacts import make_user
from tests.factories.referral_reports import Months

pytestmark = pytest.mark.django_db

PAGES = (
    "campaigns_funnel",
    "campaigns_yes_rate",
    "campaigns_yes_people",
    "campaigns_timing",
    "campaigns_money",
    "campaigns_leaders",
    "campaigns_fraud_report",
)
MAY_READ = ("campaigns.view_campaign", "referrals.view_referral")


def address_of(name, query="period=all", *args):
    return f"{reverse(f'admin:{name}', args=args)}?{query}"


@pytest.fixture
def marketer(client):
    client.force_login(make_user(is_superuser=True))
    return client


@pytest.fixture
def asked():
    """Two asks of one campaign: a yes by mail in English, and one in the product in Thai."""
    campaign = make_campaign(name="Autumn", state=Campaign.State.RUNNING)
    now = timezone.now()
    ada = make_contact(first_name="Ada", last_name="=Lovelace")
    known = {"asked_at": now, "delivered_at": now}
    make_ask(
        campaign,
        contact=ada,
        **known,
        intent_at=now,
        answer=Answer.YES,
        channel="email",
        locale="en",
        moment_at=now,
    )
    make_ask(campaign, **known, channel="in_app", locale="th")
    return campaign


@pytest.mark.parametrize("name", PAGES)
def test_page_is_for_who_may_see_reports(client, name):
    client.force_login(make_user("campaigns.view_campaign"))
    refused = client.get(address_of(name)).status_code
    client.force_login(make_user(*MAY_READ, "contacts.view_contact"))
    allowed = client.get(address_of(name)).status_code

    assert (refused, allowed) == (403, 200)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("campaigns_funnel", "Nothing happened in this time"),
        ("campaigns_yes_rate", "No ask arrived in this time"),
        ("campaigns_timing", "No ask arrived after a moment"),
        ("campaigns_money", "No money has moved in this time"),
        ("campaigns_leaders", "No friend joined in this time"),
        ("campaigns_fraud_report", "No friend joined in this time"),
    ],
)
def test_page_without_anything_says_so(marketer, name, words):
    reply = marketer.get(address_of(name))

    assert words in reply.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_page_takes_as_many_queries_for_more_rows(marketer, name):
    counts = []
    for seed in (1, 2):
        Months(Random(seed), asks=40, people=15)
        marketer.get(address_of(name))
        with CaptureQueriesContext(connection) as seen:
            marketer.get(address_of(name))
        # A hop through the index for each language, a name of each program.
        counts.append(len(seen))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", PAGES[:2] + PAGES[3:])
def test_page_is_exported(marketer, name):
    Months(Random(4), asks=60, people=15)

    reply = marketer.get(address_of(name, "period=all&format=csv"))

    rows = list(csv.reader(StringIO(reply.getvalue().decode("utf-8-sig"))))
    assert len(rows) > 2
    assert {len(row) for row in rows} == {len(rows[0])}


def test_few_asks_are_told_as_counts(marketer, asked):
    words = marketer.get(address_of("campaigns_yes_rate")).content.decode()

    assert "1 of 2" in words
    assert "50%" not in words


def test_filters_narrow_the_funnel(marketer, asked):
    queries = {
        "all": "period=all",
        "by channel": "period=all&channel=email",
        "by language": "period=all&locale=th",
        "by campaign": f"period=all&campaign={asked.pk}",
        "by another": f"period=all&campaign={asked.pk + 1}",
        "by program": f"period=all&program={asked.program_id}",
        "by nothing known": "period=all&channel=-",
        "by nonsense": "period=all&campaign=x&program=-1",
    }

    counts = {
        name: marketer.get(address_of("campaigns_funnel", query))
        .context["funnel"]
        .counts.delivered
        for name, query in queries.items()
    }

    assert counts == {
        "all": 2,
        "by channel": 1,
        "by language": 1,
        "by campaign": 2,
        "by another": 0,
        "by program": 2,
        "by nothing known": 0,
        "by nonsense": 2,
    }


def test_funnel_is_taken_apart(marketer, asked):
    reply = marketer.get(address_of("campaigns_funnel", "period=all&by=locale"))

    assert [
        (part["name"], part["counts"].delivered) for part in reply.context["parts"]
    ] == [("English", 1), ("Thai", 1)]


def test_number_opens_its_people_with_the_same_filters(marketer, asked):
    page = address_of("campaigns_funnel", "period=all&channel=email")
    link = address_of(
        "campaigns_referral_people", "period=all&amp;channel=email", "ask:intent"
    )

    words = marketer.get(page).content.decode()
    people = marketer.get(link.replace("&amp;", "&")).context["page_obj"]

    assert link in words
    assert [row["contact__first_name"] for row in people] == ["Ada"]


def test_people_are_searched_and_exported_without_formulas(marketer, asked):
    found = address_of(
        "campaigns_referral_people_results", "period=all&q=lov", "ask:delivered"
    )
    exported = address_of(
        "campaigns_referral_people", "period=all&format=csv", "answer:yes"
    )

    words = marketer.get(found.replace("q=lov", "q=%3Dlov")).content.decode()
    rows = list(
        csv.reader(StringIO(marketer.get(exported).getvalue().decode("utf-8-sig")))
    )

    assert "Ada" in words
    assert [row[:2] for row in rows[1:]] == [["Ada", "'=Lovelace"]]


@pytest.mark.parametrize(
    "group",
    [
        "nothing",
        "ask:nothing",
        "answer:never@soon",
        "took:nothing",
        "moment:x",
        "friend:x",
        "source:x",
        "fraud:x",
        "reward:x",
        "grade:x",
    ],
)
def test_number_that_does_not_exist_is_not_found(marketer, group):
    reply = marketer.get(address_of("campaigns_referral_people", "period=all", group))

    assert reply.status_code == 404


@pytest.mark.parametrize("kind", ["cost", "approved", "held", "waiting", "owed_back"])
def test_rewards_open_their_people(marketer, kind):
    Months(Random(5), asks=10, people=30)
    reply = marketer.get(
        address_of("campaigns_referral_people", "period=all", f"reward:{kind}:USD")
    )

    assert reply.status_code == 200


def test_who_may_not_see_people_reads_plain_numbers(client, asked):
    client.force_login(make_user(*MAY_READ))

    words = client.get(address_of("campaigns_funnel")).content.decode()

    assert "/people/" not in words
