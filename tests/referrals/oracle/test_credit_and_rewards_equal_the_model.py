"""In whatever order it is told, doubled, by two at once or killed: the model's end."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import Sum

from referrals.attribution.inbox import credit_next
from referrals.models import Referral, Reward, RewardBatch, RewardBudget
from referrals.rewards.batches import NothingToPay, make_batch, mark_paid
from referrals.rewards.budgets import set_budget
from referrals.rewards.due import settle_due
from referrals.rewards.reckon import reckon_due
from tests.referrals.oracle.site import Site, check_ledger, model_of
from tests.referrals.oracle.story import tell

STORIES = int(os.environ.get("GREENLIGHT_REFERRAL_STORIES", "20"))


def play(seed, site, story):
    """Compare when all is told, and when money was paid and more is taken back."""
    site.live(story.told)
    site.drain()
    model = model_of(story, story.told)
    assert (site.credits(), site.owed()) == (model.credits(), model.owed())
    check_ledger()

    site.approve()
    assert site.owed() == model.owed()
    try:
        batch = make_batch(currency="USD", user=None, now=site.now)
    except NothingToPay:
        assert not model.owed()
    else:
        mark_paid(batch=batch, user=None, now=site.now)
    check_ledger()

    site.live(story.late)
    site.approve()
    model = model_of(story, story.told, story.late)
    assert (site.credits(), site.owed()) == (model.credits(), model.owed())
    check_ledger()
    return model


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(STORIES))
def test_the_end_is_what_the_model_says(seed):
    story = tell(seed)

    play(seed, Site(story, seed), story)


def test_the_stories_are_worth_telling():
    owed, credited, paid = Counter(), 0, 0
    for seed in range(STORIES):
        story = tell(seed)
        model = model_of(story, story.told, story.late)
        credited += len(model.credits())
        owed.update(rule for rule, _, _ in model.owed())
        paid += model.owed() != model_of(story, story.told).owed()

    assert credited > 2 * STORIES
    assert all(owed[rule] >= STORIES / 4 for rule in ("fixed", "percent", "bonus"))
    # In many of them something is taken back that was paid.
    assert paid > STORIES / 4


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(100, 106))
def test_a_budget_is_never_exceeded(seed):
    story = tell(seed)
    site = Site(story, seed, budget=4_000)

    site.live(story.told)
    site.drain()
    site.approve()

    budget = RewardBudget.objects.get()
    granted = Reward.objects.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    assert budget.booked_minor == granted <= 4_000
    check_ledger()

    # What waited for it is granted once there is more.
    set_budget(
        program=site.program,
        currency="USD",
        amount_minor=1_000_000,
        low_percent=20,
        user=None,
        now=site.now,
    )
    site.drain()
    assert site.owed() == model_of(story, story.told).owed()
    check_ledger()


class TwoWorkers(Site):
    """Lets two workers do everything at once, each on a connection of its own."""

    def live(self, told):
        def elsewhere(some):
            try:
                for one in some:
                    self.tell(one)
                    reckon_due(now=self.now)
            finally:
                connection.close()

        # Each tells all, so everything is told twice, and at the same time.
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(elsewhere, (told, told)))

    def drain(self):
        def elsewhere(_):
            try:
                for work in (credit_next, reckon_due, settle_due):
                    while work(now=self.now):
                        pass
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(elsewhere, range(2)))
        super().drain()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_workers_end_with_what_the_model_says(seed):
    story = tell(seed)

    model = play(seed, TwoWorkers(story, seed, trouble=0), story)

    assert Referral.objects.count() == len(model.credits())
    assert RewardBatch.objects.count() <= 1
