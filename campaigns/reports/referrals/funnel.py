"""The funnel in two units: asks that reached each stage, and friends at each stage."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Q, SmallIntegerField, Value, When

from audiences import selection
from campaigns.models import Ask
from campaigns.models.ask_kind import AskKind, read_kind
from campaigns.reports.groups import Group
from campaigns.reports.referrals.filters import Filters, asks_of, referrals_of
from campaigns.reports.referrals.stages import (
    ANSWERS,
    ASK_STAGES,
    FRIEND_STAGES,
    GRADE_OF,
    GRADES,
    INVITE_SENT,
    MATURE_CREDIT,
    MATURE_YES,
    NOT_REJECTED,
    PLACES,
    Stage,
    friends_at,
    with_reversed,
)
from campaigns.statistics import Rate
from referrals.models import Referral, Visit
from referrals.visit_counts import count_visits

# By what the funnel can be taken apart.
PARTS = {
    "channel": "Channel",
    "locale": "Language",
    "campaign": "Campaign",
    "program_id": "Program",
    "variant": "Variant",
}
# How old an ask is: a yes may still come, only a friend may still come, or nothing.
YOUNG, RIPE, OLD = 0, 1, 2


@dataclass
class Counts:
    """Asks by group; ``raw`` has what machines opened besides."""

    asked: int = 0
    # By place: how many reached the stage or a later one.
    reached: Counter[int] = field(default_factory=Counter)
    raw: Counter[int] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    # Of the delivered: those for which a yes, and those for which a friend may still come.
    may_say_yes: int = 0
    may_bring: int = 0

    def add(self, kind: AskKind, age: int, number: int) -> None:
        """Add the asks of one kind."""
        self.asked += number
        for place in range(1, kind.stage + 1):
            self.reached[place] += number
        for place in range(1, kind.raw_stage + 1):
            self.raw[place] += number
        if kind.stage == 0:
            return
        self.answers[kind.group] += number
        if kind.stage >= INVITE_SENT:
            self.grades[GRADE_OF[kind.evidence]] += number
        if age == YOUNG and kind.group == "no_answer":
            self.may_say_yes += number
        if age != OLD:
            self.may_bring += number

    @property
    def delivered(self) -> int:
        """How many reached somebody."""
        return self.reached[1]

    @property
    def yes_rate(self) -> Rate:
        """Yes of delivered."""
        return Rate(self.answers["yes"], self.delivered)


@dataclass(frozen=True)
class Step:
    """A stage in numbers: of the first one, of the one before, and with machines."""

    stage: Stage
    count: int
    of_first: Rate
    of_previous: Rate
    raw: int = 0


@dataclass(frozen=True)
class Line:
    """A group in numbers."""

    group: Group
    rate: Rate


@dataclass(frozen=True)
class Part:
    """What the asks with one value of a breakdown came to."""

    value: Any
    counts: Counts


@dataclass(frozen=True)
class Funnel:
    """All of it for one set of asks."""

    counts: Counts
    steps: list[Step]
    answers: list[Line]
    grades: list[Line]
    parts: list[Part]

    @property
    def may_say_yes(self) -> Rate:
        """How many of the delivered asks may still be answered."""
        return Rate(self.counts.may_say_yes, self.counts.delivered)

    @property
    def may_bring(self) -> Rate:
        """How many of the delivered asks may still bring a friend."""
        return Rate(self.counts.may_bring, self.counts.delivered)


@dataclass(frozen=True)
class FriendFunnel:
    """Friends by stage, and those who are in none."""

    steps: list[Step]
    reversed: int
    lost: int
    rejected: int
    by_source: list[tuple[str, str, int]]


@dataclass(frozen=True)
class Visits:
    """Visits of a period: by people, and by whatever else."""

    kinds: list[tuple[str, str, int]]
    channels: list[tuple[str, int, int]]

    @property
    def people(self) -> int:
        """First visits of people within the hour."""
        return next(count for word, _, count in self.kinds if word == Visit.Kind.HUMAN)

    @property
    def total(self) -> int:
        """All visits."""
        return sum(count for _, _, count in self.kinds)


def count_funnel(filters: Filters, *, by: str, now: datetime) -> Funnel:
    """Count the asks by stage and answer, whole and apart for each value; one statement."""
    whole = Counts()
    parts: dict[Any, Counts] = {}
    for row in count_kinds(filters, by, now=now):
        kind = read_kind(row["kind"], is_reversed=row["is_reversed"])
        whole.add(kind, row["age"], row["number"])
        parts.setdefault(row[by], Counts()).add(kind, row["age"], row["number"])
    found = [Part(value, counts) for value, counts in parts.items()]
    return Funnel(
        whole,
        _steps(whole),
        [Line(one, Rate(whole.answers[one.word], whole.delivered)) for one in ANSWERS],
        [
            Line(one, Rate(whole.grades[one.word], whole.reached[INVITE_SENT]))
            for one in GRADES
        ],
        sorted(found, key=lambda part: (-part.counts.delivered, str(part.value))),
    )


def count_kinds(filters: Filters, *keys: str, now: datetime) -> list[dict[str, Any]]:
    """
    Sort the asks into some hundreds of kinds and count each; one statement.

    Every group of the funnel is a question about the kind alone.
    """
    age = Case(
        When(asked_at__gt=now - MATURE_YES, then=Value(YOUNG)),
        When(asked_at__gt=now - MATURE_CREDIT, then=Value(RIPE)),
        default=Value(OLD),
        output_field=SmallIntegerField(),
    )
    kinds = (
        with_reversed(asks_of(filters))
        .annotate(age=age)
        .values(*keys, "kind", "is_reversed", "age")
        .annotate(number=Count("*"))
        .order_by()
    )
    with selection.generous_cursor():
        return list(kinds)


def _steps(counts: Counts) -> list[Step]:
    """Put the stages into a row; those that nobody uses are left out."""
    steps = []
    previous = counts.asked
    for stage in ASK_STAGES:
        place = PLACES[stage.word]
        count = counts.reached[place]
        # An optional stage through which nobody was seen to come says nothing of its own.
        if stage.is_optional and count == counts.reached[place + 1]:
            continue
        steps.append(
            Step(
                stage,
                count,
                Rate(count, counts.delivered),
                Rate(count, previous),
                counts.raw[place],
            )
        )
        previous = count
    return steps


def count_friends(filters: Filters) -> FriendFunnel:
    """Count the friends by stage, and by what told whose they are; one statement."""
    found: Any = (
        referrals_of(filters)
        .order_by()
        .values("source")
        .annotate(
            **{
                f"at_{stage.word}": Count("pk", filter=friends_at(stage.word))
                for stage in FRIEND_STAGES
            },
            reversed=Count("pk", filter=Q(reversed_at__isnull=False) & NOT_REJECTED),
            lost=Count(
                "pk", filter=Q(lost_at__isnull=False, won_at=None) & NOT_REJECTED
            ),
            rejected=Count("pk", filter=~NOT_REJECTED),
            counted=Count("pk", filter=NOT_REJECTED),
        )
    )
    rows: list[dict[str, Any]] = list(found)
    totals: Counter[str] = Counter()
    for row in rows:
        totals.update({key: row[key] for key in row if key != "source"})
    steps: list[Step] = []
    for index, stage in enumerate(FRIEND_STAGES):
        count = totals[f"at_{stage.word}"]
        following = FRIEND_STAGES[index + 1 : index + 2]
        if stage.is_optional and count == totals[f"at_{following[0].word}"]:
            continue
        first = steps[0].count if steps else count
        previous = steps[-1].count if steps else count
        steps.append(Step(stage, count, Rate(count, first), Rate(count, previous)))
    sources = dict(Referral.Source.choices)
    return FriendFunnel(
        steps,
        totals["reversed"],
        totals["lost"],
        totals["rejected"],
        sorted(
            (
                (row["source"], str(sources.get(row["source"], row["source"])), number)
                for row in rows
                if (number := row["counted"])
            ),
            key=lambda row: (-row[2], row[0]),
        ),
    )


def count_all_visits(filters: Filters) -> Visits:
    """Count the visits of the period, whatever ask they follow; two statements."""
    found = count_visits(since=filters.period.since, until=filters.period.until)
    kinds: Counter[str] = Counter()
    people: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for (program, channel, kind), visits in found.items():
        if filters.program is not None and program != filters.program:
            continue
        kinds[kind] += visits
        totals[channel] += visits
        if kind == Visit.Kind.HUMAN:
            people[channel] += visits
    return Visits(
        [(word, str(label), kinds[word]) for word, label in Visit.Kind.choices],
        [
            (channel, people[channel], total)
            for channel, total in sorted(
                totals.items(), key=lambda row: (-people[row[0]], row[0])
            )
        ],
    )


def languages() -> list[str]:
    """List the languages of asks, by hops through the index; some short look-ups."""
    found: list[str] = []
    last = Ask.objects.order_by("locale").values_list("locale", flat=True)
    while (
        following := (last.filter(locale__gt=found[-1]) if found else last).first()
    ) is not None:
        found.append(following)
        if len(found) >= 200:
            break
    return found
