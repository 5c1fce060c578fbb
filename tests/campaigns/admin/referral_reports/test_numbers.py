"""Each number of a report opens exactly its people, and they are exported."""

import csv
import re
from datetime import timedelta
from html import unescape
from io import StringIO
from random import Random
from urllib.parse import unquote, urlsplit

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.reports.referrals.filters import read_filters
from campaigns.reports.referrals.people import find_people
from contacts.events import Fact, record
from referrals.event_names import LINK_SHARED
from referrals.models import (
    Advocate,
    FraudDecision,
    FraudFinding,
    Referral,
    Reward,
    RewardBudget,
)
from referrals.money import say_money
from referrals.rewards.budgets import granted_minor
from tests.factories.campaigns import NOW, make_ask, make_campaign
from tests.factories.contacts import make_user
from tests.factories.referral_reports import Months, make_visits

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a class="rr-number" href="([^"]+)">([^<]+)</a>')
PLAIN = re.compile(r'<span class="rr-number">([^<]*)</span>')
CELL = re.compile(r'<td class="gl-number">(.*?)</td>', re.DOTALL)
PAGES = {
    "campaigns_funnel": (
        "period=all&by=locale",
        "period=all&by=campaign&count=raw",
        "period=all&by=program_id&channel=email",
    ),
    "campaigns_yes_rate": ("period=all", "period=90&channel=-"),
    "campaigns_yes_people": ("period=all",),
    "campaigns_timing": ("period=all",),
    "campaigns_money": ("period=all", "period=90"),
    "campaigns_leaders": ("period=all",),
    "campaigns_fraud_report": ("period=all",),
}
# What each page must open at least, so that no part of it is left out.
KINDS = {
    "campaigns_funnel": {
        *("ask", "raw", "grade", "maturing", "friend", "source", "fraud", "visit"),
        "answer",
    },
    "campaigns_yes_rate": {"ask", "answer", "harm"},
    "campaigns_yes_people": {"person"},
    "campaigns_timing": {"took", "moment"},
    "campaigns_money": {"friend", "order", "reward"},
    "campaigns_leaders": {"leader"},
    "campaigns_fraud_report": {"fraud", "check", "decision", "reward"},
}


@pytest.fixture
def marketer(client):
    client.force_login(make_user(is_superuser=True))
    return client


@pytest.fixture
def happened():
    """Some months, with visits, shares, decisions, budgets and a reward that waits."""
    chance = Random(11)
    months = Months(chance, asks=150, people=40)
    for advocate in Advocate.objects.order_by("pk")[:3]:
        make_visits(chance, advocate, number=12, days=80)
    record(
        Fact(
            advocate.contact_id,
            LINK_SHARED,
            NOW - timedelta(days=3),
            "shared",
            {"program_id": advocate.program_id, "channel": "copy"},
        ),
        now=NOW,
    )
    FraudFinding.objects.update(is_shadow=False)
    for place, referral in enumerate(Referral.objects.order_by("pk")[:5]):
        FraudFinding.objects.create(
            contact_id=referral.contact_id,
            referral_id=referral.pk,
            program_id=referral.program_id,
            check_kind="ring",
            action="score",
            score=10,
            is_shadow=place == 0,
            found_at=NOW,
        )
        FraudDecision.objects.create(
            contact_id=referral.contact_id,
            referral_id=referral.pk,
            program_id=referral.program_id,
            verdict="approved",
            reason="household",
            decided_at=NOW,
        )
    held = Referral.objects.filter(
        pk__in=Reward.objects.filter(state="on_hold").values("referral_id")
    )
    held.update(fraud_state="held")
    delivered = Reward.objects.filter(state="fulfilled")
    Reward.objects.filter(pk=delivered.first().pk).update(
        state="pending", amount_minor=0, wanted_minor=700
    )
    for program in months.programs:
        granted = granted_minor(program_id=program.pk, currency="USD")
        RewardBudget.objects.create(
            program=program,
            currency="USD",
            amount_minor=granted + 900,
            booked_minor=granted,
        )
    return months


def open_number(link):
    """Find the people that a link of a page leads to."""
    parts = urlsplit(unescape(link))
    group = unquote(parts.path.removesuffix("/").rpartition("/")[2])
    filters = read_filters(QueryDict(parts.query).dict(), now=timezone.now())
    return group, find_people(filters, group, zone=timezone.get_current_timezone())


