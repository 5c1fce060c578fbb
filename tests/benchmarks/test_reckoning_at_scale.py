"""
What it takes to reckon an advocate with ten thousand friends, after a single order of one of them.

What is owed for a friend may depend on the others: a rule grants no more than so many rewards, or
one for every fifth friend. The aim is 50 ms, wherever in the year the order was; what it takes to
reckon all friends who are due at once is told beside, for each friend.
``GREENLIGHT_BENCHMARK_FRIENDS`` sets how many there are.
"""

import os
from datetime import timedelta

import pytest
from django.db import connection

from contacts.models import Contact
from referrals.models import Milestone, Referral, Reward
from referrals.rewards.due import settle_due
from referrals.rewards.reckon import reckon_due
from tests.benchmarks.meter import measure
from tests.benchmarks.report import report
from tests.factories.referrals import NOW, make_advocate, make_program
from tests.factories.rewards import check_books, make_rule

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

FRIENDS = int(os.environ.get("GREENLIGHT_BENCHMARK_FRIENDS", "10000"))
TRIES = 5
AIM = 0.05
BEGIN = NOW - timedelta(days=300)


def befriend(advocate, count):
    """So many friends, each with an order, in the order of time."""
    contacts = Contact.objects.bulk_create(
        Contact(email=f"friend{number}@example.com") for number in range(count)
    )
    referrals = Referral.objects.bulk_create(
        Referral(
            contact=contact,
            program_id=advocate.program_id,
            advocate_contact_id=advocate.contact_id,
            advocate_id=advocate.pk,
            source="click",
            lead_at=BEGIN + timedelta(minutes=number * 40),
            fraud_state="clear",
            rewards_due_at=NOW,
        )
        for number, contact in enumerate(contacts)
    )
    Milestone.objects.bulk_create(order_of(one, one.lead_at, "1") for one in referrals)
    return referrals


def order_of(referral, at, key):
    return Milestone(
        contact_id=referral.contact_id,
        referral_id=referral.pk,
        program_id=referral.program_id,
        stage="won",
        key=f"order:{referral.pk}-{key}",
        occurred_at=at,
        event_id=referral.pk,
        amount_minor=6000,
        currency="USD",
    )


def reckon_all():
    while reckon_due(now=NOW):
        pass


def settle_all():
    while settle_due(now=NOW):
        pass


def analyze():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.parametrize(
    ("what", "promises"),
    [
        ("no limit", [{}]),
        ("at most 50 a year", [{"most_rewards": 50, "most_period": "year"}]),
        (
            "one more for every fifth",
            [{}, {"counting": "every", "friend_count": 5, "amount_minor": 5000}],
        ),
    ],
)
def test_one_order_of_a_friend_among_very_many(what, promises):
    program = make_program()
    for promise in promises:
        make_rule(program, hold_days=0, **promise)
    advocate = make_advocate(program)
    referrals = befriend(advocate, FRIENDS)
    analyze()

    whole = measure(reckon_all)
    report(
        f"reckon, {what}: all at once, each",
        AIM,
        whole.cpu / FRIENDS,
        f"{whole.wall:.1f} s wall for {FRIENDS:,} friends, {Reward.objects.count():,} rewards",
    )
    analyze()
    for where, place in (("first", 0), ("middle", FRIENDS // 2), ("last", -1)):
        costs = []
        for number in range(TRIES):
            one = referrals[place]
            Milestone.objects.bulk_create([order_of(one, NOW, f"{where}{number}")])
            Referral.objects.filter(pk=one.pk).update(rewards_due_at=NOW)
            costs.append(measure(reckon_all))
        cheapest = min(costs, key=lambda cost: cost.cpu)
        note = f"{cheapest.wall * 1000:.0f} ms wall"
        report(f"reckon, {what}: an order of the {where}", AIM, cheapest.cpu, note)
    [newest] = befriend_one(advocate)
    cost = measure(reckon_all)
    report(
        f"reckon, {what}: a new friend",
        AIM,
        cost.cpu,
        f"{cost.wall * 1000:.0f} ms wall",
    )
    assert not Referral.objects.exclude(rewards_due_at=None).exists()
    if FRIENDS <= 1_000:
        check_books()
    assert newest.pk


def befriend_one(advocate):
    contact = Contact.objects.create(email="newest@example.com")
    referral = Referral.objects.create(
        contact=contact,
        program_id=advocate.program_id,
        advocate_contact_id=advocate.contact_id,
        advocate_id=advocate.pk,
        source="click",
        lead_at=NOW,
        fraud_state="clear",
        rewards_due_at=NOW,
    )
    order_of(referral, NOW, "1").save()
    return [referral]
