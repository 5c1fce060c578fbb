"""
What it costs to keep a hundred audiences of ten traits true, of each contact concerned, and
what to look at everybody.

The cost of a contact is to be the same whatever the number of contacts: run it with
``GREENLIGHT_BENCHMARK_CONTACTS`` at 100000 and at 1000000.
"""

import pytest
from django.db import connection

from audiences.definitions import create_audience
from audiences.memberships.fill import fill_next
from audiences.memberships.live import react_next
from audiences.memberships.refresh import find_difference
from audiences.models import Audience, Membership, MembershipChange, Trait
from contacts.events import Fact, record_many
from contacts.models import Contact, Reaction
from tests.benchmarks import dataset
from tests.benchmarks.meter import Meter, measure
from tests.benchmarks.report import report

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

AUDIENCES = 100
CONCERNED = 2_000
GOAL_SECONDS = 600e-6
NOW = dataset.AS_OF
WINDOWS = (7, 14, 30, 45, 60, 75, 90, 120, 150, 180)
KINDS = ("sum", "count", "average", "max", "days_active")


def make_traits():
    return [
        Trait.objects.create(
            name=f"{KINDS[number % 5]} of {days} days",
            key=f"trait-{number}",
            definition={
                "kind": KINDS[number % 5],
                "event": "order_completed",
                "property": "total",
                "window": {"kind": "last", "amount": days, "unit": "days"},
            },
        ).pk
        for number, days in enumerate(WINDOWS)
    ]


def rule(number, traits):
    """Two to four conditions, of which one at least concerns whoever has ordered."""
    limits = (200, 3, 100, 150, 2)
    place = number % 10
    conditions = [
        {
            "kind": "trait",
            "trait": traits[place],
            "operator": "greater_than",
            "value": limits[place % 5] * (1 + number // 20),
        },
        {
            "kind": "attribute",
            "name": "plan",
            "operator": "is_one_of",
            "value": [["pro"], ["pro", "club"], ["free"]][number % 3],
        },
        {
            "kind": "event",
            "name": "link_shared",
            "operator": "at_least",
            "count": 1 + number % 3,
            "window": {"kind": "last", "amount": WINDOWS[-1 - place], "unit": "days"},
            "filters": [],
        },
        {
            "kind": "not",
            "condition": {
                "kind": "event",
                "name": "ticket_opened",
                "operator": "at_least",
                "count": 1,
                "window": {"kind": "last", "amount": 7, "unit": "days"},
                "filters": [],
            },
        },
    ]
    kind = "all" if number % 4 else "any"
    return {"kind": kind, "conditions": conditions[: 2 + number % 3]}


def fill():
    while fill_next(NOW):
        pass


def happen(people, key):
    """Let each of some contacts order once."""
    record_many(
        [
            Fact(pk, "order_completed", NOW, f"{key}-{pk}", {"total": 10 + pk % 400})
            for pk in people
        ],
        now=NOW,
    )


def react():
    while react_next(NOW):
        pass


def test_cost_of_a_contact_and_of_everybody():
    dataset.build()
    traits = make_traits()
    for number in range(AUDIENCES):
        create_audience(name=f"Audience {number}", rule=rule(number, traits), now=NOW)
    first = measure(fill)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audiences_membership, audiences_membershipchange")
    everybody = measure(
        lambda: [find_difference(one, as_of=NOW) for one in Audience.objects.all()]
    )

    Reaction.objects.all().delete()
    people = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    step = max(1, len(people) // CONCERNED)
    # Once so that what is read is in memory, and once to be measured.
    happen(people[::step][:CONCERNED], "warm")
    react()
    before = MembershipChange.objects.count()
    happen(people[step // 2 :: step][:CONCERNED], "measured")
    with Meter() as meter:
        react()
    changed = MembershipChange.objects.count() - before

    sizes = f"{len(people):,} contacts, {dataset.EVENTS:,} events"
    each = meter.cost.cpu / CONCERNED
    report(
        f"contact in {AUDIENCES} audiences, CPU",
        GOAL_SECONDS,
        each,
        f"{each * 1e6:.0f} µs of {CONCERNED:,}; {changed:,} moves; {sizes}",
    )
    report(
        f"{AUDIENCES} audiences of everybody, CPU",
        everybody.cpu,
        everybody.cpu,
        f"wall {everybody.wall:.1f} s; first filling {first.wall:.1f} s wall, "
        f"{Membership.objects.count():,} memberships; {sizes}",
    )
    assert find_none()


def find_none():
    """Look at everybody once more: nobody was missed."""
    return not any(
        len(find_difference(one, as_of=NOW)) for one in Audience.objects.all()
    )
