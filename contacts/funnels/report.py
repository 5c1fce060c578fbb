"""The numbers of a funnel, and the people behind each of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from contacts.funnels.stages import Stage
from contacts.funnels.way import Period, reached, way
from contacts.models import Contact, EventType

MOST_WEEKS = 60
# With the usual 4 MB, sorting a hundred thousand people goes over the disk; and to compile
# the statement takes longer than to run it.
MEMORY = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"
# Of people who are at a stage the planner knows no numbers, and sorts all events of the next.
HASH = """
SET LOCAL enable_mergejoin = off;
SET LOCAL enable_nestloop = off;
SET LOCAL enable_sort = off
"""
# So much more often than the first stage another may happen for its events to be read as a whole.
MORE = 4


# Who reached a stage, by the week of the first stage, which begins on a Monday in UTC.
COUNT = """
SELECT {number} AS number, date_bin('7 days', start_at, '2001-01-01Z') AS week, count(*),
    NULL::float8 AS median
FROM stage_{number}
GROUP BY week
"""
# The median seconds from the stage before, of all weeks, for to sort the times of each week
# would take as long as all the rest.
MEDIAN = """
SELECT {number}, NULL, NULL,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', at - before_at))
FROM stage_{number}
"""


@dataclass(frozen=True)
class StageCount:
    """How many reached a stage, and how many of them went no further."""

    number: int
    stage: Stage
    count: int
    # Who is here: reached this stage, and not the next one.
    stayed: int
    of_first: float | None
    of_previous: float | None
    # The median time from the stage before.
    median: timedelta | None


@dataclass(frozen=True)
class Cohort:
    """Who came to the first stage in a week, and how many of them reached each stage."""

    week: date
    counts: tuple[int, ...]
    # Whether the window of some of them is still open.
    is_open: bool

    @property
    def ratios(self) -> list[float]:
        """The share of the cohort at each stage."""
        return [
            count / self.counts[0] if self.counts[0] else 0 for count in self.counts
        ]


@dataclass(frozen=True)
class Report:
    """A funnel in numbers."""

    stages: Sequence[StageCount]
    cohorts: Sequence[Cohort]

    @property
    def overall(self) -> float | None:
        """The share of those who began that came to the end."""
        return self.stages[-1].of_first


@dataclass(frozen=True)
class Group:
    """The people behind a number: who reached a stage, perhaps stayed, perhaps of a week."""

    stage: int
    stayed: bool = False
    week: date | None = None


@dataclass(frozen=True)
class Person:
    """Somebody in a funnel, with when each stage was reached."""

    contact: Contact
    times: tuple[datetime | None, ...]

    @property
    def latest(self) -> datetime | None:
        """When the last stage so far was reached."""
        return max((at for at in self.times if at), default=None)


def count_funnel(stages: Sequence[Stage], period: Period) -> Report:
    """Count a funnel; one statement, which also counts it for each week."""
    clause, values = reached(stages, period)
    numbers = range(1, len(stages) + 1)
    parts = [COUNT.format(number=number) for number in numbers]
    parts += [MEDIAN.format(number=number) for number in numbers[1:]]
    counts: dict[int, Counter[date]] = {number: Counter() for number in numbers}
    medians: dict[int, float | None] = {}
    for number, week, count, median in fetch(
        f"{clause}\n{' UNION ALL '.join(parts)}", values, hashes=are_even(stages)
    ):
        if week is None:
            medians[number] = median
        else:
            counts[number][week.date()] = count
    return Report(
        stages=count_stages(
            stages, [(counts[one].total(), medians.get(one)) for one in numbers]
        ),
        cohorts=[
            cohort(week, tuple(counts[number][week] for number in numbers), period)
            for week in sorted(counts[1])[-MOST_WEEKS:]
        ],
    )


def are_even(stages: Sequence[Stage]) -> bool:
    """
    Tell whether the events of no stage are many more than those of the first; one query.

    Where they are, only those of the people who come so far are looked up.
    """
    names = [name for stage in stages for name in stage.events]
    types = EventType.objects.filter(kind="track", name__in=names)
    seen = dict(types.values_list("name", "count"))
    first, *later = (sum(seen.get(name, 0) for name in one.events) for one in stages)
    return all(0 < count <= MORE * first for count in later)


@transaction.atomic
def fetch(text: str, values: Sequence[Any], *, hashes: bool = False) -> list[Any]:
    """Run a statement with memory enough for everybody who is in a funnel."""
    with connection.cursor() as cursor:
        cursor.execute(f"{MEMORY};{HASH}" if hashes else MEMORY)
        cursor.execute(text, values)
        return cursor.fetchall()


def count_stages(
    stages: Sequence[Stage], found: Sequence[tuple[int, float | None]]
) -> list[StageCount]:
    """Work out conversions from the count and the median seconds of each stage."""
    counted = []
    for index, (stage, (count, seconds)) in enumerate(zip(stages, found, strict=True)):
        following = found[index + 1][0] if index + 1 < len(found) else 0
        first, before = found[0][0], found[index - 1][0] if index else 0
        counted.append(
            StageCount(
                number=index + 1,
                stage=stage,
                count=count,
                stayed=count - following,
                of_first=count / first if first else None,
                of_previous=count / before if before else None,
                median=None if seconds is None else timedelta(seconds=seconds),
            )
        )
    return counted


def cohort(week: date, counts: tuple[int, ...], period: Period) -> Cohort:
    """Say whether the counts of a week may still grow."""
    end = datetime.combine(week, datetime.min.time(), period.now.tzinfo)
    is_open = end + timedelta(days=7) + period.window > period.now
    return Cohort(week, counts, is_open)


def find_people(
    stages: Sequence[Stage],
    period: Period,
    group: Group,
    *,
    size: int | None = None,
    offset: int = 0,
) -> list[Person]:
    """List the people behind a number, the latest first; two queries."""
    clause, values = way(stages, period)
    columns = ", ".join(f"at_{number}" for number in range(1, len(stages) + 1))
    condition, more = where(stages, group)
    text = (
        f"{clause}\nSELECT contact_id, {columns} FROM way WHERE {condition}"
        f"\nORDER BY at_{group.stage} DESC, contact_id DESC LIMIT %s OFFSET %s"
    )
    rows = fetch(text, [*values, *more, size, offset])
    contacts = Contact.objects.in_bulk([row[0] for row in rows])
    return [
        Person(contacts[row[0]], tuple(row[1:])) for row in rows if row[0] in contacts
    ]


def count_people(stages: Sequence[Stage], period: Period, group: Group) -> int:
    """Count the people behind a number."""
    clause, values = way(stages, period)
    condition, more = where(stages, group)
    text = f"{clause}\nSELECT count(*) FROM way WHERE {condition}"
    return fetch(text, [*values, *more])[0][0]


def where(stages: Sequence[Stage], group: Group) -> tuple[str, list[Any]]:
    """Write the condition of a group over ``way``."""
    condition, values = f"at_{group.stage} IS NOT NULL", []
    if group.stayed and group.stage < len(stages):
        condition += f" AND at_{group.stage + 1} IS NULL"
    if group.week is not None:
        condition += " AND date_trunc('week', at_1, 'UTC')::date = %s"
        values.append(group.week)
    return condition, values
