"""Each report equals a recount of the raw rows, in plain Python and on another road."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from campaigns.models import Ask
from campaigns.reports.referrals import (
    advocates,
    fraud,
    funnel,
    money,
    timing,
    yes_rate,
)
from campaigns.reports.referrals.filters import Filters, read_filters
from campaigns.reports.referrals.people import find_people
from contacts.erasure.asking import request_erasure
from contacts.erasure.forget import forget_person
from contacts.models import Contact, Erasure
from contacts.work import advance_one
from referrals.models import FraudFinding, Milestone, Referral, Reward, Visit
from referrals.visit_counts import keep_count
from tests.factories.campaigns import NOW
from tests.factories.referral_reports import Months, make_visits
from tests.factories.referrals import make_advocate

pytestmark = pytest.mark.django_db

STAGES = [
    ("delivered", "delivered_at"),
    ("viewed", "viewed_at"),
    ("intent", "intent_at"),
    ("invite_sent", "invite_sent_at"),
    ("lead", "lead_at"),
    ("qualified", "qualified_at"),
    ("opportunity", "opportunity_at"),
    ("won", "won_at"),
]
FAR = datetime(9999, 1, 1, tzinfo=UTC)
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


class Rows:
    """The raw rows, read once."""

    def __init__(self):
        self.asks = list(Ask.objects.values())
        self.referrals = list(Referral.objects.values())
        self.orders = list(Milestone.objects.order_by("occurred_at", "pk").values())
        self.rewards = list(Reward.objects.values())
        self.findings = list(FraudFinding.objects.values())
        self.by_person = defaultdict(list)
        for ask in self.asks:
            self.by_person[ask["contact_id"]].append(ask)


def raw_asks(rows, filters: Filters):
    """Read the rows, and choose them one by one."""
    for ask in rows.asks:
        since = filters.period.since
        if (
            ask["refunded_at"] is None
            and ask["asked_at"] < NOW
            and (since is None or ask["asked_at"] >= since)
            and filters.program in (None, ask["program_id"])
            and filters.campaign in (None, ask["campaign_id"])
            and filters.channel in (None, ask["channel"])
            and filters.locale in (None, ask["locale"])
            and filters.variant in (None, ask["variant"])
        ):
            yield ask


def ask_of(rows, referral, at):
    """Find the ask to which something of a friend is credited."""
    own = [
        ask
        for ask in rows.by_person[referral["advocate_contact_id"]]
        if ask["program_id"] == referral["program_id"]
        and ask["refunded_at"] is None
        and timedelta() <= at - ask["asked_at"] < timedelta(days=90)
    ]
    return max(own, key=lambda ask: (ask["asked_at"], ask["id"]), default=None)


def raw_referrals(rows, filters: Filters):
    for referral in rows.referrals:
        since = filters.period.since
        if since is not None and referral["lead_at"] < since:
            continue
        if filters.program not in (None, referral["program_id"]):
            continue
        if filters.narrows_asks:
            ask = ask_of(rows, referral, referral["lead_at"])
            if ask is None or not all(
                wanted in (None, ask[name])
                for name, wanted in (
                    ("campaign_id", filters.campaign),
                    ("channel", filters.channel),
                    ("locale", filters.locale),
                    ("variant", filters.variant),
                )
            ):
                continue
        yield referral


def taken_back(rows):
    """Name the asks all of whose wins were taken back."""
    wins = defaultdict(list)
    for referral in rows.referrals:
        if not referral["won_at"]:
            continue
        ask = ask_of(rows, referral, referral["won_at"])
        if ask:
            wins[ask["id"]].append(referral["reversed_at"] is not None)
    return {pk for pk, states in wins.items() if all(states)}


def stage_of(ask, reversed_ids):
    place = 0
    for index, (word, name) in enumerate(STAGES, start=1):
        if ask[name] and not (word == "won" and ask["id"] in reversed_ids):
            place = index
    return place


def is_yes(ask):
    at = min(
        ask[name] or FAR
        for name in ("intent_at", "invite_sent_at", "lead_at", "won_at")
    )
    return at <= (ask["delivered_at"] or ask["asked_at"]) + timedelta(days=30)


def answer_of(ask):
    if is_yes(ask):
        return "yes"
    return ask["answer"] if ask["answer"] in ("not_now", "never") else "no_answer"


def check_funnel_of_asks(rows, filters):
    found = funnel.count_funnel(filters, by="channel", now=NOW)

    back = taken_back(rows)
    asks = list(raw_asks(rows, filters))
    placed = [(ask, stage_of(ask, back)) for ask in asks]
    delivered = [ask for ask, place in placed if place]
    assert found.counts.asked == len(asks)
    assert [found.counts.reached[place] for place in range(1, 9)] == [
        sum(at >= place for _, at in placed) for place in range(1, 9)
    ]
    assert [found.counts.raw[place] for place in range(1, 9)] == [
        sum(max(at, 2 if ask["opened_at"] else 0) >= place for ask, at in placed)
        for place in range(1, 9)
    ]
    assert {line.group.word: line.rate.count for line in found.answers} == {
        word: sum(answer_of(ask) == word for ask in delivered)
        for word in ("yes", "not_now", "never", "no_answer")
    }
    invited = [ask for ask, place in placed if place >= 4]
    assert [line.rate.count for line in found.grades] == [
        sum(ask["evidence"] == 3 for ask in invited),
        sum(ask["evidence"] == 2 for ask in invited),
        sum(ask["evidence"] < 2 for ask in invited),
    ]
    assert found.counts.may_bring == sum(
        ask["asked_at"] > NOW - timedelta(days=90) for ask in delivered
    )
    assert found.counts.may_say_yes == sum(
        ask["asked_at"] > NOW - timedelta(days=30) and answer_of(ask) == "no_answer"
        for ask in delivered
    )
    assert Counter({part.value: part.counts.asked for part in found.parts}) == Counter(
        ask["channel"] for ask in asks
    )


def check_funnel_never_widens_and_nothing_is_above_all(rows, filters):
    found = funnel.count_funnel(filters, by="locale", now=NOW)
    friends = funnel.count_friends(filters)

    for steps in (found.steps, friends.steps):
        assert all(one.count >= after.count for one, after in pairwise(steps))
        assert all(
            rate.count <= rate.total
            for step in steps
            for rate in (step.of_first, step.of_previous)
        )
    assert all(
        found.counts.raw[place] >= found.counts.reached[place] for place in range(1, 9)
    )
    assert sum(line.rate.count for line in found.answers) == found.counts.delivered


def check_funnel_of_friends(rows, filters):
    found = funnel.count_friends(filters)

    friends = list(raw_referrals(rows, filters))
    kept = [row for row in friends if row["fraud_state"] != "rejected"]
    won = [row for row in kept if row["won_at"] and not row["reversed_at"]]
    opportunity = [row for row in kept if row["opportunity_at"] or row in won]
    qualified = [row for row in kept if row["qualified_at"] or row in opportunity]
    expected = {
        "lead": len(kept),
        "qualified": len(qualified),
        "opportunity": len(opportunity),
        "won": len(won),
    }
    assert {
        step.stage.word: step.count for step in found.steps
    }.items() <= expected.items()
    assert found.steps[0].count == len(kept)
    assert found.steps[-1].count == len(won)
    assert found.reversed == sum(bool(row["reversed_at"]) for row in kept)
    assert found.lost == sum(bool(row["lost_at"] and not row["won_at"]) for row in kept)
    assert found.rejected == len(friends) - len(kept)
    assert {word: number for word, _, number in found.by_source} == Counter(
        row["source"] for row in kept
    )


def check_yes_rate_week_by_week(rows, filters):
    found = yes_rate.count_yes(filters, zone=UTC)

    back = taken_back(rows)
    weeks = defaultdict(Counter)
    for ask in raw_asks(rows, filters):
        place = stage_of(ask, back)
        if not place:
            continue
        day = ask["asked_at"].date()
        week = weeks[day - timedelta(days=day.weekday())]
        week["delivered"] += 1
        week["viewed"] += place >= 2
        week[answer_of(ask)] += 1
        week["complained"] += bool(ask["complained_at"])
        week["unsubscribed"] += bool(ask["unsubscribed_at"])
        week["said_never"] += ask["answer"] == "never"
        week["unhappy"] += ask["is_content"] is False
        week["surveyed"] += ask["is_content"] is not None
    counted = {
        week.on: {
            "delivered": week.tally.delivered,
            "viewed": week.tally.viewed,
            "surveyed": week.tally.surveyed,
            **week.tally.groups,
        }
        for week in found.weeks
        if week.tally.delivered
    }
    assert {on: +Counter(values) for on, values in counted.items()} == {
        on: +week for on, week in weeks.items()
    }
    assert sum(rate.count for _, rate in found.answers) == found.whole.delivered


def check_people_who_said_yes(rows, filters):
    found = yes_rate.count_people(filters)

    back = taken_back(rows)
    people = defaultdict(bool)
    for ask in raw_asks(rows, filters):
        if stage_of(ask, back) or ask["won_at"]:
            people[ask["contact_id"]] |= is_yes(ask)
    assert (found.count, found.total) == (sum(people.values()), len(people))


def check_times(rows, filters):
    found = timing.count_times(filters)

    minutes = sorted(
        max(int((ask["delivered_at"] - ask["moment_at"]).total_seconds() // 60), 0)
        for ask in raw_asks(rows, filters)
        if ask["delivered_at"] and ask["moment_at"]
    )
    assert sorted(found.whole.minutes.elements()) == minutes
    if minutes:
        assert found.whole.median == minutes[(len(minutes) + 1) // 2 - 1]
        assert found.whole.slowest_of_most == minutes[-(-len(minutes) * 95 // 100) - 1]
    assert found.whole.in_time.count == sum(minute < 120 for minute in minutes)
    assert sum(one.rate.count for one in found.whole.stretches) == len(minutes)
    assert found.without_moment == sum(
        bool(ask["delivered_at"] and not ask["moment_at"])
        for ask in raw_asks(rows, filters)
    )


def net_of(order):
    if order["canceled_at"]:
        return 0
    return max(order["amount_minor"] - order["refunded_minor"], 0)


def check_money(rows, filters):
    found = money.count_money(filters)

    kept = {
        row["id"]: row
        for row in raw_referrals(rows, filters)
        if row["fraud_state"] != "rejected"
    }
    revenue, first, back = Counter(), Counter(), Counter()
    seen = set()
    for order in rows.orders:
        if order["referral_id"] not in kept:
            continue
        key = (order["program_id"], order["currency"])
        revenue[key] += net_of(order)
        back[key] += order["amount_minor"] - net_of(order)
        if order["referral_id"] not in seen:
            first[key] += net_of(order)
        seen.add(order["referral_id"])
    cost, approved, held, owed_back = Counter(), Counter(), Counter(), Counter()
    for reward in rows.rewards:
        key = (reward["program_id"], reward["currency"])
        if reward["referral_id"] in kept and reward["state"] in (
            "approved",
            "fulfilled",
            "owed_back",
        ):
            cost[key] += reward["amount_minor"]
        if filters.program in (None, reward["program_id"]):
            approved[key] += reward["balance_minor"] * (reward["state"] == "approved")
            held[key] += reward["balance_minor"] * (
                reward["state"] in ("on_hold", "awaiting")
            )
            owed_back[key] -= reward["balance_minor"] * (reward["state"] == "owed_back")

    def told(name):
        return +Counter(
            {
                (line.program.pk, line.currency): getattr(line, name)
                for line in found.lines
            }
        )

    assert told("revenue") == +revenue
    assert told("first_orders") == +first
    assert told("taken_back") == +back
    assert told("cost") == +cost
    assert told("approved") == +approved
    assert told("held") == +held
    assert told("owed_back") == +owed_back
    assert +Counter(found.won) == Counter(
        row["program_id"]
        for row in kept.values()
        if row["won_at"] and not row["reversed_at"]
    )


def check_leaderboard(rows, filters):
    for order in advocates.ORDERS:
        check_order(rows, filters, order)


def check_order(rows, filters, order):
    leaders = advocates.Leaders(filters, order=order, currency="USD")
    told = advocates.tell_leaders(filters, leaders[0:1_000])

    lead, won, revenue = Counter(), Counter(), Counter()
    for row in raw_referrals(rows, filters):
        if row["fraud_state"] == "rejected":
            continue
        key = (row["advocate_contact_id"], row["advocate_id"])
        lead[key] += 1
        won[key] += bool(row["won_at"] and not row["reversed_at"])
        revenue[key] += sum(
            net_of(one)
            for one in rows.orders
            if one["referral_id"] == row["id"] and one["currency"] == "USD"
        )
    scores = {"won": won, "lead": lead, "revenue": revenue}[order]
    assert {(one.contact_id, one.advocate_id): (one.lead, one.won) for one in told} == {
        key: (lead[key], won[key]) for key in lead
    }
    assert {
        (one.contact_id, one.advocate_id): (one.rank, one.has_equals) for one in told
    } == {
        key: (
            1 + sum(scores[other] > scores[key] for other in lead),
            sum(scores[other] == scores[key] for other in lead) > 1,
        )
        for key in lead
    }
    assert leaders.count() == len(lead)


def check_fraud(rows, filters):
    found = fraud.count_fraud(filters)

    friends = {row["id"]: row for row in raw_referrals(rows, filters)}
    states = Counter(row["fraud_state"] for row in friends.values())
    assert +Counter({word: number for word, _, number in found.states}) == states
    assert (found.rate.count, found.rate.total) == (
        states["rejected"],
        states["rejected"] + states["clear"],
    )
    value = Counter()
    for reward in rows.rewards:
        row = friends.get(reward["referral_id"])
        if reward["state"] not in ("on_hold", "awaiting"):
            continue
        if row and row["fraud_state"] == "held":
            value[reward["currency"]] += reward["balance_minor"]
    assert Counter(dict(found.held_value)) == value
    checks = defaultdict(Counter)
    for finding in rows.findings:
        if finding["referral_id"] in friends:
            own = checks[finding["check_kind"]]
            own["found"] += 1
            own["shadow"] += finding["is_shadow"]
            state = friends[finding["referral_id"]]["fraud_state"]
            own[state] += not finding["is_shadow"]
    assert {
        line.check: (line.found, line.in_shadow, line.held, line.rejected, line.cleared)
        for line in found.checks
    } == {
        check: tuple(
            own[word] for word in ("found", "shadow", "held", "rejected", "clear")
        )
        for check, own in checks.items()
    }


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


CHECKS = [value for name, value in list(globals().items()) if name.startswith("check_")]
CHECKS.remove(check_order)


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
