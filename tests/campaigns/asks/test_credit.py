"""To which ask a share, a lead or a win belongs."""

from datetime import timedelta

import pytest

from campaigns.asks import credit
from campaigns.models import Ask
from contacts.events import Fact, record
from contacts.models import Reaction, WatchedEvent
from tests.factories.campaigns import NOW, make_ask, make_campaign, make_enrollment

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def watched():
    for name in credit.STAGES:
        WatchedEvent.objects.create(consumer=credit.CONSUMER, name=name)


def tell(ask, name, at, *, program=None, key=""):
    properties = {"program_id": program or ask.program_id}
    fact = Fact(ask.contact_id, name, at, key or f"{name}:{at}", properties)
    record(fact, now=at)


def stages(ask):
    ask.refresh_from_db()
    return (ask.invite_sent_at, ask.lead_at, ask.won_at)


def test_facts_are_credited_once():
    ask = make_ask(make_campaign(state="running"))
    tell(ask, "link_shared", NOW + WEEK)
    tell(ask, "referral_lead", NOW + 2 * WEEK)
    tell(ask, "referral_won", NOW + 3 * WEEK)

    first, second = credit.credit_asks(), credit.credit_asks()

    assert (first, second, Reaction.objects.count()) == (3, 0, 0)
    assert stages(ask) == (NOW + WEEK, NOW + 2 * WEEK, NOW + 3 * WEEK)


def test_the_first_time_counts_in_whatever_order_facts_arrive():
    ask = make_ask(make_campaign(state="running"))
    tell(ask, "link_shared", NOW + 2 * WEEK)
    credit.credit_asks()
    tell(ask, "link_visited", NOW + WEEK)
    tell(ask, "link_shared", NOW + 3 * WEEK)
    credit.credit_asks()

    assert stages(ask)[0] == NOW + WEEK


def test_a_fact_belongs_to_the_latest_ask_before_it():
    campaign = make_campaign(state="running")
    old = make_ask(campaign)
    new = make_ask(
        campaign,
        enrollment=make_enrollment(
            campaign, contact=old.contact, entry_key="episode:2", state="completed"
        ),
        asked_at=NOW + 2 * WEEK,
    )
    tell(old, "referral_lead", NOW + WEEK)
    tell(old, "referral_won", NOW + 3 * WEEK)

    credit.credit_asks()

    assert stages(old) == (None, NOW + WEEK, None)
    assert stages(new) == (None, None, NOW + 3 * WEEK)


@pytest.mark.parametrize(
    ("at", "is_credited"),
    [
        (NOW - timedelta(seconds=1), False),
        (NOW, True),
        (NOW + timedelta(days=90) - timedelta(seconds=1), True),
        (NOW + timedelta(days=90), False),
    ],
)
def test_an_ask_is_credited_for_ninety_days(at, is_credited):
    ask = make_ask(make_campaign(state="running"))
    tell(ask, "referral_lead", at)

    credit.credit_asks()

    assert stages(ask)[1] == (at if is_credited else None)


def test_other_programs_and_refunded_asks_get_nothing():
    ask = make_ask(make_campaign(state="running"))
    tell(ask, "referral_lead", NOW + WEEK, program=ask.program_id + 1)
    credit.credit_asks()
    other_program = stages(ask)
    Ask.objects.update(refunded_at=NOW)
    tell(ask, "referral_won", NOW + WEEK)
    credit.credit_asks()

    assert (other_program, stages(ask)) == ((None,) * 3, (None,) * 3)


def test_facts_are_there_again_if_crediting_fails(monkeypatch):
    ask = make_ask(make_campaign(state="running"))
    tell(ask, "referral_lead", NOW + WEEK)
    monkeypatch.setattr(credit, "CREDIT", "SELECT 1 / 0")

    with pytest.raises(Exception, match="division by zero"):
        credit.credit_asks()

    assert Reaction.objects.count() == 1
