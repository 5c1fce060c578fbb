"""
The people behind a number of a report.

Words: ``ask:<stage>``, ``raw:<stage>``, ``answer:<word>``, ``grade:<word>``, ``harm:<word>``,
``maturing:<word>``, ``person:<word>``, ``took:<stretch>`` and ``moment:none`` of asks; those of
``WEEKLY`` may be of a week, ``answer:yes@2026-11-16``. ``friend:<stage>``, ``friend:reversed``,
``friend:lost``, ``source:<word>``, ``fraud:<state>``, ``check:<kind>``, ``check:<kind>:<state>``
and ``decision:<reason>`` of friends. Those of money, visits and advocates are told in
``people_of_money`` and ``people_of_links``.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from campaigns.models import Answer, Ask
from campaigns.reports.groups import Group
from campaigns.reports.people import (
    COLUMNS,
    People,
    UnknownGroup,
    in_words,
    show_rows,
)
from campaigns.reports.referrals.filters import Filters, asks_of, referrals_of
from campaigns.reports.referrals.fraud import DECIDED
from campaigns.reports.referrals.people_of_links import find_of_advocate, find_visits
from campaigns.reports.referrals.people_of_money import find_orders, find_rewards
from campaigns.reports.referrals.stages import (
    ANSWERS,
    ASK_STAGES,
    FRIEND_STAGES,
    GRADES,
    HARMS,
    INVITE_SENT,
    MATURE_CREDIT,
    MATURE_YES,
    NOT_REJECTED,
    PLACES,
    SURVEYED,
    UNHAPPY,
    friends_at,
    staged,
)
from campaigns.reports.referrals.timing import (
    GOAL_MINUTES,
    STRETCHES,
    in_stretch,
    timed,
)
from campaigns.reports.referrals.yes_rate import reached_people, weeks_of
from referrals.fraud.checks.registry import label_of
from referrals.models import FraudDecision, FraudFinding, Referral

ASKED = Group("asked", "Asked", "An ask was made and not called back.", Q())
# Whose asks may be limited to a week.
WEEKLY = ("ask", "raw", "answer", "grade", "harm")
NO_NOTE = Value("", output_field=CharField())


def find_people(filters: Filters, word: str, *, zone: tzinfo) -> People:
    """
    Find the people behind a number.

    :raises UnknownGroup: if no report has such a number
    """
    kind, _, rest = word.partition(":")
    if kind in WEEKLY:
        rest, _, week = rest.partition("@")
        return _asked(filters, kind, rest, _week(filters, week, zone))
    if kind in OF_MONEY:
        return OF_MONEY[kind](filters, rest, zone=zone)
    finder = FINDERS.get(kind)
    if finder is None:
        raise UnknownGroup(word)
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


def _maturing(filters: Filters, word: str) -> People:
    """Find whose ask may still be answered, or bring a friend."""
    until = filters.period.until
    answers = {group.word: group for group in ANSWERS}
    kinds = {
        "yes": (
            "May still say yes",
            "Asked in the last 30 days, and nothing came back so far.",
            Q(asked_at__gt=until - MATURE_YES) & answers["no_answer"].predicate,
        ),
        "friend": (
            "May still bring a friend",
            "Asked in the last 90 days.",
            Q(asked_at__gt=until - MATURE_CREDIT),
        ),
    }
    if word not in kinds:
        raise UnknownGroup(word)
    label, meaning, predicate = kinds[word]
    asks = staged(asks_of(filters)).filter(predicate & Q(("stage__gte", 1)))
    return People(
        label, meaning, show_rows(asks, "asked_at", in_words("answer", Answer.choices))
    )


def _person(filters: Filters, word: str) -> People:
    """Find the people who were reached, each once; or those of them who said yes."""
    labels = {"asked": "People who were asked", "yes": "People who said yes"}
    if word not in labels:
        raise UnknownGroup(word)
    asks = reached_people(filters, said_yes=word == "yes")
    latest = asks.order_by("contact", "-asked_at", "-pk").distinct("contact")
    return People(
        labels[word],
        "Each person once, with the latest such ask.",
        show_rows(
            Ask.objects.filter(pk__in=latest.values("pk")),
            "asked_at",
            in_words("answer", Answer.choices),
        ),
    )


def _week(filters: Filters, text: str, zone: tzinfo) -> Q:
    """
    Limit asks to a week, named by its Monday; to none if nothing is named.

    The first week of a report has all that was asked before it, too.
    """
    if not text:
        return Q()
    try:
        begin = datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError as error:
        raise UnknownGroup(text) from error
    end = datetime.combine(begin.date() + timedelta(days=7), time(), zone)
    if begin.date() == weeks_of(filters, zone=zone)[0]:
        return Q(asked_at__lt=end)
    return Q(asked_at__gte=begin, asked_at__lt=end)


def _took(filters: Filters, word: str) -> People:
    """Find whose ask took so long to arrive."""
    labels = {key: label for key, label, _ in STRETCHES}
    labels |= {"all": "Asks after a moment", "soon": "Within two hours"}
    if word not in labels:
        raise UnknownGroup(word)
    whole = {"all": Q(), "soon": Q(minutes__lt=GOAL_MINUTES)}
    asks = timed(filters).filter(whole[word] if word in whole else in_stretch(word))
    minutes = Concat(
        Cast("minutes", CharField()), Value(" minutes"), output_field=CharField()
    )
    return People(
        labels[word],
        "From the moment that qualified the person until the ask arrived.",
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
    labels = {str(value): str(label) for value, label in Referral.FraudState.choices}
    states: dict[str, tuple[str, ...]] = {value: (value,) for value in labels}
    labels |= {"all": "Friends who joined", "decided": "Cleared or rejected"}
    states |= {"all": tuple(states), "decided": tuple(map(str, DECIDED))}
    if word not in labels:
        raise UnknownGroup(word)
    return People(
        labels[word],
        "What the fraud checks, or a person, said of the friend.",
        show_rows(
            referrals_of(filters).filter(fraud_state__in=states[word]),
            "lead_at",
            in_words("fraud_state", Referral.FraudState.choices),
        ),
    )


def _by_check(filters: Filters, word: str) -> People:
    """Find the friends in whom a check found something, and what became of them."""
    check, _, became = word.partition(":")
    referrals = referrals_of(filters)
    states = {"held": "held", "rejected": "rejected", "cleared": "clear"}
    if became in states:
        referrals = referrals.filter(fraud_state=states[became])
    elif became not in ("", "noted"):
        raise UnknownGroup(word)
    findings = FraudFinding.objects.filter(
        referral_id__in=referrals.values("pk"), check_kind=check
    )
    if became:
        findings = findings.filter(is_shadow=became == "noted")
    return People(
        label_of(check),
        {
            "": "The check found something.",
            "noted": "The check found something, and only noted it.",
            "held": "The check found something, and the friend is held.",
            "rejected": "The check found something, and the friend was rejected.",
            "cleared": "The check found something, and the friend was cleared.",
        }[became],
        show_rows(
            findings, "found_at", in_words("action", FraudFinding.Action.choices)
        ),
    )


def _by_decision(filters: Filters, word: str) -> People:
    """Find the friends of whom people decided something for a reason."""
    labels = {str(value): str(label) for value, label in FraudDecision.Reason.choices}
    decisions = FraudDecision.objects.filter(
        referral_id__in=referrals_of(filters).values("pk"), reason=word
    )
    return People(
        labels.get(word, word),
        "What somebody decided in the review, each decision once.",
        # With what somebody wrote beside it, which the row has by that name.
        decisions.annotate(at=F("decided_at"))
        .order_by("-decided_at", "-pk")
        .values(*COLUMNS),
    )


def _friend_rows(
    referrals: QuerySet[Referral],
) -> QuerySet[Any, dict[str, Any]]:
    """Show friends with the program through which they came."""
    return show_rows(referrals, "lead_at", F("program__name"))


FINDERS: dict[str, Callable[[Filters, str], People]] = {
    "maturing": _maturing,
    "person": _person,
    "took": _took,
    "moment": _without_moment,
    "friend": _friends,
    "source": _by_source,
    "fraud": _by_fraud_state,
    "check": _by_check,
    "decision": _by_decision,
    "visit": find_visits,
    "leader": find_of_advocate,
}
OF_MONEY = {"order": find_orders, "reward": find_rewards}
