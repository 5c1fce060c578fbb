"""Each report equals a recount of the raw rows, in plain Python and on another road."""

from collections import Counter
from datetime import UTC, timedelta
from random import Random

import pytest

from campaigns.reports.referrals import (
    advocates,
    fraud,
    funnel,
    money,
    timing,
    yes_rate,
)
from campaigns.reports.referrals.filters import read_filters
from campaigns.reports.referrals.people import find_people
from contacts.erasure.asking import request_erasure
from contacts.erasure.forget import forget_person
from contacts.models import Contact, Erasure
from contacts.work import advance_one
from referrals.models import Visit
from referrals.visit_counts import keep_count
from tests.campaigns.reports.referrals import recount_asks, recount_friends
from tests.campaigns.reports.referrals.recount_asks import Rows
from tests.factories.campaigns import NOW
from tests.factories.referral_reports import Months, make_visits
from tests.factories.referrals import make_advocate

pytestmark = pytest.mark.django_db

CHOSEN = (
    {"period": "all"},
    {"period": "90"},
    {"period": "30", "channel": "email"},
    {"period": "all", "channel": "-", "locale": "pt-BR"},
    {"period": "all", "variant": "s:a", "campaign": "first"},
    {"period": "365", "program": "second"},
)


def choose(months, chosen):
    """Make filters, whose ids are known only now."""
    places = {"first": months.campaigns[0].pk, "second": months.programs[1].pk}
    given = {name: str(places.get(word, word)) for name, word in chosen.items()}
    return read_filters(given, now=NOW)


def numbers_of(filters):
    """Gather the words of all numbers that open their people, with the number."""
    found = funnel.count_funnel(filters, by="channel", now=NOW)
    friends = funnel.count_friends(filters)
    report = yes_rate.count_yes(filters, zone=UTC)
    frauds = fraud.count_fraud(filters)
    times = timing.count_times(filters)
    numbers = {"ask:asked": found.counts.asked, "moment:none": times.without_moment}
    for step in found.steps:
        numbers[f"ask:{step.stage.word}"] = step.count
        numbers[f"raw:{step.stage.word}"] = step.raw
    for line in found.answers:
        numbers[f"answer:{line.group.word}"] = line.rate.count
    for line in found.grades:
        numbers[f"grade:{line.group.word}"] = line.rate.count
    for harm, rate in report.harms:
        numbers[f"harm:{harm.word}"] = rate.count
    for step in friends.steps:
        numbers[f"friend:{step.stage.word}"] = step.count
    numbers |= {"friend:reversed": friends.reversed, "friend:lost": friends.lost}
    numbers |= {f"source:{word}": number for word, _, number in friends.by_source}
    numbers |= {f"fraud:{word}": number for word, _, number in frauds.states}
    numbers |= {f"check:{line.check}": line.found for line in frauds.checks}
    numbers |= {f"took:{one.word}": one.rate.count for one in times.whole.stretches}
    return numbers


def check_each_number_is_as_many_as_the_people_behind_it(rows, filters):
    numbers = numbers_of(filters)

    people = {
        word: find_people(filters, word, zone=UTC).rows.count() for word in numbers
    }

    assert people == numbers


CHECKS = (
    recount_asks.check_funnel_of_asks,
    recount_asks.check_funnel_never_widens_and_nothing_is_above_all,
    recount_asks.check_yes_rate_week_by_week,
    recount_asks.check_people_who_said_yes,
    recount_asks.check_times,
    recount_friends.check_funnel_of_friends,
    recount_friends.check_money,
    recount_friends.check_leaderboard,
    recount_friends.check_fraud,
    check_each_number_is_as_many_as_the_people_behind_it,
)


@pytest.mark.parametrize("seed", range(2))
def test_every_number_equals_a_recount(seed):
    months = Months(Random(seed))
    rows = Rows()

    for chosen in CHOSEN:
        filters = choose(months, chosen)
        for check in CHECKS:
            check(rows, filters)


def test_the_weeks_are_as_many_as_the_people_behind_them():
    Months(Random(3), asks=60, people=10)
    filters = read_filters({"period": "90"}, now=NOW)
    report = yes_rate.count_yes(filters, zone=UTC)

    counts = {week.on: week.tally.groups["yes"] for week in report.weeks}

    assert sum(counts.values()) > 0
    assert counts == {
        on: find_people(filters, f"answer:yes@{on}", zone=UTC).rows.count()
        for on in counts
    }


def everything(filters):
    """Take down every number."""
    lines = money.count_money(filters).lines
    leaders = advocates.Leaders(filters, order="won")
    return (
        numbers_of(filters),
        yes_rate.count_people(filters),
        [vars(line) | {"program": line.program.pk, "budget": None} for line in lines],
        leaders[0:100],
        funnel.count_all_visits(filters),
    )


def test_numbers_stay_when_people_are_forgotten():
    months = Months(Random(7), asks=80, people=20)
    filters = read_filters({"period": "all"}, now=NOW)
    make_visits(Random(7), months.advocate_in(months.programs[0]), number=30, days=40)
    keep_count(now=NOW)
    before = everything(filters)

    for contact in (*months.contacts, *months.friends):
        request_erasure(
            contact=contact, never_again=False, statement="", user=None, now=NOW
        )
    while advance_one(Erasure, forget_person, now=NOW):
        pass

    assert Contact.objects.filter(erased_at__isnull=False).count() == 40
    assert Erasure.objects.exclude(state="done").count() == 0
    assert everything(filters) == before


@pytest.mark.parametrize("counted", [None, NOW, NOW - timedelta(days=20)])
def test_visits_equal_a_recount(counted):
    advocate = make_advocate()
    make_visits(Random(1), advocate, number=150, days=40)
    if counted:
        keep_count(now=counted)

    for word in ("all", "365", "90", "30", "7"):
        check_visits(read_filters({"period": word}, now=NOW))


def check_visits(filters):
    found = funnel.count_all_visits(filters)

    since = filters.period.since
    rows = [
        row
        for row in Visit.objects.values()
        if since is None or row["visited_at"] >= since
    ]
    assert +Counter({word: count for word, _, count in found.kinds}) == Counter(
        row["kind"] for row in rows
    )
    assert {channel: (people, total) for channel, people, total in found.channels} == {
        channel: (
            sum(row["channel"] == channel and row["kind"] == "human" for row in rows),
            sum(row["channel"] == channel for row in rows),
        )
        for channel in {row["channel"] for row in rows}
    }