def sum_of(people):
    """Add up what the rows say, as the page of the number does."""
    sums = {}
    for row in people.rows:
        sums[row["currency"]] = sums.get(row["currency"], 0) + row["sum_minor"]
    return [say_money(total, currency) for currency, total in sorted(sums.items())]


def test_every_number_opens_exactly_its_people(marketer, happened):
    told, found, kinds, plain = [], [], {}, []
    for name, query in [(one, query) for one in PAGES for query in PAGES[one]]:
        words = marketer.get(f"{reverse(f'admin:{name}')}?{query}").content.decode()
        for link, text in LINK.findall(words):
            group, people = open_number(link)
            kinds.setdefault(name, set()).add(group.partition(":")[0])
            is_money = re.fullmatch(r"[\d,]+", text) is None
            told.append((name, query, group, unescape(text)))
            opened = sum_of(people) if is_money else [f"{people.rows.count():,}"]
            found.append((name, query, group, ", ".join(opened)))
        plain += [(name, text) for text in PLAIN.findall(words)]
        plain += [
            (name, cell)
            for cell in CELL.findall(words)
            if "rr-number" not in cell and "%" not in cell and " of " not in cell
        ]

    assert found == told
    assert {name: KINDS[name] - kinds[name] for name in PAGES} == dict.fromkeys(
        PAGES, set()
    )
    assert [text for text in plain if re.search(r"[1-9]", text[1])] == []


def test_people_of_a_number_are_exported_one_row_each(marketer, happened):
    for group, is_money in (("visit:human", False), ("order:all:USD", True)):
        link = f"{reverse('admin:campaigns_referral_people', args=[group])}?period=all"

        page = marketer.get(link)
        reply = marketer.get(f"{link}&format=csv")

        header, *rows = csv.reader(StringIO(reply.getvalue().decode("utf-8-sig")))
        assert len(rows) == page.context["page_obj"].paginator.count
        assert ("Amount" in header) == is_money
    amounts = [float(row[header.index("Amount")]) for row in rows]
    assert page.context["sums"] == [f"${sum(amounts):,.2f}"]
    assert page.context["sums"][0] in page.content.decode()


@pytest.mark.parametrize(
    "group",
    [
        "maturing:x",
        "person:x",
        "check:ring:x",
        "visit:x",
        "leader:x:won",
        "leader:999999:won",
        "order:x:USD",
        "order:all:USD@soon",
        "order:all:USD@1990-01-01",
        "reward:cost:USD@1990-01-01",
    ],
)
def test_number_that_no_report_has_is_not_found(marketer, group):
    link = reverse("admin:campaigns_referral_people", args=[group])

    assert marketer.get(f"{link}?period=all").status_code == 404


def test_first_week_of_all_time_has_what_was_before(marketer):
    """No more than two years are drawn; what is older counts in the first week."""
    now = timezone.now()
    campaign = make_campaign(state=Campaign.State.RUNNING)
    for days in (1, 730, 1_100):
        at = now - timedelta(days=days)
        make_ask(campaign, asked_at=at, delivered_at=at, intent_at=at)

    link = f"{reverse('admin:campaigns_yes_rate')}?period=all"
    words = marketer.get(link).content.decode()

    of_weeks = {}
    for address, text in LINK.findall(words):
        group, people = open_number(address)
        if group.startswith("answer:yes@"):
            of_weeks[text] = people.rows.count()
    assert of_weeks == {"2": 2, "1": 1}


@pytest.mark.parametrize("period", ["30", "all"])
def test_columns_of_money_add_up_to_its_cards(marketer, happened, period):
    link = f"{reverse('admin:campaigns_money')}?period={period}"

    context = marketer.get(link).context

    cards = {}
    for one in (*context["lines"], *context["more_lines"]):
        revenue, cost, owed = cards.get(one["line"].currency, (0, 0, 0))
        line = one["line"]
        cards[line.currency] = (
            revenue + line.revenue,
            cost + line.cost,
            owed + line.approved + line.held + line.waiting,
        )
    curves = [one["curve"] for one in (*context["curves"], *context["more_curves"])]
    assert {
        curve.currency: (
            sum(curve.revenue),
            sum(curve.cost),
            sum(curve.owed.values()),
        )
        for curve in curves
    } == cards
