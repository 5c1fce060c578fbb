"""
Workers of a referral program are killed at random while friends come, buy and send back.

In the end credit and ledger are what the model says: one advocate per friend, one reward per cause.
Account credit is posted at least once, and each time under the same name, by which the other
system knows it. ``GREENLIGHT_KILLED_STORIES`` and ``GREENLIGHT_KILLS_PER_STORY`` ask for more.
"""

import json
import os
import random
import secrets
import signal
import time
from collections import Counter, defaultdict
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.db.models import Sum

from contacts.events import Fact, record_many
from contacts.models import Reaction
from referrals.arrivals import Arrival
from referrals.attribution.inbox import backlog
from referrals.clues import Trail, leave_clues
from referrals.models import (
    Referral,
    Reward,
    RewardEntry,
    Setback,
    Visit,
    WaitingVisit,
)
from referrals.models.stage_rule import CONSUMER
from referrals.rewards.credit import create_webhook
from referrals.waiting_visits import let_wait, version_of
from tests.chaos.drive import database_url, spawn, start
from tests.factories.referrals import BROWSER, NOW
from tests.receiver import receiver
from tests.referrals.oracle.model import Model
from tests.referrals.oracle.site import BEGIN, MINUTE, NAMES, Site, check_ledger
from tests.referrals.oracle.story import FRIENDS, tell

STORIES = int(os.environ.get("GREENLIGHT_KILLED_STORIES", "2"))
KILLS = int(os.environ.get("GREENLIGHT_KILLS_PER_STORY", "5"))
WORKERS = 2
PATIENCE = 60


class LivingSite(Site):
    """Writes down what happens, and leaves the rest to workers."""

    def visit(self, visit):
        advocate, click_id = self.advocates[visit.advocate], secrets.token_urlsafe(16)
        assert let_wait(
            contact_id=advocate.contact_id,
            advocate_id=advocate.pk,
            version=version_of(self.program.pk),
            click_id=click_id,
            arrival=Arrival(address=click_id, headers={"User-Agent": BROWSER}),
            now=BEGIN + visit.at * MINUTE,
        )
        return SimpleNamespace(click_id=click_id)

    @transaction.atomic
    def write(self, some):
        """What a message or a request leaves behind; credit is the workers' work."""
        facts, trails = [], []
        for told in some:
            friend, at = self.friends[told.friend].pk, BEGIN + told.at * MINUTE
            properties = {"order_id": told.order} if told.order else {}
            if told.cents is not None:
                properties |= {"total": told.cents / 100, "currency": "USD"}
            name = NAMES[told.kind]
            facts.append(Fact(friend, name, at, told.key, properties))
            kind, value = told.clue or ("", 0)
            if kind == "click":
                trails.append(Trail(friend, "click", self.visits[value].click_id, at))
            elif kind:
                key = f"{name}:{told.key}"
                trails.append(Trail(friend, "code", self.code_of(value), at, key, name))
        record_many(facts, now=self.now)
        leave_clues(trails, now=self.now)


def acts_of(story, draw):
    """
    Part a story into what is written at once.

    What decides about credit comes together for each friend, for it depends on what is known
    when a friend is looked at; refunds and what is told twice come at any time.
    """
    told = list(dict.fromkeys([*story.told, *story.late]))
    acts = [(draw.random(), [one]) for one in told if one.kind in ("refund", "cancel")]
    for friend in range(FRIENDS):
        own = [one for one in told if one.friend == friend]
        whole = [one for one in own if one.kind in ("signed_up", "order")]
        if whole:
            at, again = draw.random(), draw.sample(whole, draw.randrange(len(whole)))
            acts += [(at, whole), (draw.uniform(at, 1), again)]
    return [act for _, act in sorted(acts, key=lambda one: one[0]) if act]


def model_of(story, acts):
    model = Model(story.promise, story.visits)
    for told in (one for act in acts for one in act):
        known = model.friends[told.friend].told
        if not any((one.kind, one.key) == (told.kind, told.key) for one in known):
            known.append(told)
    for friend in model.friends.values():
        model.judge(friend)
    return model


def is_over():
    return not (
        Reaction.objects.filter(consumer=CONSUMER).exists()
        or WaitingVisit.objects.exists()
        or Referral.objects.exclude(judge_due_at=None, rewards_due_at=None).exists()
        or Reward.objects.exclude(due_at=None).exists()
        or Setback.objects.exists()
    )


def check_posts(requests):
    """Each delivery was posted, always under its name and for its amount."""
    posted = defaultdict(set)
    for one in requests:
        data = json.loads(one.body)["data"]
        assert data["reward"] == one.headers["webhook-id"]
        posted[data["reward"]].add((data["amount_minor"], data["currency"]))
    assert {len(amounts) for amounts in posted.values()} <= {1}
    by_reward = Counter()
    for name, [(amount, _)] in posted.items():
        by_reward[int(name.split("_")[1])] += amount
    booked = RewardEntry.objects.filter(kind="fulfilled", reason="credit_sent")
    sums = booked.values_list("reward_id").annotate(sum=Sum("amount_minor"))
    assert by_reward == {pk: -amount for pk, amount in sums}
    assert len(posted) == booked.count()
    return len(requests) - len(posted)


def live(site, acts, draw, nursery, workers):
    """Let everything happen, and kill workers meanwhile; returns how many were at work."""
    at_work, moments = 0, set(draw.sample(range(len(acts)), min(KILLS, len(acts))))
    for number, act in enumerate(acts):
        site.write(act)
        time.sleep(draw.uniform(0, 0.05))
        if number in moments:
            at_work += not is_over()
            os.kill(workers.pop(draw.randrange(WORKERS)), signal.SIGKILL)
            workers.append(spawn(nursery))
    return at_work


@pytest.mark.django_db(transaction=True)
def test_credit_and_ledger_are_what_the_model_says(processes):
    with receiver() as other_system:
        nursery = start(
            processes,
            "rewarders.py",
            NOW.isoformat(),
            DATABASE_URL=database_url(),
            DJANGO_SETTINGS_MODULE="tests.settings",
            GREENLIGHT_OUTGOING_HOSTS="localhost",
        )
        killed_at_work = 0
        for seed in range(STORIES):
            story, draw = tell(seed), random.Random(seed)
            webhook, _ = create_webhook(
                name=f"Shop {seed}", url=other_system.url, user=None, now=NOW
            )
            workers = [spawn(nursery) for _ in range(WORKERS)]
            site = LivingSite(story, seed, delivery="credit", webhook=webhook)
            acts = acts_of(story, draw)
            model = model_of(story, acts)

            killed_at_work += live(site, acts, draw, nursery, workers)
            end = time.monotonic() + PATIENCE
            while not is_over() and time.monotonic() < end:
                time.sleep(0.05)
            for worker in workers:
                os.kill(worker, signal.SIGKILL)

            assert is_over()
            assert backlog(NOW).count == 0
            assert (site.credits(), site.owed()) == (model.credits(), model.owed())
            visits = Visit.objects.filter(program=site.program)
            assert visits.count() == len(story.visits)
            check_ledger()
        again = check_posts(other_system.requests)
    print(f"\n{killed_at_work} killed at work, {again} posted again")  # noqa: T201
    assert killed_at_work >= STORIES * KILLS // 2
