"""Demo rewards: what the program promises, and half a year of earning, approving and paying."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User

from referrals.models import CouponPool, Program, Reward, RewardRule
from referrals.rewards.approving import approve_reward
from referrals.rewards.batches import make_batch, mark_paid, payable
from referrals.rewards.budgets import set_budget
from referrals.rewards.coupons import fill_pool
from referrals.rewards.due import settle_due
from referrals.rewards.reckon import reckon_due

CURRENCY = "USD"
COUPONS = 400
# Rewards are looked at once in so many days, and paid every fourth time.
PACE = timedelta(days=7)
MONTHLY = 4


def load(*, program: Program, days: int, now: datetime) -> None:
    """Promise something to both sides, and let the weeks go by."""
    start = now - timedelta(days=days)
    make_rules(program, start)
    set_budget(
        program=program,
        currency=CURRENCY,
        amount_minor=1_000_000,
        low_percent=20,
        user=None,
        now=start,
    )
    users = [find_user("nora"), find_user("jonas")]
    at, week = start, 0
    while at <= now:
        work_off(at)
        if week % MONTHLY == 0:
            approve(users, at)
            pay(at)
        at, week = at + PACE, week + 1
    work_off(now)


def make_rules(program: Program, at: datetime) -> None:
    """Give and get 20, a bag for five friends, and a coupon for the friend."""
    pool = CouponPool.objects.create(
        name="20 off the first bag", created_at=at, low_count=100
    )
    fill_pool(
        pool=pool, codes=[f"BEANS-{number:04d}" for number in range(COUPONS)], now=at
    )
    common = {"program": program, "starts_at": at, "created_at": at}
    money = {"currency": CURRENCY, "amount_minor": 2_000}
    RewardRule.objects.create(
        **common,
        **money,
        role="advocate",
        delivery="payment",
        most_rewards=20,
        most_period="year",
        charities=["Doctors Without Borders", "Coffee Kids"],
        position=1,
    )
    RewardRule.objects.create(
        **common,
        **money,
        role="friend",
        stage="lead",
        delivery="coupon",
        coupon_pool=pool,
        hold_days=0,
        position=2,
    )
    RewardRule.objects.create(
        **common,
        role="advocate",
        delivery="payment",
        amount_minor=5_000,
        currency=CURRENCY,
        counting="every",
        friend_count=3,
        approval_over_minor=2_500,
        position=3,
    )


def find_user(name: str) -> User:
    """Find or make a colleague, who can't sign in."""
    user, _ = User.objects.get_or_create(username=name)
    return user


def work_off(now: datetime) -> None:
    """Reckon and settle what is due until nothing is left."""
    while reckon_due(now=now) + settle_due(now=now):
        pass


def approve(users: list[User], now: datetime) -> None:
    """Let two colleagues approve what waits, but for the newest."""
    first, second = users
    waiting = Reward.objects.filter(
        state=Reward.State.AWAITING, held_until__lt=now - PACE
    )
    for reward in waiting.order_by("pk"):
        approve_reward(reward=reward, user=first, now=now)
        approve_reward(reward=reward, user=second, now=now)


def pay(now: datetime) -> None:
    """Pay what is approved."""
    if not payable().filter(currency=CURRENCY).exists():
        return
    batch = make_batch(currency=CURRENCY, user=None, now=now)
    mark_paid(batch=batch, user=None, now=now)
