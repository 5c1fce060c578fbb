from datetime import timedelta

import pytest

from referrals.models import (
    Reward,
    RewardRule,
)
from tests.factories.referrals import NOW, make_advocate, make_program
from tests.factories.rewards import (
    check_books,
    earned,
    ledger,
    make_order,
    make_referral,
    make_rule,
    refund,
    touch,
    work_off,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=15)


def test_program_without_rules_is_fine():
    referral = make_referral()
    make_order(referral)

    work_off()

    assert not Reward.objects.exists()
    referral.refresh_from_db()
    assert referral.rewards_due_at is None


def test_reckoning_twice_changes_nothing():
    _, referral, _ = earned()

    touch(referral, NOW)
    work_off()

    assert len(ledger(Reward.objects.get())) == 1


def test_both_sides_are_rewarded():
    program = make_program()
    make_rule(program)
    make_rule(
        program,
        role="friend",
        stage="lead",
        hold_days=0,
        delivery="thanks",
        amount_minor=None,
        currency="",
    )
    advocate = make_advocate(program)
    referral = make_referral(advocate)
    make_order(referral)

    work_off()

    assert set(Reward.objects.values_list("contact_id", "role", "state")) == {
        (advocate.contact_id, "advocate", "on_hold"),
        (referral.contact_id, "friend", "fulfilled"),
    }


def test_partial_refund_prorates_percent_half_even():
    _, _, order = earned(amount_minor=None, percent_points=1000)
    assert Reward.objects.get().amount_minor == 600

    refund(order, 995)
    work_off()

    # A tenth of $50.05 is $5.005, and the half goes to the even cent.
    assert Reward.objects.get().amount_minor == 500
    check_books()


def test_partial_refund_leaves_fixed_reward_above_the_minimum():
    _, _, order = earned(minimum_minor=5000)

    refund(order, 1000)
    work_off()
    assert Reward.objects.get().state == "on_hold"
    refund(order, 1)
    work_off()

    assert Reward.objects.get().because == "refunded_below_minimum"


def test_fraud_holds_rejects_and_lets_go():
    _, referral, _ = earned()
    touch(referral, NOW, fraud_state="held")
    work_off(LATER)
    reward = Reward.objects.get()
    assert (reward.state, reward.because) == ("on_hold", "fraud_review")

    touch(referral, LATER, fraud_state="rejected")
    work_off(LATER)
    reward.refresh_from_db()
    assert (reward.state, reward.because) == ("rejected", "fraud_rejected")

    touch(referral, LATER, fraud_state="clear")
    work_off(LATER)
    reward.refresh_from_db()
    assert reward.state == "approved"
    check_books()


def test_nobody_judged_yet_waits():
    rule = make_rule(hold_days=0)
    referral = make_referral(
        make_advocate(rule.program), fraud_state="unjudged", judge_due_at=NOW
    )
    make_order(referral)
    work_off(LATER)
    assert Reward.objects.get().because == "fraud_review"

    touch(referral, LATER, fraud_state="clear", judge_due_at=None)
    work_off(LATER)

    assert Reward.objects.get().state == "approved"


def test_number_of_friends_is_reached_and_lost_again():
    rule = make_rule(counting="reaching", friend_count=2, amount_minor=5000)
    advocate = make_advocate(rule.program)
    first = make_order(make_referral(advocate))
    work_off()
    assert not Reward.objects.exists()

    make_order(make_referral(advocate))
    work_off()
    reward = Reward.objects.get()
    assert (reward.milestone_key, reward.amount_minor, reward.state) == (
        "reached:2",
        5000,
        "on_hold",
    )
    refund(first, 6000)
    work_off()
    reward.refresh_from_db()
    assert reward.state == "reversed"
    make_order(make_referral(advocate))
    work_off()
    reward.refresh_from_db()
    assert reward.state == "on_hold"
    assert Reward.objects.count() == 1
    check_books()


def test_most_rewards_of_a_person():
    rule = make_rule(most_rewards=1)
    advocate = make_advocate(rule.program)
    first = make_order(make_referral(advocate))
    make_order(make_referral(advocate), at=NOW + timedelta(hours=1))
    work_off(NOW + timedelta(hours=1))
    assert Reward.objects.count() == 1

    refund(first, 6000, at=NOW + timedelta(hours=1))
    work_off(NOW + timedelta(hours=1))

    assert sorted(Reward.objects.values_list("state", flat=True)) == [
        "on_hold",
        "reversed",
    ]


def test_changed_rule_leaves_what_was_earned():
    rule = make_rule()
    advocate = make_advocate(rule.program)
    referral = make_referral(advocate)
    make_order(referral)
    work_off()
    at = NOW + timedelta(hours=1)
    RewardRule.objects.filter(pk=rule.pk).update(ended_at=at)
    make_rule(rule.program, amount_minor=3000, starts_at=at, replaces=rule)

    touch(referral, at)
    make_order(referral, at=at)
    make_order(make_referral(advocate, at=at), at=at)
    work_off(at)

    assert sorted(Reward.objects.values_list("amount_minor", flat=True)) == [2000, 3000]
