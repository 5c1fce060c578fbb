"""Yes, not now, never."""

from datetime import timedelta

import pytest

from campaigns.asks import facts
from campaigns.asks.answer import answer_ask
from campaigns.models import Ask
from contacts.models import Event
from referrals.models import AskPreference
from referrals.preferences import SnoozeOutOfRange
from tests.factories.campaigns import NOW, make_ask, make_campaign

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


@pytest.fixture
def ask():
    return make_ask(make_campaign(state="running", settings={"snooze_days": 80}))


def answered():
    return Ask.objects.values_list("answer", "answered_at").get()


def events():
    found = Event.objects.filter(name="ask_answered").order_by("pk")
    return list(found.values_list("properties__answer", flat=True))


def test_the_same_answer_twice_is_one(ask):
    answer_ask(ask=ask, answer="yes", now=NOW)
    answer_ask(ask=ask, answer="yes", now=LATER)

    assert answered() == ("yes", NOW)
    assert events() == ["yes"]


def test_not_now_snoozes_as_long_as_the_campaign_says(ask):
    answer_ask(ask=ask, answer="not_now", now=NOW)

    assert answered() == ("not_now", NOW)
    assert AskPreference.objects.get().snoozed_until == NOW + timedelta(days=80)


def test_the_person_may_choose_the_snooze(ask):
    answer_ask(ask=ask, answer="not_now", now=NOW, snooze_days=60)

    assert AskPreference.objects.get().snoozed_until == NOW + timedelta(days=60)
    with pytest.raises(SnoozeOutOfRange):
        answer_ask(ask=ask, answer="not_now", now=NOW, snooze_days=5)


@pytest.mark.parametrize(
    ("answers", "final"),
    [
        (["not_now", "yes"], "yes"),
        (["never", "yes"], "yes"),
        (["yes", "not_now"], "yes"),
        (["yes", "never"], "yes"),
        (["not_now", "never"], "never"),
        (["never", "not_now"], "never"),
    ],
)
def test_a_later_yes_wins_and_stays(ask, answers, final):
    for number, answer in enumerate(answers):
        answer_ask(ask=ask, answer=answer, now=NOW + timedelta(hours=number))

    assert answered()[0] == final
    assert events()[-1] == final


def test_never_ends_all_asks_also_after_a_yes(ask):
    answer_ask(ask=ask, answer="yes", now=NOW)
    answer_ask(ask=ask, answer="never", now=LATER)

    assert AskPreference.objects.get().never_since == LATER


def test_an_unknown_answer_is_refused(ask):
    with pytest.raises(ValueError, match="maybe"):
        answer_ask(ask=ask, answer="maybe", now=NOW)

    assert answered() == ("", None)


@pytest.mark.parametrize(
    ("mark", "stage"),
    [
        (facts.mark_viewed, "viewed_at"),
        (facts.mark_intent, "intent_at"),
    ],
)
def test_a_stage_keeps_its_first_time(ask, mark, stage):
    first = mark(ask=ask, now=NOW)
    again = mark(ask=ask, now=LATER)

    ask.refresh_from_db()
    assert (first, again, getattr(ask, stage)) == (True, False, NOW)
