from datetime import timedelta

import pytest

from referrals.attribution.by_hand import (
    give_credit,
    move_credit,
    withdraw_credit,
)
from referrals.models import (
    Coupon,
    CouponPool,
    Delivery,
    Referral,
    Reward,
    RewardBudget,
    RewardRule,
)
from referrals.rewards.approving import (
    NotDecided,
    SamePerson,
    approve_reward,
    reject_reward,
    write_off,
)
from referrals.rewards.batches import (
    BatchClosed,
    NothingToPay,
    cancel_batch,
    csv_rows,
    make_batch,
    mark_paid,
    take_out,
)
from referrals.rewards.budgets import BudgetTooSmall, granted_minor, set_budget
from referrals.rewards.coupons import fill_pool, read_codes
from tests.factories.contacts import make_contact, make_user
from tests.factories.referrals import NOW, make_advocate, make_program
from tests.factories.rewards import (
    check_books,
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


def earned(rule=None, **changes):
    """An advocate with a friend who ordered, reckoned."""
    rule = rule or make_rule(**changes)
    advocate = make_advocate(rule.program)
    referral = make_referral(advocate)
    order = make_order(referral)
    work_off()
    return advocate, referral, order


def paid(**changes):
    """A reward that was paid, with its order."""
    _, _, order = earned(**changes)
    work_off(LATER)
    mark_paid(
        batch=make_batch(currency="USD", user=None, now=LATER), user=None, now=LATER
    )
    return order


def test_program_without_rules_is_fine():
    referral = make_referral()
    make_order(referral)

    work_off()

    assert not Reward.objects.exists()
    referral.refresh_from_db()
    assert referral.rewards_due_at is None


def test_reward_is_earned_held_approved_and_paid():
    advocate, referral, order = earned()

    reward = Reward.objects.get()
    assert (reward.contact_id, reward.amount_minor, reward.state) == (
        advocate.contact_id,
        2000,
        "on_hold",
    )
    assert reward.held_until == order.occurred_at + timedelta(days=14)
    work_off(LATER)
    batch = make_batch(currency="USD", user=None, now=LATER)
    mark_paid(batch=batch, user=None, now=LATER)
    assert ledger(reward) == [
        ("earned", 2000, "on_hold", "earned"),
        ("approved", 0, "approved", "hold_over"),
        ("started", 0, "sending", "in_payment"),
        ("fulfilled", -2000, "fulfilled", "paid"),
    ]
    check_books()


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


def test_full_refund_before_payment_takes_it_back():
    _, _, order = earned()

    refund(order, 6000)
    work_off()

    reward = Reward.objects.get()
    assert (reward.state, reward.amount_minor, reward.because) == (
        "reversed",
        0,
        "refunded",
    )
    check_books()


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


def test_refund_after_payment_is_set_off_against_the_next_one():
    order = paid()
    reward = Reward.objects.get()

    refund(order, 6000)
    work_off(LATER)

    reward.refresh_from_db()
    assert (reward.state, reward.balance_minor) == ("owed_back", -2000)
    advocate = make_advocate(reward.program, reward.contact)
    make_order(make_referral(advocate, at=LATER), at=LATER)
    work_off(LATER + timedelta(days=15))
    reward.refresh_from_db()
    other = Reward.objects.exclude(pk=reward.pk).get()
    assert (reward.state, reward.balance_minor) == ("reversed", 0)
    assert (other.state, other.balance_minor, other.amount_minor) == (
        "fulfilled",
        0,
        2000,
    )
    with pytest.raises(NothingToPay):
        make_batch(currency="USD", user=None, now=LATER)
    check_books()


def test_part_of_a_debt_is_set_off():
    order = paid(amount_minor=None, percent_points=1000)
    refund(order, 3000)
    work_off(LATER)
    reward = Reward.objects.get()
    assert (reward.state, reward.balance_minor, reward.amount_minor) == (
        "owed_back",
        -300,
        300,
    )

    advocate = make_advocate(reward.program, reward.contact)
    make_order(make_referral(advocate, at=LATER), at=LATER)
    work_off(LATER + timedelta(days=15))

    reward.refresh_from_db()
    other = Reward.objects.exclude(pk=reward.pk).get()
    assert (reward.state, reward.balance_minor) == ("fulfilled", 0)
    assert (other.state, other.balance_minor) == ("approved", 300)
    check_books()


def test_debt_is_written_off_with_a_reason():
    refund(paid(), 6000)
    work_off(LATER)
    reward = Reward.objects.get()

    with pytest.raises(NotDecided):
        write_off(reward=reward, user=make_user(), note=" ", now=LATER)
    write_off(reward=reward, user=make_user(), note="Goodwill", now=LATER)

    reward.refresh_from_db()
    assert (reward.state, reward.balance_minor) == ("fulfilled", 0)
    touch(reward_referral(reward), LATER)
    work_off(LATER)
    reward.refresh_from_db()
    assert reward.state == "fulfilled"
    check_books()


def reward_referral(reward):
    return Referral.objects.get(pk=reward.referral_id)


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


def test_two_people_approve_what_is_worth_much():
    earned(approval_over_minor=1000)
    work_off(LATER)
    reward = Reward.objects.get()
    assert reward.state == "awaiting"
    ana, ben = make_user(), make_user()

    approve_reward(reward=reward, user=ana, now=LATER)
    with pytest.raises(SamePerson):
        approve_reward(reward=reward, user=ana, now=LATER)
    approve_reward(reward=reward, user=ben, now=LATER)

    reward.refresh_from_db()
    assert (reward.state, reward.proposed_by, reward.approved_by) == (
        "approved",
        ana,
        ben,
    )
    with pytest.raises(NotDecided):
        approve_reward(reward=reward, user=ben, now=LATER)


def test_who_gave_the_credit_by_hand_is_not_the_second():
    ana, ben = make_user(), make_user()
    rule = make_rule(approval_over_minor=0, hold_days=0)
    advocate, friend = make_advocate(rule.program), make_contact()
    referral = give_credit(
        friend_contact_id=friend.pk,
        advocate=advocate,
        counts_from=NOW,
        reason="They told us",
        user=ben,
        now=NOW,
    )
    touch(referral, NOW, fraud_state="clear", judge_due_at=None)
    make_order(referral)
    work_off()
    reward = Reward.objects.get()
    approve_reward(reward=reward, user=ana, now=NOW)

    with pytest.raises(SamePerson):
        approve_reward(reward=reward, user=ben, now=NOW)


def test_rejected_by_hand_stays_rejected():
    _, referral, order = earned()
    reject_reward(
        reward=Reward.objects.get(), user=make_user(), note="An employee", now=NOW
    )

    refund(order, 1)
    touch(referral, NOW)
    work_off(LATER)

    reward = Reward.objects.get()
    assert (reward.state, reward.balance_minor) == ("rejected", 0)
    with pytest.raises(NotDecided):
        reject_reward(reward=reward, user=make_user(), note="Again", now=NOW)
    check_books()


def test_moved_credit_moves_the_reward():
    advocate, referral, _ = earned()
    other = make_advocate(advocate.program)

    move_credit(
        referral=referral, advocate=other, reason="They told us", user=None, now=NOW
    )
    touch(referral, NOW, judge_due_at=None)
    work_off()

    assert set(Reward.objects.values_list("contact_id", "state", "because")) == {
        (advocate.contact_id, "reversed", "credit_moved"),
        (other.contact_id, "on_hold", "hold"),
    }
    check_books()


def test_withdrawn_credit_takes_the_reward_back():
    _, referral, _ = earned()

    withdraw_credit(referral=referral, reason="An employee", user=None, now=NOW)
    work_off()

    reward = Reward.objects.get()
    assert (reward.state, reward.because) == ("reversed", "withdrawn")


def test_payment_is_made_once():
    earned()
    work_off(LATER)
    batch = make_batch(currency="USD", user=None, now=LATER)
    [row] = csv_rows(batch)
    assert (row["amount"], row["currency"]) == (20, "USD")

    mark_paid(batch=batch, user=None, now=LATER)
    with pytest.raises(BatchClosed):
        mark_paid(batch=batch, user=None, now=LATER)
    with pytest.raises(BatchClosed):
        cancel_batch(batch=batch, user=None, now=LATER)

    assert [one[0] for one in ledger(Reward.objects.get())].count("fulfilled") == 1


def test_refund_while_in_a_payment_is_reckoned_afterwards():
    _, _, order = earned()
    work_off(LATER)
    batch = make_batch(currency="USD", user=None, now=LATER)
    refund(order, 6000)
    work_off(LATER)
    reward = Reward.objects.get()
    assert (reward.state, reward.because, reward.balance_minor) == (
        "sending",
        "changed_order",
        2000,
    )

    mark_paid(batch=batch, user=None, now=LATER)
    work_off(LATER)

    reward.refresh_from_db()
    assert (reward.state, reward.balance_minor) == ("owed_back", -2000)
    check_books()


def test_reward_can_be_taken_out_of_a_payment():
    _, _, order = earned()
    work_off(LATER)
    batch = make_batch(currency="USD", user=None, now=LATER)
    refund(order, 6000)
    work_off(LATER)

    take_out(reward=Reward.objects.get(), user=None, now=LATER)
    work_off(LATER)

    batch.refresh_from_db()
    assert (batch.reward_count, batch.total_minor) == (0, 0)
    assert Reward.objects.get().state == "reversed"
    check_books()


def test_canceled_payment_lets_rewards_wait_again():
    earned()
    work_off(LATER)
    cancel_batch(
        batch=make_batch(currency="USD", user=None, now=LATER), user=None, now=LATER
    )
    work_off(LATER)

    assert make_batch(currency="USD", user=None, now=LATER).total_minor == 2000


def test_budget_pauses_and_goes_on():
    program = make_program()
    rule = make_rule(program, hold_days=0)
    set_budget(
        program=program,
        currency="USD",
        amount_minor=5000,
        low_percent=20,
        user=None,
        now=NOW,
    )
    advocate = make_advocate(program)
    for _ in range(4):
        make_order(make_referral(advocate))
    work_off()

    budget = RewardBudget.objects.get()
    assert (budget.booked_minor, budget.paused_at) == (4000, NOW)
    assert sorted(Reward.objects.values_list("state", flat=True)) == [
        "approved",
        "approved",
        "pending",
        "pending",
    ]
    with pytest.raises(BudgetTooSmall):
        set_budget(
            program=program,
            currency="USD",
            amount_minor=3000,
            low_percent=20,
            user=None,
            now=NOW,
        )
    set_budget(
        program=program,
        currency="USD",
        amount_minor=6500,
        low_percent=20,
        user=None,
        now=LATER,
    )
    work_off(LATER)
    budget.refresh_from_db()
    assert (budget.booked_minor, budget.paused_at) == (6000, LATER)
    assert budget.is_low
    assert granted_minor(program_id=program.pk, currency="USD") == 6000
    check_books()
    assert rule.pk


def test_budget_agrees_with_the_ledger_after_refunds_and_set_off():
    program = make_program()
    make_rule(program, hold_days=0)
    set_budget(
        program=program,
        currency="USD",
        amount_minor=100_000,
        low_percent=20,
        user=None,
        now=NOW,
    )
    advocate = make_advocate(program)
    order = make_order(make_referral(advocate))
    work_off()
    mark_paid(batch=make_batch(currency="USD", user=None, now=NOW), user=None, now=NOW)
    refund(order, 6000)
    work_off()
    make_order(make_referral(advocate))
    make_order(make_referral(advocate))
    work_off()

    assert RewardBudget.objects.get().booked_minor == 4000
    assert granted_minor(program_id=program.pk, currency="USD") == 4000


def test_coupons_are_given_out_once_and_waited_for():
    pool = CouponPool.objects.create(name="Twenty off")
    rule = make_rule(delivery=Delivery.COUPON, coupon_pool=pool, hold_days=0)
    fill_pool(pool=pool, codes=["A1"], now=NOW)
    advocate = make_advocate(rule.program)
    make_order(make_referral(advocate))
    make_order(make_referral(advocate))
    work_off()

    assert sorted(Reward.objects.values_list("state", "coupon_code", "because")) == [
        ("approved", "", "no_coupon"),
        ("fulfilled", "A1", ""),
    ]
    filled = fill_pool(pool=pool, codes=["A1", "A2"], now=NOW)
    assert (filled.added, filled.known) == (1, 1)
    work_off()
    assert sorted(Reward.objects.values_list("coupon_code", flat=True)) == ["A1", "A2"]
    assert not Coupon.objects.filter(issued_at=None).exists()


def test_coupon_that_is_out_stays_out():
    pool = CouponPool.objects.create(name="Twenty off")
    fill_pool(pool=pool, codes=read_codes(b"Code\nA1\n"), now=NOW)
    _, _, order = earned(delivery=Delivery.COUPON, coupon_pool=pool, hold_days=0)

    refund(order, 6000)
    work_off()

    reward = Reward.objects.get()
    assert (reward.state, reward.coupon_code, reward.balance_minor) == (
        "fulfilled",
        "A1",
        0,
    )


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


def test_gift_that_nobody_claims_expires():
    earned(delivery=Delivery.GIFT, expires_days=30, hold_days=0)
    work_off(NOW)

    work_off(NOW + timedelta(days=31))

    reward = Reward.objects.get()
    assert (reward.state, reward.balance_minor) == ("expired", 0)
    check_books()


def test_forgotten_people_earn_nothing_new_and_keep_their_ledger():
    advocate, _, _ = earned()
    contact = advocate.contact
    contact.erased_at = NOW
    contact.save()
    make_order(make_referral(advocate, friend=make_contact()))
    work_off(LATER)

    reward = Reward.objects.get()
    assert (reward.state, reward.amount_minor) == ("approved", 2000)
    with pytest.raises(NothingToPay):
        make_batch(currency="USD", user=None, now=LATER)
