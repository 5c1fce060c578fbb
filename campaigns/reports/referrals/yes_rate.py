"""
The Yes Rate over time, beside what the asks may have done harm to.

Asks count in the week in which they were made. A week is *flagged* if more of its asks were
answered yes than in the weeks before it, up to eight together, and some harm was more frequent
than the 95 % interval of these weeks allows: a rate that is bought with the good will of people.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import (
    Count,
    F,
    Func,
    IntegerField,
    Max,
    QuerySet,
    Sum,
    Value,
)

from audiences import selection
from campaigns.models import Answer, Ask
from campaigns.models.ask_kind import (
    STAGE_BITS,
    WON_BIT,
    YES_BIT,
    AskKind,
    read_kind,
)
from campaigns.reports.groups import Group
from campaigns.reports.referrals.filters import Filters, asks_of
from campaigns.reports.referrals.stages import (
    ANSWERS,
    HARMS,
    MATURE_YES,
    UNHAPPY,
    VIEWED,
    with_reversed,
)
from campaigns.statistics import Rate

# More weeks are not drawn; all time begins so long ago at most.
MOST_WEEKS = 106
# With how many weeks before it a week is compared.
COMPARED = 8
WEEK = timedelta(days=7)


@dataclass
class Tally:
    """Delivered asks of some time, and how many of them are in which group."""

    delivered: int = 0
    viewed: int = 0
    surveyed: int = 0
    groups: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Add those of another time."""
        self.delivered += other.delivered
        self.viewed += other.viewed
        self.surveyed += other.surveyed
        self.groups += other.groups

    def rate(self, word: str) -> Rate:
        """Give a group as a part of those who could be in it."""
        total = self.surveyed if word == UNHAPPY.word else self.delivered
        return Rate(self.groups[word], total)


@dataclass(frozen=True)
class Week:
    """The asks of a week, and the harms for which its Yes Rate is flagged."""

    on: date
    tally: Tally
    flags: list[Group]
    # Its asks may still be answered.
    is_maturing: bool


@dataclass(frozen=True)
class YesReport:
    """All weeks, and all of them together."""

    weeks: list[Week]
    whole: Tally
    answers: list[tuple[Group, Rate]]
    harms: list[tuple[Group, Rate]]

    @property
    def of_viewed(self) -> Rate:
        """Yes of the asks that somebody saw; who says yes has seen it."""
        return Rate(self.whole.groups["yes"], self.whole.viewed)

    @property
    def flagged(self) -> list[Week]:
        """The weeks whose Yes Rate cost something, the latest first."""
        return [week for week in reversed(self.weeks) if week.flags]


SHOWN_HARMS = (*HARMS, UNHAPPY)


def count_yes(filters: Filters, *, zone: tzinfo) -> YesReport:
    """Count the answers and the harms by week; two statements."""
    begins = weeks_of(filters, zone=zone)
    tallies = [Tally() for _ in begins]
    for row in _count_kinds(filters, begins, zone):
        kind = read_kind(row["kind"], is_reversed=row["is_reversed"])
        tallies[max(row["week"] - 1, 0)].add(_tally_of(kind, row["number"]))
    whole = Tally()
    weeks = []
    for index, (on, tally) in enumerate(zip(begins, tallies, strict=True)):
        before = Tally()
        for earlier in tallies[max(0, index - COMPARED) : index]:
            before.add(earlier)
        ends = datetime.combine(on + WEEK, time(), zone)
        weeks.append(
            Week(
                on,
                tally,
                flags_of(tally, before),
                ends > filters.period.until - MATURE_YES,
            )
        )
        whole.add(tally)
    return YesReport(
        weeks,
        whole,
        [(one, whole.rate(one.word)) for one in ANSWERS],
        [(one, whole.rate(one.word)) for one in SHOWN_HARMS],
    )


def flags_of(tally: Tally, before: Tally) -> list[Group]:
    """List the harms that grew while the Yes Rate rose."""
    rate, earlier = tally.rate("yes"), before.rate("yes")
    if not (rate.is_sure and earlier.is_sure and rate.share > earlier.share):
        return []
    found = []
    for harm in SHOWN_HARMS:
        now, then = tally.rate(harm.word), before.rate(harm.word)
        if now.is_sure and then.is_sure and now.percent > then.high:
            found.append(harm)
    return found


def count_people(filters: Filters) -> Rate:
    """Count the people who were reached, and those of them who said yes at least once."""
    people = (
        reached_people(filters)
        .order_by()
        .values("contact_id")
        .annotate(most=Max("said"))
    )
    with selection.generous_cursor():
        row = people.aggregate(total=Count("*"), yes=Sum("most"))
    return Rate((row["yes"] or 0) // YES_BIT, row["total"])


def reached_people(filters: Filters, *, said_yes: bool = False) -> QuerySet[Ask]:
    """Select the asks that reached somebody, or those of them that were answered yes."""
    asks = asks_of(filters).annotate(
        reached=F("kind").bitand(STAGE_BITS | WON_BIT), said=F("kind").bitand(YES_BIT)
    )
    reached = asks.filter(reached__gt=0)
    return reached.filter(said__gt=0) if said_yes else reached


def weeks_of(filters: Filters, *, zone: tzinfo) -> list[date]:
    """List the Mondays of the period; all time begins with the first ask."""
    since = filters.period.since
    if since is None:
        first = Ask.objects.order_by("asked_at").values_list("asked_at", flat=True)[:1]
        since = next(iter(first), filters.period.until)
    last = monday_of(filters.period.until, zone)
    first_monday = max(monday_of(since, zone), last - WEEK * (MOST_WEEKS - 1))
    count = (last - first_monday).days // 7 + 1
    return [first_monday + WEEK * index for index in range(max(count, 1))]


def monday_of(at: datetime, zone: tzinfo) -> date:
    """Give the Monday of the week, where the marketer is."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def week_of(begins: Sequence[date], zone: tzinfo) -> Func:
    """Number the week of an ask, from 1; 0 is before all of them."""
    limits = [datetime.combine(on, time(), zone) for on in begins]
    return Func(
        F("asked_at"),
        Value(limits),
        function="width_bucket",
        template="%(function)s(%(expressions)s::timestamptz[])",
        output_field=IntegerField(),
    )


def _count_kinds(
    filters: Filters, begins: Sequence[date], zone: tzinfo
) -> list[dict[str, Any]]:
    """Sort the delivered asks into kinds, week by week; one statement."""
    kinds: QuerySet[Ask, Any] = (
        with_reversed(asks_of(filters))
        .annotate(week=week_of(begins, zone))
        .values("week", "kind", "is_reversed")
        .annotate(number=Count("*"))
        .order_by()
    )
    with selection.generous_cursor():
        return list(kinds)


def _tally_of(kind: AskKind, number: int) -> Tally:
    """Put the asks of a kind into their groups; none of those that reached nobody."""
    if kind.stage == 0:
        return Tally()
    tally = Tally(
        number,
        number if kind.stage >= VIEWED else 0,
        number if kind.is_content is not None else 0,
    )
    words = {
        kind.group: True,
        "complained": kind.has_complained,
        "unsubscribed": kind.has_unsubscribed,
        "said_never": kind.answer == Answer.NEVER,
        "unhappy": kind.is_content is False,
    }
    tally.groups.update({word: number for word, is_in in words.items() if is_in})
    return tally
