import random
from datetime import date, timedelta
from statistics import median

import pytest

from contacts.funnels.report import (
    Group,
    are_even,
    count_funnel,
    count_people,
    find_people,
)
from contacts.funnels.stages import Stage
from contacts.funnels.way import Period
from contacts.models import EventType
from tests.factories.contacts import NOW, make_contact, make_event

pytestmark = pytest.mark.django_db
STAGES = [
    Stage("Seen", ("seen", "viewed")),
    Stage("Signed up", ("signed_up",)),
    Stage("Paid", ("paid",)),
]
PERIOD = Period(
    since=NOW - timedelta(days=60),
    until=NOW,
    window=timedelta(days=10),
    now=NOW,
)


def person(*events):
    """A contact who did things so many days ago."""
    contact = make_contact()
    for name, days in events:
        make_event(contact, name=name, at=NOW - timedelta(days=days))
    return contact


def counts():
    return [row.count for row in count_funnel(STAGES, PERIOD).stages]


@pytest.mark.parametrize(
    ("events", "reached"),
    [
        ([("seen", 9), ("signed_up", 5), ("paid", 1)], 3),
        ([("viewed", 9), ("signed_up", 5)], 2),
        ([("seen", 9)], 1),
        # Not in this order.
        ([("seen", 5), ("signed_up", 9), ("paid", 1)], 1),
        ([("signed_up", 9), ("seen", 8), ("signed_up", 7), ("paid", 8)], 2),
        # Without the stage between.
        ([("seen", 9), ("paid", 1)], 1),
        # The whole way has to fit into the window.
        ([("seen", 30), ("signed_up", 25), ("paid", 19)], 2),
        ([("seen", 30), ("signed_up", 25), ("paid", 20)], 3),
        ([("seen", 30), ("signed_up", 15)], 1),
        # Who begins again counts from the first time.
        ([("seen", 40), ("seen", 9), ("signed_up", 8)], 1),
        # At the same time is after.
        ([("seen", 9), ("signed_up", 9), ("paid", 9)], 3),
        # Who began before the period, or never.
        ([("seen", 61), ("signed_up", 59)], 0),
        ([("signed_up", 5), ("paid", 1)], 0),
    ],
)
def test_way_is_followed(events, reached):
    person(*events)

    assert counts() == [1] * reached + [0] * (3 - reached)


def test_funnel_is_counted():
    person(("seen", 9), ("signed_up", 5), ("paid", 4))
    person(("seen", 9), ("signed_up", 7))
    person(("seen", 9), ("signed_up", 8), ("paid", 5))
    person(("seen", 23))

    report = count_funnel(STAGES, PERIOD)

    assert [
        (row.number, row.count, row.stayed, row.of_first, row.of_previous, row.median)
        for row in report.stages
    ] == [
        (1, 4, 1, 1.0, None, None),
        (2, 3, 1, 0.75, 0.75, timedelta(days=2)),
        (3, 2, 2, 0.5, pytest.approx(2 / 3), timedelta(days=2)),
    ]
    assert report.overall == 0.5
    # 1 March 2026 is a Sunday.
    assert [(each.week, each.counts, each.is_open) for each in report.cohorts] == [
        (date(2026, 2, 2), (1, 0, 0), False),
        (date(2026, 2, 16), (3, 3, 2), True),
    ]
    assert report.cohorts[1].ratios == [1.0, 1.0, pytest.approx(2 / 3)]


@pytest.mark.parametrize(
    ("counts", "is_even"),
    [((5, 20, 20), True), ((5, 21, 1), False), ((5, 5, 0), False), ((0, 1, 1), False)],
)
def test_stages_are_even(counts, is_even):
    for name, count in zip(("seen", "signed_up", "paid"), counts, strict=True):
        EventType.objects.create(
            kind="track", name=name, count=count, first_seen_at=NOW, last_seen_at=NOW
        )

    assert are_even(STAGES) == is_even


def test_funnel_without_people_has_no_rates():
    report = count_funnel(STAGES, PERIOD)

    assert (report.overall, report.cohorts) == (None, [])
    assert [row.count for row in report.stages] == [0, 0, 0]


def test_people_stand_behind_each_number():
    done = person(("seen", 9), ("signed_up", 5), ("paid", 4))
    here = person(("seen", 9), ("signed_up", 7))
    gone = person(("seen", 23))

    def names(group, **page):
        found = find_people(STAGES, PERIOD, group, **page)
        if not page:
            assert count_people(STAGES, PERIOD, group) == len(found)
        return [each.contact for each in found]

    assert names(Group(1)) == [here, done, gone]
    assert names(Group(2)) == [done, here]
    assert names(Group(2, stayed=True)) == [here]
    assert names(Group(1, stayed=True)) == [gone]
    assert names(Group(3, stayed=True)) == [done]
    assert names(Group(1, week=date(2026, 2, 2))) == [gone]
    assert names(Group(1), size=1, offset=1) == [done]
    [shown] = find_people(STAGES, PERIOD, Group(2, stayed=True))
    assert shown.times == (
        NOW - timedelta(days=9),
        NOW - timedelta(days=7),
        None,
    )
    assert shown.latest == NOW - timedelta(days=7)


def walked(events):
    """Plain Python: when each stage was reached."""
    times = []
    for stage in STAGES:
        after = times[-1] if times else PERIOD.since
        until = times[0] + PERIOD.window if times else PERIOD.until
        at = min(
            (
                at
                for name, at in events
                if name in stage.events and after <= at <= until
            ),
            default=None,
        )
        if at is None:
            break
        times.append(at)
    return times


@pytest.mark.parametrize("count", [0, 100])
def test_numbers_are_those_of_a_plain_walk(count):
    # With 0 people are looked up one by one; else all events of a stage are read.
    for name in ("seen", "viewed", "signed_up", "paid"):
        EventType.objects.create(
            kind="track", name=name, count=count, first_seen_at=NOW, last_seen_at=NOW
        )
    assert are_even(STAGES) == bool(count)
    chance = random.Random(7)
    ways = []
    for _ in range(60):
        contact, events = make_contact(), []
        for _ in range(chance.randrange(8)):
            name = chance.choice(["seen", "viewed", "signed_up", "paid", "other"])
            at = NOW - timedelta(hours=chance.randrange(1, 70 * 24))
            events.append((name, at))
            make_event(contact, name=name, at=at)
        ways.append(walked(events))

    report = count_funnel(STAGES, PERIOD)

    for index, row in enumerate(report.stages):
        reached = [times for times in ways if len(times) > index]
        assert row.count == len(reached)
        if index and reached:
            steps = [
                (times[index] - times[index - 1]).total_seconds() for times in reached
            ]
            assert row.median.total_seconds() == pytest.approx(median(steps))
    assert sum(each.counts[0] for each in report.cohorts) == report.stages[0].count
