"""Orders and refunds in any order, doubled, with payments in between, against a plain model."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.models import Milestone, Referral, Reward, RewardBudget, RewardEntry
from referrals.rewards.batches import NothingToPay, make_batch, mark_paid
from referrals.rewards.budgets import granted_minor, set_budget
from tests.factories.referrals import NOW, make_advocate, make_program
from tests.factories.rewards import (
    check_books,
    make_referral,
    make_rule,
    touch,
    work_off,
)

pytestmark = pytest.mark.django_db

FRIENDS, ORDERS = 2, 2
MINIMUM, FIXED, PERCENT, MOST = 5_000, 2_000, 1_250, 900

happenings = st.one_of(
    st.tuples(
        st.just("order"),
        st.integers(0, FRIENDS - 1),
        st.integers(0, ORDERS - 1),
    ),
    st.tuples(
        st.just("refund"),
        st.integers(0, FRIENDS - 1),
        st.integers(0, ORDERS - 1),
        st.sampled_from([1, 995, 2_000, 10_000]),
    ),
    st.tuples(
        st.just("doubt"),
        st.integers(0, FRIENDS - 1),
        st.sampled_from(["clear", "held", "rejected"]),
    ),
    st.just(("pay",)),
)


class Model:
    """What is owed, in plain Python: the facts alone say it."""

    def __init__(self):
        self.orders, self.refunds = set(), {}
        self.doubts = dict.fromkeys(range(FRIENDS), "clear")

    def amount(self, friend, order):
        """What an order was worth at first."""
        return 4_000 + 2_000 * order + 1_000 * friend

    def net(self, friend, order):
        """What is left of it."""
        taken = self.refunds.get((friend, order), 0)
        return max(self.amount(friend, order) - taken, 0)

    def owed(self):
        """What each rule owes for each order."""
        found = {}
        for friend, order in self.orders:
            net = self.net(friend, order)
            if not net or self.doubts[friend] == "rejected":
                continue
            key = f"order:{order}"
            if net >= MINIMUM:
                found["fixed", friend, key] = FIXED
            part, rest = divmod(net * PERCENT, 10_000)
            part += rest > 5_000 or (rest == 5_000 and part % 2)
            if part:
                found["percent", friend, key] = min(part, MOST)
        return found


class World:
    """The product with the same facts."""

    def __init__(self):
        self.program = make_program()
        self.rules = {
            "fixed": make_rule(
                self.program,
                amount_minor=FIXED,
                minimum_minor=MINIMUM,
                first_orders=None,
                hold_days=0,
            ),
            "percent": make_rule(
                self.program,
                amount_minor=None,
                percent_points=PERCENT,
                most_minor=MOST,
                first_orders=None,
                hold_days=0,
            ),
        }
        set_budget(
            program=self.program,
            currency="USD",
            amount_minor=1_000_000,
            low_percent=20,
            user=None,
            now=NOW,
        )
        advocate = make_advocate(self.program)
        self.friends = [make_referral(advocate) for _ in range(FRIENDS)]

    def tell(self, model, friend, order):
        """Write an order as the shop told it."""
        referral = self.friends[friend]
        Milestone.objects.update_or_create(
            contact_id=referral.contact_id,
            referral_id=referral.pk,
            stage="won",
            key=f"order:{order}",
            defaults={
                "program": self.program,
                "occurred_at": NOW + timedelta(minutes=order),
                "event_id": 1,
                "amount_minor": model.amount(friend, order),
                "currency": "USD",
                "refunded_minor": model.refunds.get((friend, order), 0),
            },
        )
        touch(referral, NOW)

    def granted(self):
        """What the ledger grants for each order."""
        names = {rule.pk: name for name, rule in self.rules.items()}
        friends = {one.pk: number for number, one in enumerate(self.friends)}
        return {
            (names[one.rule_id], friends[one.referral_id], one.milestone_key): (
                one.amount_minor
            )
            for one in Reward.objects.exclude(amount_minor=0)
        }


def pay(now):
    """Pay what is approved, if anything is."""
    try:
        batch = make_batch(currency="USD", user=None, now=now)
    except NothingToPay:
        return
    mark_paid(batch=batch, user=None, now=now)


def happen(model, world, now, kind, *details):
    """Let one thing happen, in the model and in the product."""
    if kind == "pay":
        pay(now)
    elif kind == "doubt":
        friend, doubt = details
        model.doubts[friend] = doubt
        touch(world.friends[friend], NOW, fraud_state=doubt)
    else:
        friend, order, *amount = details
        if amount:
            before = model.refunds.get((friend, order), 0)
            model.refunds[friend, order] = before + amount[0]
        else:
            model.orders.add((friend, order))
        if (friend, order) in model.orders:
            world.tell(model, friend, order)
    # The second time changes nothing.
    work_off(now)
    work_off(now)


def check_sums(model, world):
    """What is paid and what is still open are all that is owed; the budget says the same."""
    booked = RewardBudget.objects.get().booked_minor
    assert booked == granted_minor(program_id=world.program.pk, currency="USD")
    amounts = RewardEntry.objects.filter(kind="fulfilled")
    paid = -sum(amounts.values_list("amount_minor", flat=True))
    balance = sum(Reward.objects.values_list("balance_minor", flat=True))
    assert paid + balance == sum(model.owed().values())


@settings(max_examples=20)
@given(st.lists(happenings, max_size=12))
def test_ledger_ends_as_the_facts_say(story):
    for table in (RewardEntry, Reward, Milestone, Referral, RewardBudget):
        table.objects.all().delete()
    model, world = Model(), World()

    for happening in story:
        happen(model, world, NOW + timedelta(hours=1), *happening)

    assert world.granted() == model.owed()
    check_books()
    check_sums(model, world)
