"""The product as a story is told to it: its slices work in between, and may be killed."""

import random
from collections import Counter
from datetime import timedelta

from django.db import connection
from django.db.models import Count, Max, Sum

from referrals.attribution import attribute_referral
from referrals.attribution.inbox import credit_next
from referrals.claims import Happening
from referrals.models import Referral, Reward, RewardBudget, RewardEntry
from referrals.rewards.due import settle_due
from referrals.rewards.reckon import reckon_due
from tests.factories.contacts import make_contact
from tests.factories.referrals import NOW, make_advocate, make_program, make_visit
from tests.factories.rewards import make_rule
from tests.referrals.oracle.model import Model
from tests.referrals.oracle.story import ADVOCATES, FRIENDS

BEGIN = NOW - timedelta(days=200)
MINUTE = timedelta(minutes=1)
NAMES = {
    "signed_up": "signed_up",
    "order": "order_completed",
    "refund": "order_refunded",
    "cancel": "order_canceled",
}


class Killed(BaseException):
    """The process is gone."""


class Site:
    """Tells the product a story, and lets its slices work in between."""

    def __init__(self, story, seed, *, trouble=0.3, budget=None, **delivery):
        self.draw = random.Random(seed)
        self.trouble = trouble
        self.now = NOW
        self.program = make_program()
        promise = story.promise
        common = {"program": self.program, "starts_at": BEGIN, **delivery}
        self.rules = {
            make_rule(
                **common,
                amount_minor=promise.fixed,
                minimum_minor=promise.minimum,
                most_rewards=promise.most_rewards,
            ).pk: "fixed",
            make_rule(
                **common,
                role="friend",
                amount_minor=None,
                percent_points=promise.percent,
                most_minor=promise.most,
                first_orders=promise.orders,
            ).pk: "percent",
            make_rule(
                **common,
                amount_minor=promise.bonus,
                counting="reaching",
                friend_count=promise.friends,
            ).pk: "bonus",
        }
        if budget is not None:
            RewardBudget.objects.create(
                program=self.program, currency="USD", amount_minor=budget
            )
        self.advocates = [make_advocate(self.program) for _ in range(ADVOCATES)]
        self.friends = [make_contact(created_at=BEGIN) for _ in range(FRIENDS)]
        self.visits = [self.visit(one) for one in story.visits]
        people = [one.contact_id for one in self.advocates]
        self.numbers = {pk: number for number, pk in enumerate(people)}
        self.numbers |= {one.pk: number for number, one in enumerate(self.friends)}

    def visit(self, visit):
        return make_visit(self.advocates[visit.advocate], now=BEGIN + visit.at * MINUTE)

    def live(self, told):
        """Tell everything; now and then a slice works, and its process may die."""
        for one in told:
            self.call(lambda one=one: self.tell(one))
            if self.draw.random() < 0.3:
                self.call(lambda: credit_next(now=self.now))
            if self.draw.random() < 0.3:
                self.call(lambda: reckon_due(now=self.now))

    def tell(self, told):
        properties = {"order_id": told.order} if told.order else {}
        if told.cents is not None:
            properties |= {"total": told.cents / 100, "currency": "USD"}
        kind, value = told.clue or ("", 0)
        happening = Happening(
            NAMES[told.kind], BEGIN + told.at * MINUTE, told.key, properties
        )
        attribute_referral(
            friend_contact_id=self.friends[told.friend].pk,
            event=happening,
            click_id=self.visits[value].click_id if kind == "click" else "",
            code=self.code_of(value) if kind == "code" else "",
            now=self.now,
        )

    def code_of(self, advocate):
        return self.advocates[advocate].code if advocate >= 0 else "zzzzzzzz"

    def call(self, work):
        """Do some work; sometimes it is killed at any of its queries, and done again."""
        if self.draw.random() < self.trouble:
            left = self.draw.randrange(1, 60)

            def die(execute, sql, params, many, context):
                nonlocal left
                left -= 1
                if left == 0:
                    raise Killed
                return execute(sql, params, many, context)

            try:
                with connection.execute_wrapper(die):
                    work()
            except Killed:
                pass
        return work()

    def drain(self):
        """Work until nothing is due; what waits for another slice comes a little later."""
        for _ in range(3):
            for work in (credit_next, reckon_due, settle_due):
                while self.call(lambda work=work: work(now=self.now)):
                    pass
            self.now += timedelta(minutes=1)

    def approve(self):
        """Nobody found fraud, and the hold is over."""
        Referral.objects.update(
            fraud_state="clear", judge_due_at=None, rewards_due_at=self.now
        )
        self.now += timedelta(days=60)
        self.drain()

    def credits(self):
        own = Referral.objects.filter(program=self.program)
        rows = own.values_list("contact_id", "advocate_contact_id")
        return {
            self.numbers[friend]: self.numbers[advocate] for friend, advocate in rows
        }

    def owed(self):
        rows = Reward.objects.filter(amount_minor__gt=0, program=self.program)
        return sorted(
            (self.rules[rule], self.numbers[pk], amount)
            for rule, pk, amount in rows.values_list(
                "rule_id", "contact_id", "amount_minor"
            )
        )


def check_ledger():
    """Each reward is the sum of its entries, which are numbered without a gap."""
    entries = {
        (row["contact_id"], row["reward_id"]): (
            row["balance"],
            row["granted"],
            row["count"],
            row["count"],
        )
        for row in RewardEntry.objects.values("contact_id", "reward_id").annotate(
            balance=Sum("amount_minor"),
            granted=Sum("granted_minor"),
            count=Count("pk"),
            last=Max("number"),
        )
    }
    rewards = {
        (one.contact_id, one.pk): (
            one.balance_minor,
            one.amount_minor,
            one.entry_count,
            one.entry_count,
        )
        for one in Reward.objects.all()
    }
    assert entries == rewards
    causes = Counter(
        Reward.objects.values_list(
            "contact_id", "rule_id", "referral_id", "milestone_key"
        )
    )
    assert set(causes.values()) <= {1}


def model_of(story, *parts):
    model = Model(story.promise, story.visits)
    for part in parts:
        for told in part:
            model.take(told)
    return model
