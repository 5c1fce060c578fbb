"""The numbers of a funnel, and the people behind each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from contacts.funnels.stages import Stage
from contacts.funnels.way import Period, reached, way
from contacts.models import Contact

MOST_WEEKS = 60
# With the usual 4 MB, sorting a hundred thousand people goes over the disk; and to compile
# the statement takes longer than to run it.
MEMORY = "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"


# Who reached a stage, and the median seconds from the stage before.
COUNT = """
SELECT {number} AS number, NULL::date AS week, count(*),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', at - before_at)) AS median
FROM stage_{number}
"""
# The same by the week of the first stage; without medians, for to sort the times of each week
# would take as long as all the rest.
COUNT_BY_WEEK = """
SELECT {number}, date_trunc('week', start_at, 'UTC')::date AS week, count(*), NULL
FROM stage_{number}
GROUP BY week
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
    counts = [
        part.format(number=number)
        for number in range(1, len(stages) + 1)
        for part in (COUNT, COUNT_BY_WEEK)
    ]
    found = {
        (number, week): (count, median)
        for number, week, count, median in fetch(
            f"{clause}\n{' UNION ALL '.join(counts)}", values
        )
    }
    numbers = range(1, len(stages) + 1)
    weeks = sorted(week for number, week in found if number == 1 and week)
    return Report(
        stages=count_stages(stages, [found[number, None] for number in numbers]),
        cohorts=[
            cohort(
                week,
                tuple(found.get((number, week), (0, None))[0] for number in numbers),
                period,
            )
            for week in weeks[-MOST_WEEKS:]
        ],
    )


@transaction.atomic
def fetch(text: str, values: Sequence[Any]) -> list[Any]:
    """Run a statement with memory enough for everybody who is in a funnel."""
    with connection.cursor() as cursor:
        cursor.execute(MEMORY)
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
