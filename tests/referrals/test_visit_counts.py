from datetime import timedelta
from random import Random

import pytest

from referrals.models import Visit, VisitCount, VisitCounting
from referrals.tasks import count_visits as count_task
from referrals.visit_counts import (
    count_visits,
    counts_backlog,
    keep_count,
    recount_visits,
)
from tests.factories.referral_reports import make_visits
from tests.factories.referrals import NOW, make_advocate

pytestmark = pytest.mark.django_db


@pytest.fixture
def advocate():
    found = make_advocate()
    make_visits(Random(3), found, number=80, days=20)
    return found


def all_visits():
    return count_visits(since=None, until=NOW + timedelta(seconds=1))


def test_counting_changes_no_number_and_may_run_twice(advocate):
    before = all_visits()

    first, second = keep_count(now=NOW), keep_count(now=NOW)

    assert first == VisitCount.objects.count() > 0
    assert second == 0
    assert all_visits() == before
    assert before.total() == 80


def test_days_are_counted_when_they_are_over(advocate):
    keep_count(now=NOW - timedelta(days=5))
    counted = sum(VisitCount.objects.values_list("visits", flat=True))
    keep_count(now=NOW)

    settled = VisitCounting.objects.get().counted_until
    assert settled == (NOW - timedelta(days=1)).replace(hour=0)
    assert counted < Visit.objects.filter(visited_at__lt=settled).count()
    assert (
        sum(VisitCount.objects.values_list("visits", flat=True))
        == Visit.objects.filter(visited_at__lt=settled).count()
    )


def test_visits_of_the_past_are_found_by_a_recount(advocate):
    keep_count(now=NOW)
    make_visits(Random(4), advocate, number=30, days=19)

    missing = all_visits().total()
    recount_visits(now=NOW)

    assert missing < 110
    assert all_visits().total() == 110


def test_counting_is_due_once_a_day(advocate):
    before = counts_backlog(NOW)
    keep_count(now=NOW)
    after = counts_backlog(NOW)
    make_visits(Random(5), advocate, number=1, days=0)
    tomorrow = counts_backlog(NOW + timedelta(days=2))

    assert (before.count, after.count, tomorrow.count) == (1, 0, 1)


def test_nothing_is_due_without_visits():
    assert counts_backlog(NOW).count == 0


def test_task_counts(advocate):
    count_task()

    assert VisitCounting.objects.get().counted_until is not None
