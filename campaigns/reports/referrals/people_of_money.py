"""
The people behind sums of money; the rows add up to the sum.

``order:all:USD``, ``order:first:USD`` and ``order:back:USD`` (what was taken back) of orders;
``reward:<class>:USD``, or all currencies without one, where a class is one of ``REWARDS``. The
currency ``-`` stands for rewards that are no money. A day, or the Monday or the first of the
month, may follow: ``order:all:USD@2026-11-01`` is what came in then.
"""

from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from django.db.models import (
    BigIntegerField,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Greatest

from campaigns.reports.people import People, UnknownGroup, in_words, show_sums
from campaigns.reports.referrals.filters import NONE, Filters, referrals_of
from campaigns.reports.referrals.money import (
    APPROVED_UNPAID,
    COSTS,
    HELD,
    NET,
    counted,
    orders_of,
    owed_in,
    rewards_of,
)
from campaigns.reports.referrals.stretches import stretches_of
from referrals.models import Milestone, Referral, Reward, RewardEntry

State = Reward.State


@dataclass(frozen=True)
class RewardClass:
    """Rewards in some states, and which of their sums counts; owed ones are of all time."""

    label: str
    meaning: str
    states: tuple[Reward.State, ...]
    sum_minor: Any
    is_owed: bool = True


REWARDS = {
    "cost": RewardClass(
        "Rewards granted",
        "Approved or delivered, for these friends.",
        COSTS,
        F("amount_minor"),
        is_owed=False,
    ),
    "delivered": RewardClass(
        "Rewards delivered",
        "Handed over, for these friends.",
        (State.FULFILLED,),
        F("amount_minor"),
        is_owed=False,
    ),
    "approved": RewardClass(
        "Approved, not delivered", "Owed now.", APPROVED_UNPAID, F("balance_minor")
    ),
    "held": RewardClass(
        "On hold", "Owed if nothing comes up.", HELD, F("balance_minor")
    ),
    "waiting": RewardClass(
        "Waits for the budget",
        "Nothing is granted yet.",
        (State.PENDING,),
        F("wanted_minor"),
    ),
    "owed_back": RewardClass(
        "Owed back",
        "What it was for was taken back after it was delivered.",
        (State.OWED_BACK,),
        -F("balance_minor"),
    ),
    "suspected": RewardClass(
        "On hold for friends under review",
        "The fraud checks hold the friend, and nobody has decided yet.",
        HELD,
        F("balance_minor"),
    ),
    "booked": RewardClass(
        "Booked on the budget",
        "What is still owed of the reward, and what of it was delivered.",
        tuple(State),
        None,
    ),
}
ORDERS = {
    "all": ("Orders of friends", "Net of what was taken back."),
    "first": ("First orders of friends", "Net of what was taken back."),
    "back": ("Taken back", "What was refunded or canceled of the order."),
}


def find_orders(filters: Filters, word: str, *, zone: tzinfo) -> People:
    """Find whose orders are in a sum."""
    word, _, begin = word.partition("@")
    name, _, currency = word.partition(":")
    if name not in ORDERS or not currency:
        raise UnknownGroup(word)
    label, meaning = ORDERS[name]
    during = _during(filters, "occurred_at", begin, zone)
    orders = orders_of(filters).filter(during, currency=currency).annotate(net=NET)
    sum_minor: Any = F("net")
    if name == "first":
        orders = orders.filter(pk__in=_first_orders(filters).values("pk"))
    if name == "back":
        orders = orders.filter(net__lt=F("amount_minor"))
        sum_minor = F("amount_minor") - F("net")
    return People(
        label,
        meaning,
        show_sums(orders, "occurred_at", F("program__name"), sum_minor),
        has_money=True,
    )


def _during(filters: Filters, field: str, begin: str, zone: tzinfo) -> Q:
    """Limit a time to a stretch of the report; to none if nothing is named."""
    if not begin:
        return Q()
    try:
        stretches = stretches_of(filters, zone=zone)
        return stretches.during(field, date.fromisoformat(begin))
    except ValueError as error:
        raise UnknownGroup(begin) from error


def _first_orders(filters: Filters) -> QuerySet[Milestone]:
    """Select the first order of each friend, whether its worth is known or not."""
    won = Milestone.objects.filter(
        stage="won", referral_id__in=counted(filters).values("pk")
    )
    return won.order_by("contact_id", "referral_id", "occurred_at", "pk").distinct(
        "contact_id", "referral_id"
    )


def find_rewards(filters: Filters, word: str, *, zone: tzinfo) -> People:
    """Find who gets the rewards of a class."""
    word, _, begin = word.partition("@")
    name, _, currency = word.partition(":")
    if name not in REWARDS:
        raise UnknownGroup(word)
    one = REWARDS[name]
    rewards = (
        owed_in(filters, one.states)
        if one.is_owed
        else rewards_of(filters).filter(state__in=one.states)
    )
    rewards = rewards.filter(_during(filters, "earned_at", begin, zone))
    sum_minor: Any = one.sum_minor
    if name == "suspected":
        held = referrals_of(filters).filter(fraud_state=Referral.FraudState.HELD)
        rewards = rewards.filter(referral_id__in=held.values("pk"))
    if name == "booked":
        sum_minor = F("booked")
        rewards = _booked(rewards)
    if currency:
        rewards = rewards.filter(currency="" if currency == NONE else currency)
    return People(
        one.label,
        one.meaning,
        show_sums(rewards, "earned_at", in_words("state", State.choices), sum_minor),
        has_money=True,
    )


def _booked(rewards: QuerySet[Reward]) -> QuerySet[Reward]:
    """Keep the rewards of which something is booked, as ``budgets.granted_minor`` adds it up."""
    delivered = (
        RewardEntry.objects.filter(
            kind=RewardEntry.Kind.FULFILLED, reward_id=OuterRef("pk")
        )
        .order_by()
        .values("reward_id")
        .annotate(sum=Sum("amount_minor"))
    )
    booked = Greatest("balance_minor", Value(0)) - Coalesce(
        Subquery(delivered.values("sum"), output_field=BigIntegerField()),
        Value(0, output_field=IntegerField()),
        output_field=BigIntegerField(),
    )
    return rewards.annotate(booked=booked).exclude(booked=0)
