from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from referrals.models import Coupon, CouponPool, RewardBudget
from referrals.rewards.budgets import set_budget
from referrals.rewards.shortages import backlog, warn
from tests.factories.contacts import make_user
from tests.factories.referrals import NOW, make_program
from tests.factories.rewards import make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    """One who looks after rewards, one without an address, and one who does not."""
    make_user("referrals.change_rewardrule", username="ben", email="ben@example.com")
    make_user("referrals.change_rewardrule", username="bob", email="")
    make_user("referrals.view_program", username="cleo", email="cleo@example.com")


def told():
    return [(one.to, one.subject, one.body.split("\n")[0]) for one in mail.outbox]


def make_budget(booked):
    return RewardBudget.objects.create(
        program=make_program(name="Spring"),
        currency="USD",
        amount_minor=10_000,
        booked_minor=booked,
    )


def test_budget_that_runs_low_is_told_once_each_time():
    budget = make_budget(7_000)
    assert (warn(now=NOW), told()) == (0, [])

    RewardBudget.objects.update(booked_minor=8_500)
    assert backlog(NOW).count == 1
    for _ in range(2):
        warn(now=NOW)
    first = (
        ["ben@example.com"],
        "Rewards run low",
        "The reward budget of “Spring” is nearly spent: $15.00 of $100.00 is left.",
    )
    assert told() == [first]
    assert f"/referrals/program/{budget.program_id}/rewards/" in mail.outbox[0].body

    set_budget(
        program=budget.program,
        currency="USD",
        amount_minor=20_000,
        low_percent=20,
        user=None,
        now=NOW,
    )
    warn(now=NOW)
    assert backlog(NOW).count == 0
    RewardBudget.objects.update(booked_minor=20_000, paused_at=NOW)
    warn(now=NOW + timedelta(days=1))

    assert [subject for _, subject, _ in told()] == [
        "Rewards run low",
        "Rewards are used up",
    ]


def test_pool_that_runs_low_is_told_if_a_rule_gives_from_it():
    pool = CouponPool.objects.create(name="Twenty off", low_count=2)
    CouponPool.objects.create(name="Unused", low_count=2)
    make_rule(delivery="coupon", coupon_pool=pool)
    Coupon.objects.create(pool=pool, code="A", added_at=timezone.now())

    for _ in range(2):
        warn(now=NOW)

    assert [text for _, _, text in told()] == [
        "The coupons “Twenty off” are nearly used up: 1 left."
    ]
