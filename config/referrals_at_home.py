"""What the home page says of referrals: from the ask to the reward, and what runs out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from campaigns.reports.period import read_period
from campaigns.reports.referrals.filters import Filters
from campaigns.reports.referrals.funnel import count_friends
from campaigns.reports.totals import HomeNumbers
from config.navigation import SEE_PEOPLE, SEE_REPORTS
from config.notices import Notice
from referrals.fraud.queue import held_cases
from referrals.models import Milestone, Reward
from referrals.rewards.coupons import low_pools
from referrals.rewards.shortages import (
    Shortage,
    low_budgets,
    tell_budget,
    tell_pool,
)

PERIOD = "30"
# More orders with odd refunds are not counted.
MOST = 1_000


@dataclass(frozen=True)
class Stop:
    """One number on the way, and the page that it opens."""

    label: str
    count: int
    link: str
    note: str = ""
    needs_people: bool = False


def list_stops(user: Any, numbers: HomeNumbers, *, now: datetime) -> list[Stop]:
    """List the way from the ask to the reward, as far as the user may see it."""
    if not user.has_perms(SEE_REPORTS):
        return []
    filters = Filters(read_period(PERIOD, now=now))
    friends = count_friends(filters)
    query = filters.as_query()
    asked = numbers.yes_rate
    stops = [
        Stop("Asked", asked.total, _report("campaigns_funnel", query), "delivered"),
        Stop("Yes", asked.count, _report("campaigns_yes_rate", query)),
        Stop(
            "Friends",
            friends.steps[0].count,
            _people(user, "friend:lead", query),
            "joined",
        ),
        Stop(
            "Won",
            friends.steps[-1].count,
            _people(user, "friend:won", query),
            "bought, and kept it",
        ),
    ]
    if user.has_perms(("referrals.view_reward", SEE_PEOPLE)):
        waiting = Reward.objects.filter(state=Reward.State.AWAITING).count()
        rewards = reverse("admin:referrals_reward_changelist")
        stops.append(
            Stop(
                "To approve",
                waiting,
                f"{rewards}?state__exact={Reward.State.AWAITING}",
                "rewards wait",
                needs_people=waiting > 0,
            )
        )
    if user.has_perms(("referrals.view_fraudcase", SEE_PEOPLE)):
        held = held_cases().count()
        review = reverse("admin:referrals_fraud_review")
        note = "friends wait"
        stops.append(Stop("Held", held, review, note, needs_people=held > 0))
    return stops


def _report(name: str, query: str) -> str:
    """Link a report with what is chosen there."""
    return f"{reverse(f'admin:{name}')}?{query}"


def _people(user: Any, group: str, query: str) -> str:
    """Link the people of a number, or the report for who may not see people."""
    if not user.has_perm(SEE_PEOPLE):
        return _report("campaigns_funnel", query)
    return f"{reverse('admin:campaigns_referral_people', args=[group])}?{query}"


def list_referral_notices(user: Any) -> list[Notice]:
    """List what of rewards runs out, and refunds that nobody could set against an order."""
    notices = []
    if user.has_perm("referrals.view_program"):
        notices += [*_budgets(), *_pools()]
    if user.has_perms(("referrals.view_referral", SEE_PEOPLE)):
        notices += _odd_refunds()
    return notices


def _budgets() -> list[Notice]:
    """List the budgets that are spent or nearly so."""
    budgets = low_budgets().select_related("program").order_by("pk")
    return [_notice(tell_budget(budget), "Raise it") for budget in budgets]


def _pools() -> list[Notice]:
    """List the pools of coupons that are nearly empty."""
    return [
        _notice(tell_pool(pool, pool.left_count), "Add coupons") for pool in low_pools()
    ]


def _notice(shortage: Shortage, link_title: str) -> Notice:
    """Turn a shortage into a notice."""
    tone = "bad" if shortage.is_over else "warn"
    return Notice(tone, shortage.sentence, shortage.link, link_title)


def _odd_refunds() -> list[Notice]:
    """Say how many orders were refunded in a currency that is not theirs."""
    count = Milestone.objects.filter(has_odd_refund=True)[:MOST].count()
    if not count:
        return []
    orders = "1 order was" if count == 1 else f"{count:,} orders were"
    link = f"{reverse('admin:referrals_referral_changelist')}?refunds=odd"
    return [
        Notice(
            "warn",
            f"{orders} refunded in another currency, so nobody could say how much is left"
            " and the rewards stay.",
            link,
            "Look",
        )
    ]
