from datetime import timedelta

import pytest

from referrals.models import (
    Coupon,
    CouponPool,
    Delivery,
    Reward,
    RewardBudget,
)
from referrals.rewards.batches import (
    csv_rows,
    make_batch,
    mark_paid,
)
from referrals.rewards.budgets import BudgetTooSmall, granted_minor, set_budget
from referrals.rewards.coupons import fill_pool, read_codes
from referrals.rewards.delivering import NotDelivered, choose_charity
from tests.factories.referrals import NOW, make_advocate, make_program
from tests.factories.rewards import (
    check_books,
    earned,
    make_order,
    make_referral,
    make_rule,
    refund,
    work_off,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=15)


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


def test_gift_that_nobody_claims_expires():
    earned(delivery=Delivery.GIFT, expires_days=30, hold_days=0)
    work_off(NOW)

    work_off(NOW + timedelta(days=31))

    reward = Reward.objects.get()
    assert (reward.state, reward.balance_minor) == ("expired", 0)
    check_books()


def test_charity_gets_the_money():
    earned(charities=["Coffee Kids"])
    work_off(LATER)
    reward = Reward.objects.get()

    with pytest.raises(NotDelivered):
        choose_charity(reward=reward, charity="Another", by=None, now=LATER)
    choose_charity(reward=reward, charity="Coffee Kids", by=None, now=LATER)

    [row] = csv_rows(make_batch(currency="USD", user=None, now=LATER))
    assert row["charity"] == "Coffee Kids"
