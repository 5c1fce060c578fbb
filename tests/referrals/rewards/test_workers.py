"""Two workers at once, and workers that die: one reward per cause, one coupon, one payment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection, transaction

from referrals.models import (
    Coupon,
    CouponPool,
    Delivery,
    Reward,
    RewardBudget,
    RewardEntry,
)
from referrals.rewards import ledger, reckon
from referrals.rewards.batches import BatchClosed, make_batch, mark_paid
from referrals.rewards.budgets import set_budget
from referrals.rewards.coupons import fill_pool
from referrals.rewards.credit import name_of
from referrals.rewards.due import settle_due
from referrals.rewards.reckon import reckon_due
from tests.factories.referrals import NOW, make_advocate, make_program
from tests.factories.rewards import (
    check_books,
    earned,
    make_order,
    make_referral,
    make_rule,
    work_off,
)

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(days=15)


def at_once(*works):
    """Let each work run in a thread with a connection of its own; what they raised."""
    start = threading.Barrier(len(works))

    def run(work):
        try:
            start.wait()
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(run, work) for work in works]
    return [one.exception() for one in futures if one.exception()]


def two_workers(now):
    """Let two workers do all that is due."""

    def work():
        for _ in range(5):
            reckon_due(now=now)
            settle_due(now=now)

    assert at_once(work, work) == []
    work_off(now)


def test_two_workers_grant_each_reward_once_and_keep_the_budget():
    program = make_program()
    make_rule(program, hold_days=0)
    set_budget(
        program=program,
        currency="USD",
        amount_minor=13_000,
        low_percent=20,
        user=None,
        now=NOW,
    )
    for _ in range(4):
        advocate = make_advocate(program)
        for _ in range(2):
            make_order(make_referral(advocate))

    two_workers(NOW)

    assert RewardEntry.objects.filter(kind="earned").count() == 6
    assert Reward.objects.filter(state="pending").count() == 2
    assert RewardBudget.objects.get().booked_minor == 12_000
    check_books()


def test_two_workers_never_give_one_coupon_twice():
    pool = CouponPool.objects.create(name="Pool")
    fill_pool(pool=pool, codes=[f"C{number}" for number in range(5)], now=NOW)
    rule = make_rule(delivery=Delivery.COUPON, coupon_pool=pool, hold_days=0)
    for _ in range(6):
        make_order(make_referral(make_advocate(rule.program)))

    two_workers(NOW)

    codes = [
        code for code in Reward.objects.values_list("coupon_code", flat=True) if code
    ]
    assert sorted(codes) == ["C0", "C1", "C2", "C3", "C4"]
    assert not Coupon.objects.filter(issued_at=None).exists()


def test_two_clicks_at_once_pay_once():
    rule = make_rule(hold_days=0)
    make_order(make_referral(make_advocate(rule.program)))
    work_off()
    batch = make_batch(currency="USD", user=None, now=LATER)

    def pay():
        mark_paid(batch=batch, user=None, now=LATER)

    [problem] = at_once(pay, pay)

    assert isinstance(problem, BatchClosed)
    assert RewardEntry.objects.filter(kind="fulfilled").count() == 1


def test_somebody_else_at_the_person_is_not_waited_for():
    rule = make_rule()
    referral = make_referral(make_advocate(rule.program))
    make_order(referral)
    with transaction.atomic():
        ledger.lock_in_turn([referral.contact_id])
        done = []

        def work():
            done.append(reckon_due(now=NOW))

        assert at_once(work) == []

    assert done == [0]
    assert reckon_due(now=NOW) == 1


@pytest.mark.parametrize("dies_in", ["create", "record"])
def test_worker_that_dies_leaves_nothing_half_done(monkeypatch, dies_in):
    rule = make_rule()
    make_order(make_referral(make_advocate(rule.program)))

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if dies_in == "create":
            patch.setattr(RewardEntry.objects, "create", die)
        else:
            patch.setattr(ledger, "record", die)
        with pytest.raises(KeyboardInterrupt):
            reckon.reckon_due(now=NOW)
    assert not Reward.objects.exists()

    work_off()

    assert Reward.objects.count() == 1
    check_books()


def test_friends_of_one_advocate_are_reckoned_together():
    rule = make_rule(hold_days=0, most_rewards=2)
    advocate = make_advocate(rule.program)
    for _ in range(4):
        make_order(make_referral(advocate))

    with patch.object(reckon, "reckon_owed", wraps=reckon.reckon_owed) as passes:
        assert reckon_due(now=NOW) == 4

    assert passes.call_count == 1
    assert Reward.objects.count() == 2


def test_a_delivery_never_has_the_name_of_an_earlier_one():
    earned()
    reward = Reward.objects.get()
    assert name_of(reward) == f"reward_{reward.pk}_2000"

    work_off(LATER)
    mark_paid(
        batch=make_batch(currency="USD", user=None, now=LATER), user=None, now=LATER
    )

    assert name_of(reward) == f"reward_{reward.pk}_2000_2"
