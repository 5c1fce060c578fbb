from datetime import timedelta

import pytest

from campaigns.models import Ask
from referrals.models import Reward, RewardRule
from referrals.portal.standing import history_of, referrals_of, rewards_of
from referrals.texts import texts_for
from tests.factories.contacts import make_contact
from tests.factories.messages import (
    make_due_message,
    make_mail_campaign,
    make_reachable_contact,
)
from tests.factories.referrals import NOW, make_advocate, make_program, make_referral

pytestmark = pytest.mark.django_db

ENGLISH = texts_for("en")


def make_reward(advocate, state, **changes):
    rule = RewardRule.objects.filter(
        program=advocate.program
    ).first() or RewardRule.objects.create(
        program=advocate.program,
        role="advocate",
        delivery="payment",
        amount_minor=2000,
        currency="USD",
        starts_at=NOW,
    )
    open_states = ("on_hold", "awaiting", "approved", "sending", "failed")
    values = {
        "contact": advocate.contact,
        "program": advocate.program,
        "rule": rule,
        "role": "advocate",
        "milestone_key": f"order:{Reward.objects.count()}",
        "amount_minor": 2000,
        "balance_minor": {"owed_back": -2000}.get(
            state, 2000 if state in open_states else 0
        ),
        "currency": "USD",
        "state": state,
        "earned_at": NOW,
        "created_at": NOW,
        "held_until": NOW + timedelta(days=14),
    }
    return Reward.objects.create(**values | changes)


@pytest.mark.parametrize(
    ("changes", "sentence", "tone"),
    [
        ({}, "ref_waiting", ""),
        ({"opportunity_at": NOW}, "ref_talking", ""),
        ({"won_at": NOW}, "ref_won", "good"),
        ({"lost_at": NOW}, "ref_lost", "bad"),
        ({"won_at": NOW, "reversed_at": NOW}, "ref_reversed", "bad"),
        ({"won_at": NOW, "fraud_state": "held"}, "ref_checking", ""),
        ({"won_at": NOW, "fraud_state": "rejected"}, "ref_rejected", "bad"),
    ],
)
def test_each_referral_says_how_it_stands(changes, sentence, tone):
    advocate = make_advocate()
    make_referral(advocate, **changes)

    (line,) = referrals_of(advocate, ENGLISH, NOW)

    assert (line.state, line.tone) == (ENGLISH.words[sentence], tone)


@pytest.mark.parametrize("language", ["en", "de", "ja", "ar"])
@pytest.mark.parametrize("state", Reward.State.values)
def test_each_reward_says_how_it_stands(state, language):
    advocate = make_advocate()
    make_reward(advocate, state)

    (line,) = rewards_of(advocate, texts_for(language), NOW)

    assert line.state
    assert "{" not in line.state
    assert "20" in line.title


def test_a_reward_says_when_it_is_expected():
    advocate = make_advocate()
    make_reward(advocate, "on_hold")

    (line,) = rewards_of(advocate, ENGLISH, NOW)

    assert line.title == "$20.00"
    assert line.state.startswith("Expected from December 4 on")


def test_a_coupon_shows_its_code_while_it_counts():
    advocate = make_advocate()
    make_reward(advocate, "fulfilled", coupon_code="SAVE-20", fulfilled_at=NOW)
    make_reward(advocate, "expired", coupon_code="SAVE-21", expires_at=NOW)

    codes = {line.code for line in rewards_of(advocate, ENGLISH, NOW)}

    assert codes == {"SAVE-20", ""}


def test_rewards_of_others_and_of_other_programs_are_theirs():
    advocate = make_advocate()
    make_reward(make_advocate(advocate.program), "approved")
    make_reward(make_advocate(contact=advocate.contact), "approved")

    assert rewards_of(advocate, ENGLISH, NOW) == []


def test_the_history_says_what_was_asked_and_answered():
    program = make_program()
    contact = make_reachable_contact()
    message = make_due_message(make_mail_campaign(program=program), contact=contact)
    advocate = make_advocate(program, contact)
    Ask.objects.filter(pk=message.ask_id).update(asked_at=NOW, answer="not_now")

    lines = history_of(advocate, ENGLISH, NOW)

    assert lines == ["We asked you, November 20. You said not now."]
    assert history_of(make_advocate(program, make_contact()), ENGLISH, NOW) == []
