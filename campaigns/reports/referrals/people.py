"""
The people behind a number of a report.

Words: ``ask:<stage>``, ``raw:<stage>``, ``answer:<word>``, ``grade:<word>``, ``harm:<word>``,
``took:<stretch>`` and ``moment:none`` of asks; each but the last two may be of a week,
``answer:yes@2026-11-16``. ``friend:<stage>``, ``friend:reversed``, ``friend:lost``,
``source:<word>``, ``fraud:<state>`` and ``check:<kind>`` of friends; ``reward:<class>`` of
rewards, where a class is one of ``REWARDS``.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from campaigns.models import Answer
from campaigns.reports.groups import Group
from campaigns.reports.people import People, UnknownGroup, in_words, show_rows
from campaigns.reports.referrals.filters import Filters, asks_of, referrals_of
from campaigns.reports.referrals.money import (
    APPROVED_UNPAID,
    COSTS,
    HELD,
    owed_in,
    rewards_of,
)
from campaigns.reports.referrals.stages import (
    ANSWERS,
    ASK_STAGES,
    FRIEND_STAGES,
    GRADES,
    HARMS,
    INVITE_SENT,
    NOT_REJECTED,
    PLACES,
    SURVEYED,
    UNHAPPY,
    friends_at,
    staged,
)
from campaigns.reports.referrals.timing import STRETCHES, in_stretch, timed
from referrals.fraud.checks.registry import label_of
from referrals.models import FraudFinding, Referral, Reward

ASKED = Group("asked", "Asked", "An ask was made and not called back.", Q())
REWARDS = {
    "cost": ("Rewards granted", "Approved or delivered, for these friends.", COSTS),
    "approved": ("Approved, not delivered", "Owed now.", APPROVED_UNPAID),
    "held": ("On hold", "Owed if nothing comes up.", HELD),
    "waiting": (
        "Waits for the budget",
        "Nothing is granted yet.",
        (Reward.State.PENDING,),
    ),
    "owed_back": (
        "Owed back",
        "What it was for was taken back after it was delivered.",
        (Reward.State.OWED_BACK,),
    ),
}
NO_NOTE = Value("", output_field=CharField())


def find_people(filters: Filters, word: str, *, zone: tzinfo) -> People:
    """
    Find the people behind a number.

    :raises UnknownGroup: if no report has such a number
    """
    kind, _, rest = word.partition(":")
    finder = FINDERS.get(kind)
    if finder is None:
        raise UnknownGroup(word)
    if kind in ("ask", "raw", "answer", "grade", "harm"):
        rest, _, week = rest.partition("@")
        return _asked(filters, kind, rest, _week(week, zone))
    return finder(filters, rest)


def _asked(filters: Filters, kind: str, word: str, during: Q) -> People:
    """Find whose ask is in a group."""
    label, meaning, predicate = _group_of_asks(kind, word)
    asks = staged(asks_of(filters)).filter(predicate, during)
    return People(
        label, meaning, show_rows(asks, "asked_at", in_words("answer", Answer.choices))
    )


def _group_of_asks(kind: str, word: str) -> tuple[str, str, Q]:
    """Find a group of asks: its name, its meaning and its predicate."""
    stages = {stage.word: stage for stage in ASK_STAGES}
    if kind == "ask" and word == ASKED.word:
        return ASKED.label, ASKED.meaning, ASKED.predicate
    if kind in ("ask", "raw") and word in stages:
        field = "stage__gte" if kind == "ask" else "raw_stage__gte"
        stage = stages[word]
        label = stage.label if kind == "ask" else f"{stage.label}, machines included"
        return label, stage.meaning, Q((field, PLACES[word]))
    least = {"answer": 1, "grade": INVITE_SENT, "harm": 1}.get(kind, 1)
    groups = {
        "answer": ANSWERS,
        "grade": GRADES,
        "harm": (*HARMS, SURVEYED, UNHAPPY),
    }.get(kind, ())
    for group in groups:
        if group.word == word:
            return group.label, group.meaning, group.predicate & Q(stage__gte=least)
    raise UnknownGroup(f"{kind}:{word}")


def _week(text: str, zone: tzinfo) -> Q:
    """Limit asks to a week, named by its Monday; to none if nothing is named."""
    if not text:
        return Q()
    try:
        begin = datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError as error:
        raise UnknownGroup(text) from error
    end = datetime.combine(begin.date() + timedelta(days=7), time(), zone)
    return Q(asked_at__gte=begin, asked_at__lt=end)


def _took(filters: Filters, word: str) -> People:
    """Find whose ask took so long to arrive."""
    labels = {key: label for key, label, _ in STRETCHES}
    if word not in labels:
        raise UnknownGroup(word)
    asks = timed(filters).filter(in_stretch(word))
    minutes = Concat(
        Cast("minutes", CharField()), Value(" minutes"), output_field=CharField()
    )
    return People(
        labels[word],
        "From the moment that qualified the person until the ask arrived, and not sooner.",
        show_rows(asks, "delivered_at", minutes),
    )


def _without_moment(filters: Filters, word: str) -> People:
    """Find whom a start let in."""
    if word != "none":
        raise UnknownGroup(word)
    asks = asks_of(filters).filter(delivered_at__isnull=False, moment_at=None)
    return People(
        "Without a moment",
        "Was a member when the campaign started, or was let in by hand.",
        show_rows(asks, "delivered_at", NO_NOTE),
    )


def _friends(filters: Filters, word: str) -> People:
    """Find the friends who reached a stage, or fell out of it."""
    others = {
        "reversed": (
            "Taken back",
            "Bought, and took all of it back.",
            Q(reversed_at__isnull=False) & NOT_REJECTED,
        ),
        "lost": (
            "Lost",
            "Will not buy, as your CRM says.",
            Q(lost_at__isnull=False, won_at=None) & NOT_REJECTED,
        ),
    }
    stages = {stage.word: stage for stage in FRIEND_STAGES}
    if word in stages:
        stage = stages[word]
        label, meaning, predicate = stage.label, stage.meaning, friends_at(word)
    elif word in others:
        label, meaning, predicate = others[word]
    else:
        raise UnknownGroup(word)
    return People(label, meaning, _friend_rows(referrals_of(filters).filter(predicate)))


def _by_source(filters: Filters, word: str) -> People:
    """Find the friends of whom one thing told whose they are."""
    labels = dict(Referral.Source.choices)
    if word not in labels:
        raise UnknownGroup(word)
    referrals = referrals_of(filters).filter(NOT_REJECTED, source=word)
    return People(
        str(labels[Referral.Source(word)]),
        "This told us who had brought the friend.",
        _friend_rows(referrals),
    )


def _by_fraud_state(filters: Filters, word: str) -> People:
    """Find the friends of whom the fraud checks say so."""
    labels = dict(Referral.FraudState.choices)
    if word not in labels:
        raise UnknownGroup(word)
    return People(
        str(labels[Referral.FraudState(word)]),
        "What the fraud checks, or a person, said of the friend.",
        _friend_rows(referrals_of(filters).filter(fraud_state=word)),
    )


def _by_check(filters: Filters, word: str) -> People:
    """Find the friends in whom a check found something."""
    findings = FraudFinding.objects.filter(
        referral_id__in=referrals_of(filters).values("pk"), check_kind=word
    )
    return People(
        label_of(word),
        "The check found something.",
        show_rows(
            findings, "found_at", in_words("action", FraudFinding.Action.choices)
        ),
    )


def _rewards(filters: Filters, word: str) -> People:
    """Find who gets the rewards of a class; a currency may follow, ``held:USD``."""
    name, _, currency = word.partition(":")
    if name not in REWARDS:
        raise UnknownGroup(word)
    label, meaning, states = REWARDS[name]
    if name == "cost":
        rewards = rewards_of(filters).filter(state__in=states)
    else:
        rewards = owed_in(filters, states)
    if currency:
        rewards = rewards.filter(currency=currency)
    return People(
        label,
        meaning,
        show_rows(rewards, "earned_at", in_words("state", Reward.State.choices)),
    )


def _friend_rows(
    referrals: QuerySet[Referral],
) -> QuerySet[Any, dict[str, Any]]:
    """Show friends with the program through which they came."""
    return show_rows(referrals, "lead_at", F("program__name"))


FINDERS: dict[str, Callable[[Filters, str], People]] = {
    **dict.fromkeys(("ask", "raw", "answer", "grade", "harm"), _friends),
    "took": _took,
    "moment": _without_moment,
    "friend": _friends,
    "source": _by_source,
    "fraud": _by_fraud_state,
    "check": _by_check,
    "reward": _rewards,
}
