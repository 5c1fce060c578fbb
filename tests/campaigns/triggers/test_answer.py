"""Who enters because of what he said to an ask, or because he said nothing."""

from datetime import timedelta

import pytest

from campaigns.asks.answer import answer_ask
from campaigns.engine import enroll
from campaigns.event_names import ASK_DELIVERED
from campaigns.models import Enrollment
from campaigns.triggers.registry import describe_trigger
from contacts.events import Fact, record
from tests.factories.campaigns import NOW, make_ask, make_campaign, make_contact

pytestmark = pytest.mark.django_db
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def on(campaign=None, answers=(), after_days=14, snooze_ended=False, **more):
    answer = {"campaign": campaign, "answers": list(answers), "after_days": after_days}
    return {
        "kind": "answer",
        "answer": {**answer, "snooze_ended": snooze_ended},
        "frequency": "every_entry",
        **more,
    }


@pytest.fixture
def asked():
    """An ask of another campaign, which was delivered."""
    campaign = make_campaign(state="running")

    def make(**changes):
        ask = make_ask(campaign, contact=make_contact(**changes))
        Enrollment.objects.update(state="completed")
        return ask

    make.campaign = campaign
    return make


def deliver(ask):
    properties = {"ask": ask.pk, "campaign_id": ask.campaign_id}
    fact = Fact(ask.contact_id, ASK_DELIVERED, NOW, str(ask.pk), properties)
    record(fact, now=NOW)


def entered(campaign):
    own = Enrollment.objects.filter(campaign=campaign).order_by("contact_id")
    return list(own.values_list("contact_id", "entry_key"))


def test_an_answer_lets_in_once_and_another_answer_does_not(running, asked, take):
    campaign = running(**on(answers=["not_now"]))
    declined, agreed = asked(), asked()
    answer_ask(ask=declined, answer="not_now", now=NOW)
    answer_ask(ask=agreed, answer="yes", now=NOW)
    take()

    assert entered(campaign) == [(declined.contact_id, f"answer:{declined.pk}")]


def test_only_answers_to_the_named_campaign_count(running, asked, take):
    other = make_campaign(state="running")
    campaign = running(**on(campaign=other.pk, answers=["yes"]))
    answer_ask(ask=asked(), answer="yes", now=NOW)
    take()

    assert entered(campaign) == []


def test_who_says_nothing_for_some_days_is_let_in(running, asked, take, books):
    campaign = running(**on(answers=["none"], after_days=3))
    silent, late = asked(), asked()
    deliver(silent)
    deliver(late)
    take()
    planned = books()["waiting"]
    answer_ask(ask=late, answer="yes", now=NOW)
    take(NOW + timedelta(days=3))

    assert [kind for _, kind in planned] == ["answer", "answer"]
    assert entered(campaign) == [(silent.contact_id, f"answer:{silent.pk}")]
    assert books()["waiting"] == []


@pytest.mark.parametrize("named", ["A-17", None, 1.5, [3], True])
def test_an_ask_of_another_tool_is_none_of_ours(running, asked, take, books, named):
    campaign = running(**on(answers=["none"], after_days=3))
    ask = asked()
    properties = {"ask": named, "campaign_id": ask.campaign_id}
    fact = Fact(ask.contact_id, ASK_DELIVERED, NOW, "told", properties)
    record(fact, now=NOW)
    take()

    assert books()["waiting"] == []
    assert entered(campaign) == []


def test_a_rest_that_ends_lets_in_who_still_qualifies(running, asked, take, books):
    campaign = running(**on(snooze_ended=True, condition=PRO))
    pro, free = asked(attributes={"plan": "pro"}), asked()
    for ask in (pro, free):
        answer_ask(ask=ask, answer="not_now", now=NOW, snooze_days=60)
    take()
    before = entered(campaign)
    take(NOW + timedelta(days=60))

    assert before == []
    assert entered(campaign) == [(pro.contact_id, f"snooze:{pro.pk}")]
    assert books()["refused"] == [(free.contact_id, "no_match")]


def test_an_answer_and_the_end_of_its_rest_let_in_both(running, asked, take):
    campaign = running(**on(answers=["not_now"], snooze_ended=True))
    ask = asked()
    answer_ask(ask=ask, answer="not_now", now=NOW, snooze_days=60)
    take()
    Enrollment.objects.update(state="completed")
    take(NOW + timedelta(days=60))

    assert entered(campaign) == [
        (ask.contact_id, f"answer:{ask.pk}"),
        (ask.contact_id, f"snooze:{ask.pk}"),
    ]


def test_many_rests_are_planned_with_as_many_queries(
    running, asked, django_assert_max_num_queries
):
    campaign = running(**on(snooze_ended=True))
    for _ in range(12):
        answer_ask(ask=asked(), answer="not_now", now=NOW, snooze_days=60)

    with django_assert_max_num_queries(15):
        enroll.enroll_moments_of(campaign.pk, now=NOW)


def test_an_answer_waits_in_place_of_the_silence(running, asked, take, books):
    campaign = running(
        **on(answers=["not_now", "none"], condition=PRO, grace_minutes=60)
    )
    ask = asked()
    deliver(ask)
    take()
    answer_ask(ask=ask, answer="not_now", now=NOW)
    take()
    waiting = books()["waiting"]
    take(NOW + timedelta(minutes=62))

    assert waiting == [(ask.contact_id, "data")]
    assert entered(campaign) == []
    assert books()["refused"] == [(ask.contact_id, "no_match")]


def test_a_longer_rest_is_waited_for_and_a_never_ends_it(running, asked, take, books):
    campaign = running(**on(snooze_ended=True))
    longer, never = asked(), asked()
    for ask in (longer, never):
        answer_ask(ask=ask, answer="not_now", now=NOW, snooze_days=60)
    take()
    later = NOW + timedelta(days=30)
    answer_ask(ask=longer, answer="not_now", now=later, snooze_days=60)
    answer_ask(ask=never, answer="never", now=later)
    take(NOW + timedelta(days=61))
    still = books()["waiting"]
    take(NOW + timedelta(days=91))

    assert still == [(longer.contact_id, "snooze")]
    assert entered(campaign) == [(longer.contact_id, f"snooze:{longer.pk}")]


def test_the_trigger_is_said_in_words(asked):
    assert (
        describe_trigger(on(answers=["yes", "none"], after_days=1))
        == "when somebody says yes or has not answered after 1 day to any ask"
    )
    assert describe_trigger(on(campaign=asked.campaign.pk, snooze_ended=True)) == (
        f"when the rest after a “not now” to an ask of “{asked.campaign}” has ended"
    )
    assert describe_trigger(on()) == "when you have chosen an answer"
    assert describe_trigger({"kind": "manual"}).startswith("when you, an import")
