"""What each guardrail costs, and what it may have saved."""

from datetime import timedelta

import pytest

from campaigns.models import Ask, Hold, MessageFact
from campaigns.reports.people import find_people
from campaigns.reports.period import read_period
from campaigns.reports.prices import price_guardrails
from campaigns.statistics import Rate
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_campaign,
    make_enrollment,
    make_message,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
PERIOD = read_period("90", now=NOW)


@pytest.fixture
def campaign():
    return make_campaign(name="Autumn", state="running")


def hold(enrollment, reason="open_ticket", *, days=5, visit=0):
    return Hold.objects.create(
        contact_id=enrollment.contact_id,
        campaign_id=enrollment.campaign_id,
        enrollment_id=enrollment.pk,
        step_key="ask",
        visit=visit,
        reason=reason,
        held_at=NOW - days * DAY,
        then="wait",
    )


def lose(campaign, reason="open_ticket", **changes):
    gone = make_enrollment(campaign, state="exited", due_at=None)
    hold(gone, reason, **changes)
    return gone


def ask_later(campaign, reason="open_ticket", *, complained=False):
    enrollment = make_enrollment(campaign, visit=1)
    hold(enrollment, reason)
    ask = make_ask(
        campaign, enrollment=enrollment, visit=0, delivered_at=NOW, asked_at=NOW
    )
    if complained:
        message = make_message(ask)
        MessageFact.objects.create(
            contact_id=ask.contact_id,
            message_id=message.pk,
            kind="complained",
            happened_at=NOW,
            noted_at=NOW,
            source="test",
            key=str(message.pk),
        )
    return enrollment


def told():
    return [
        (one.reason, one.lost, one.delayed, one.waits, one.held)
        for one in price_guardrails(PERIOD)
    ]


def people(campaign, word):
    rows = find_people(campaign, word, PERIOD).rows
    return {row["contact_id"] for row in rows}


def test_each_held_ask_has_one_fate_and_opens_its_people(campaign):
    lost = lose(campaign)
    delayed = ask_later(campaign)
    waiting = make_enrollment(campaign)
    hold(waiting)
    lose(campaign, days=91)

    assert told() == [("open_ticket", 1, 1, 1, 3)]
    for word, enrollment in (("lost", lost), ("delayed", delayed), ("waits", waiting)):
        assert people(campaign, f"{word}:open_ticket") == {enrollment.contact_id}
    assert people(campaign, "lost:cap") == set()


def test_an_ask_counts_once_for_the_guardrail_that_held_it_last(campaign):
    lost = lose(campaign, "snoozed", days=9)
    hold(lost, "open_ticket", days=8)
    hold(lost, "cap", days=4)

    assert told() == [("cap", 1, 0, 0, 1)]


def test_an_ask_that_went_back_to_the_budget_was_not_made(campaign):
    enrollment = ask_later(campaign)
    Ask.objects.filter(enrollment_id=enrollment.pk).update(refunded_at=NOW)

    assert told() == [("open_ticket", 1, 0, 0, 1)]


def test_yes_that_are_forgone_come_from_asks_that_are_old_enough(campaign):
    lose(campaign)
    old = NOW - 40 * DAY
    for number in range(30):
        said = {"intent_at": old, "answer": "yes"} if number < 6 else {}
        make_ask(campaign, asked_at=old, delivered_at=old, **said)
    make_ask(campaign, asked_at=NOW - DAY, delivered_at=NOW - DAY)

    [price] = price_guardrails(PERIOD)

    assert price.yes_rate == Rate(6, 30)
    yes, low, high = price.forgone
    assert yes == pytest.approx(0.2)
    assert (round(low, 2), round(high, 2)) == (0.10, 0.37)
    assert price.prevented is None


def test_of_few_asks_nothing_is_said(campaign):
    lose(campaign)
    make_ask(campaign, asked_at=NOW - 40 * DAY, delivered_at=NOW - 40 * DAY)

    [price] = price_guardrails(PERIOD)

    assert (price.yes_rate, price.forgone) == (Rate(0, 1), None)


def test_complaints_come_from_asks_that_were_delayed(campaign):
    for _ in range(2):
        lose(campaign)
    for number in range(30):
        ask_later(campaign, complained=number < 3)

    [price] = price_guardrails(PERIOD)

    assert price.complaint_rate == Rate(3, 30)
    assert price.prevented[0] == pytest.approx(0.2)
