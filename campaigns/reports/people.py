"""The people behind a number."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from campaigns.asks.rivals import with_rival
from campaigns.engine.ending import ENDS
from campaigns.guardrails.reasons import LABELS
from campaigns.models import (
    Answer,
    Ask,
    Campaign,
    Enrollment,
    GoalReached,
    Hold,
    Message,
    StepRun,
)
from campaigns.reports.goals import BASES, name_of_goal, reached_in_period
from campaigns.reports.groups import GROUPS, asks_in_period
from campaigns.reports.holds import holds_in_period
from campaigns.reports.period import Period
from campaigns.reports.prices import DELAYED, FATES, LOST, WAITS, holds_of_fate
from campaigns.reports.steps import standing
from campaigns.reports.unsent import reason_in_words, unsent_in_period

ENDINGS = {**LABELS, **ENDS}


class UnknownGroup(LookupError):
    """No report has a number of this name."""


@dataclass(frozen=True)
class People:
    """
    Rows behind a number: each names a contact, a time and a word about it.

    ``rows`` yields dicts with ``contact_id``, ``name parts``, ``email``, ``at`` and ``note``;
    with money, ``sum_minor`` and ``currency`` besides, which add up to the number.
    """

    label: str
    meaning: str
    rows: QuerySet[Any, dict[str, Any]]
    has_money: bool = False


COLUMNS = (
    "contact_id",
    "contact__first_name",
    "contact__last_name",
    "contact__email",
    "at",
    "note",
)


def find_people(campaign: Campaign, word: str, period: Period) -> People:
    """
    Find the people behind the number that a report calls ``word``.

    Words are the groups of asks, ``held:<reason>``, ``unsent:<cause>``, ``waiting:<step>``,
    ``reached:<step>:<outcome>``, ``enrolled:<state>``, what became of held asks:
    ``lost:<reason>``, ``delayed:<reason>`` and ``waits:<reason>``, and of goals
    ``goal:<key>:asked``, ``:happened`` (both credited) or ``:before``.

    :raises UnknownGroup: if no report has such a number
    """
    kind, _, rest = word.partition(":")
    if word in GROUPS:
        return _asked(campaign, word, period)
    if kind == "held" and rest:
        return _held(campaign, rest, period)
    if kind in FATES and rest:
        return _fated(campaign, kind, rest, period)
    if kind == "unsent" and rest:
        return _unsent(campaign, rest, period)
    if kind == "goal" and rest:
        return _reached_goal(campaign, rest, period)
    return _find_in_flow(campaign, kind, rest)


def _find_in_flow(campaign: Campaign, kind: str, rest: str) -> People:
    """Find who is, or was, at a place of the flow."""
    if kind == "waiting":
        return _waiting(campaign, rest)
    if kind == "reached" and rest:
        return _reached(campaign, rest)
    if kind == "enrolled":
        return _enrolled(campaign, rest)
    raise UnknownGroup(f"{kind}:{rest}")


def search_people(rows: QuerySet[Any, Any], text: str) -> Any:
    """Keep the people whose name or address begins with each of the words."""
    for part in text.split()[:5]:
        rows = rows.filter(
            Q(contact__first_name__istartswith=part)
            | Q(contact__last_name__istartswith=part)
            | Q(contact__email__istartswith=part)
        )
    return rows


def show_rows(
    found: QuerySet[Any], at: str, note: Any
) -> QuerySet[Any, dict[str, Any]]:
    """Show the columns of a list, newest first."""
    columns = found.annotate(at=F(at), note=note)
    return columns.order_by(F(at).desc(nulls_last=True), "-pk").values(*COLUMNS)


def show_sums(
    found: QuerySet[Any], at: str, note: Any, sum_minor: Any
) -> QuerySet[Any, dict[str, Any]]:
    """Show the columns of a list and the amount of each row, newest first."""
    columns = found.annotate(at=F(at), note=note, sum_minor=sum_minor)
    return columns.order_by(F(at).desc(nulls_last=True), "-pk").values(
        *COLUMNS, "sum_minor", "currency"
    )


def in_words(field: str, words: Iterable[tuple[str, str]]) -> Case:
    """Say in words what the field holds; nothing if no word is known."""
    return Case(
        *[When(Q((field, value)), then=Value(text)) for value, text in words],
        default=Value(""),
        output_field=CharField(),
    )


def _asked(campaign: Campaign, word: str, period: Period) -> People:
    """Find whose ask is in a group."""
    group = GROUPS[word]
    asks: QuerySet[Ask] = asks_in_period(period, campaign=campaign).filter(
        group.predicate
    )
    return People(
        group.label,
        group.meaning,
        show_rows(asks, "asked_at", in_words("answer", Answer.choices)),
    )


def _held(campaign: Campaign, reason: str, period: Period) -> People:
    """Find whose ask was held back for a reason; the latest hold of each."""
    latest: QuerySet[Hold] = (
        holds_in_period(period, campaign=campaign)
        .filter(reason=reason)
        .order_by("contact", "-held_at", "-pk")
        .distinct("contact")
    )
    held = with_rival(Hold.objects.filter(pk__in=latest.values("pk")))
    instead = Case(
        When(
            rival__isnull=False,
            then=Concat(Value("Asked by “"), F("rival"), Value("” instead. ")),
        ),
        default=Value(""),
        output_field=CharField(),
    )
    then = in_words("then", Hold.Then.choices)
    return People(
        reason_in_words(reason),
        "The ask was held; the latest time for each person.",
        show_rows(held, "held_at", Concat(instead, then, output_field=CharField())),
    )


def _fated(campaign: Campaign, fate: str, reason: str, period: Period) -> People:
    """Find whose ask a guardrail held, by what became of it."""
    held = holds_of_fate(campaign, reason, fate, period)
    meaning = {
        LOST: "The ask was held, and never made.",
        DELAYED: "The ask was held, and made later.",
        WAITS: "The ask is still held.",
    }[fate]
    return People(
        reason_in_words(reason),
        f"{meaning} It counts for the guardrail that held it last.",
        show_rows(held, "held_at", in_words("then", Hold.Then.choices)),
    )


def _unsent(campaign: Campaign, cause: str, period: Period) -> People:
    """Find whose message was not sent for a cause; the latest of each."""
    latest = (
        unsent_in_period(period, campaign=campaign)
        .filter(cause=cause)
        .order_by("contact", "-created_at", "-pk")
        .distinct("contact")
    )
    unsent = Message.objects.filter(pk__in=latest.values("pk"))
    return People(
        reason_in_words(cause),
        "The message was made and never left; the latest one of each person.",
        show_rows(unsent, "created_at", in_words("state", Message.State.choices)),
    )


def _reached_goal(campaign: Campaign, rest: str, period: Period) -> People:
    """Find who reached a goal, credited or before anything had touched them."""
    key, _, how = rest.rpartition(":")
    if not key or how not in (*BASES, "before"):
        raise UnknownGroup(f"goal:{rest}")
    reached = reached_in_period(
        campaign, key, period, basis=how, credited=how != "before"
    )
    meaning = (
        "Reached it before any message, which is not credited."
        if how == "before"
        else "Reached it in time after a message of this campaign."
    )
    return People(
        name_of_goal(campaign, key),
        meaning,
        show_rows(reached, "occurred_at", in_words("touch", GoalReached.Touch.choices)),
    )


def _waiting(campaign: Campaign, step_key: str) -> People:
    """Find who stands at a step."""
    waiting = standing(campaign).filter(place=step_key)
    return People(
        "Waiting now",
        "Is at the step; the time is when it goes on.",
        show_rows(waiting, "due_at", Value("", output_field=CharField())),
    )


def _reached(campaign: Campaign, rest: str) -> People:
    """Find who came to a step, or left it by one of its ways."""
    step_key, _, outcome = rest.partition(":")
    runs = StepRun.objects.filter(campaign=campaign, step_key=step_key)
    runs = runs.exclude(outcome="moved")
    if outcome:
        runs = runs.filter(outcome=outcome)
    return People(
        "Reached the step",
        "Has come to the step.",
        show_rows(runs, "ran_at", F("outcome")),
    )


def _enrolled(campaign: Campaign, state: str) -> People:
    """Find who entered, in one state or in any."""
    enrollments = Enrollment.objects.filter(campaign=campaign)
    if state:
        enrollments = enrollments.filter(state=state)
    labels = dict(Enrollment.State.choices)
    return People(
        str(labels.get(state, "Enrolled")),
        "Entered the campaign.",
        show_rows(enrollments, "enrolled_at", in_words("end_reason", ENDINGS.items())),
    )
