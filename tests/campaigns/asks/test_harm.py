"""What an ask may have done harm to, and how sure we are of sharing."""

from datetime import timedelta

import pytest

from campaigns.asks import credit
from campaigns.asks.harm import mark_reaction
from campaigns.models import Ask, Campaign, Evidence, MessageFact
from contacts import events
from contacts.models import WatchedEvent
from tests.factories.campaigns import NOW, make_ask, make_campaign, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    WatchedEvent.objects.bulk_create(
        WatchedEvent(consumer=credit.CONSUMER, name=name)
        for name in sorted(credit.WATCHED)
    )
    return make_campaign(state=Campaign.State.RUNNING)


def happen(ask, name, *, days=0.0, **properties):
    at = NOW + timedelta(days=days)
    key = f"{name}{days}{properties}"
    events.record(events.Fact(ask.contact_id, name, at, key, properties), now=at)
    credit.credit_asks()
    ask.refresh_from_db()


@pytest.mark.parametrize(("days", "is_told"), [(6.9, True), (7.1, False)])
def test_unsubscribing_within_seven_days_is_told_at_the_ask(campaign, days, is_told):
    ask = make_ask(campaign, delivered_at=NOW)

    happen(ask, "unsubscribed", days=days)

    assert ask.unsubscribed_at == (NOW + timedelta(days=days) if is_told else None)


def test_unsubscribing_belongs_to_the_latest_ask_that_arrived(campaign):
    ask = make_ask(campaign, delivered_at=NOW - timedelta(days=2))
    never = Ask.objects.create(
        **{
            field: getattr(ask, field)
            for field in (
                "contact",
                "campaign",
                "version",
                "program_id",
                "enrollment_id",
                "step_key",
                "asked_on",
            )
        },
        visit=2,
        asked_at=NOW,
    )

    happen(ask, "unsubscribed")

    never.refresh_from_db()
    assert (ask.unsubscribed_at, never.unsubscribed_at) == (NOW, None)


@pytest.mark.parametrize(
    ("answers", "is_content"),
    [
        ([("survey_answered", {"nps": 9})], True),
        ([("survey_answered", {"nps": 6})], False),
        ([("csat_answered", {"score": 3})], True),
        ([("nps_answered", {"score": 10}), ("csat_answered", {"score": 1})], False),
        ([("csat_answered", {"score": 1}), ("nps_answered", {"score": 10})], False),
        ([("survey_answered", {"nps": "nine"})], None),
        ([("survey_answered", {})], None),
    ],
)
def test_the_least_happy_answer_counts(campaign, answers, is_content):
    ask = make_ask(campaign, delivered_at=NOW)

    for days, (name, properties) in enumerate(answers):
        happen(ask, name, days=days, **properties)

    assert ask.is_content is is_content


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("opened", "opened_at"),
        ("opened_machine", "opened_at"),
        ("clicked_machine", "opened_at"),
        ("complained", "complained_at"),
        ("delivered", None),
    ],
)
def test_what_becomes_of_a_mail_is_told_at_its_ask(campaign, kind, field):
    ask = make_ask(campaign, delivered_at=NOW)
    message = make_message(ask)

    for hours in (5, 2, 7):
        at = NOW + timedelta(hours=hours)
        mark_reaction(message=message, kind=kind, at=at)

    ask.refresh_from_db()
    told = {"opened_at": ask.opened_at, "complained_at": ask.complained_at}
    first = NOW + timedelta(hours=2)
    assert told == {name: first if name == field else None for name in told}
    assert kind in MessageFact.Kind.values


@pytest.mark.parametrize(
    ("acts", "evidence"),
    [
        ([("link_visited", {})], Evidence.INFERRED),
        ([("link_shared", {"grade": "probable"})], Evidence.PROBABLE),
        ([("link_shared", {"grade": "confirmed"})], Evidence.CONFIRMED),
        (
            [("link_shared", {"grade": "confirmed"}), ("link_visited", {})],
            Evidence.CONFIRMED,
        ),
        (
            [("link_visited", {}), ("link_shared", {"grade": "probable"})],
            Evidence.PROBABLE,
        ),
        ([("referral_lead", {})], Evidence.NONE),
    ],
)
def test_the_surest_evidence_of_sharing_wins(campaign, acts, evidence):
    ask = make_ask(campaign, delivered_at=NOW)

    for days, (name, properties) in enumerate(acts):
        happen(ask, name, days=days, program_id=ask.program_id, **properties)

    assert ask.evidence == evidence


def test_later_stages_of_friends_are_told_at_the_ask(campaign):
    ask = make_ask(campaign, delivered_at=NOW)

    happen(ask, "referral_qualified", days=1, program_id=ask.program_id)
    happen(ask, "referral_opportunity", days=2, program_id=ask.program_id)

    assert (ask.qualified_at, ask.opportunity_at) == (
        NOW + timedelta(days=1),
        NOW + timedelta(days=2),
    )
