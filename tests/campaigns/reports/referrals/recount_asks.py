"""A recount of asks, row by row in plain Python."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from campaigns.models import Ask
from campaigns.reports.referrals import funnel, timing, yes_rate
from campaigns.reports.referrals.filters import Filters
from referrals.models import FraudFinding, Milestone, Referral, Reward
from tests.factories.campaigns import NOW

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
