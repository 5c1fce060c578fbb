from datetime import timedelta

import pytest

from campaigns.models import Answer, Campaign
from campaigns.reports.funnel import count_funnel
from campaigns.reports.groups import GROUPS, asks_in_period, count_groups
from campaigns.reports.period import read_period
from tests.factories.campaigns import NOW, make_ask, make_campaign

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
PERIOD = read_period("all", now=NOW + timedelta(days=1))


@pytest.fixture
def campaign():
    return make_campaign(state=Campaign.State.RUNNING)


def count(campaign, *words):
    counts = count_groups(asks_in_period(PERIOD, campaign=campaign))
    return [counts[word] for word in words]


def test_a_later_fact_counts_for_every_earlier_stage(campaign):
    make_ask(campaign, won_at=LATER)

    counts = count(
        campaign, "delivered", "viewed", "intent", "invite_sent", "lead", "won"
    )

    assert counts == [1, 1, 1, 1, 1, 1]


def test_an_ask_without_facts_is_asked_and_nothing_else(campaign):
    make_ask(campaign)

    counts = count_groups(asks_in_period(PERIOD, campaign=campaign))

    assert counts == {word: int(word == "asked") for word in GROUPS}


def test_answers_add_up_to_the_delivered_asks(campaign):
    delivered = {"delivered_at": NOW, "answered_at": LATER}
    make_ask(campaign, **delivered, answer=Answer.YES, intent_at=LATER)
    make_ask(campaign, **delivered, answer=Answer.NOT_NOW)
    make_ask(campaign, **delivered, answer=Answer.NEVER)
    make_ask(campaign, delivered_at=NOW)
    make_ask(campaign)

    counts = count(campaign, "delivered", "yes", "not_now", "never", "no_answer")

    assert counts == [4, 1, 1, 1, 1]


def test_a_yes_after_not_now_is_a_yes(campaign):
    make_ask(campaign, delivered_at=NOW, answer=Answer.NOT_NOW, intent_at=LATER)

    assert count(campaign, "yes", "not_now") == [1, 0]


@pytest.mark.parametrize(("days", "yes", "no_answer"), [(30, 1, 0), (31, 0, 1)])
def test_a_yes_counts_for_thirty_days_after_delivery(campaign, days, yes, no_answer):
    make_ask(campaign, delivered_at=NOW, intent_at=NOW + timedelta(days=days))

    assert count(campaign, "intent", "yes", "no_answer") == [1, yes, no_answer]


def test_an_ask_that_went_back_to_the_budget_was_none(campaign):
    make_ask(campaign, refunded_at=LATER)

    assert count(campaign, "asked") == [0]


def test_a_period_takes_the_asks_made_in_it(campaign):
    make_ask(campaign, asked_at=NOW - timedelta(days=8), delivered_at=NOW)
    make_ask(campaign, asked_at=NOW - timedelta(days=6), delivered_at=NOW)

    counts = [
        asks_in_period(read_period(word, now=NOW), campaign=campaign).count()
        for word in ("7", "30", "all", "nonsense")
    ]

    assert counts == [1, 2, 2, 2]


def test_funnel_gives_rates_of_delivered_and_of_the_stage_before(campaign):
    make_ask(campaign, delivered_at=NOW, intent_at=LATER)
    make_ask(campaign, delivered_at=NOW, viewed_at=LATER)
    make_ask(campaign, delivered_at=NOW)
    make_ask(campaign)

    funnel = count_funnel(asks_in_period(PERIOD, campaign=campaign), now=LATER)

    assert funnel.asked == 4
    assert [
        (row.group.word, row.count, row.of_delivered.total, row.of_previous.total)
        for row in funnel.stages
    ] == [
        ("delivered", 3, 3, 4),
        ("viewed", 2, 3, 3),
        ("intent", 1, 3, 2),
        ("invite_sent", 0, 3, 1),
        ("lead", 0, 3, 0),
        ("won", 0, 3, 0),
    ]
    assert (funnel.yes_rate.count, funnel.yes_rate.total) == (1, 3)
    assert funnel.maturing == 2


def test_an_unanswered_ask_is_mature_after_thirty_days(campaign):
    make_ask(campaign, delivered_at=NOW)
    asks = asks_in_period(PERIOD, campaign=campaign)

    young = count_funnel(asks, now=NOW + timedelta(days=29)).maturing
    old = count_funnel(asks, now=NOW + timedelta(days=31)).maturing

    assert (young, old) == (1, 0)
