"""
The SQL of the comparisons of moments: with a day, with the present, with its anniversaries.

``operators.py`` says what each is called and what it takes.
"""

from calendar import isleap
from datetime import UTC, date, datetime, timedelta

from audiences.conditions.sql import Fragment, combine, join, value
from audiences.conditions.subjects import Subject
from audiences.conditions.windows import Duration, end_of, first_moment


def is_before(subject: Subject, day: date | datetime, as_of: datetime) -> Fragment:
    """Hold before the first moment of the day."""
    return combine("{} < {}", subject.moment, value(first_moment(day), "timestamptz"))


def is_after(subject: Subject, day: date | datetime, as_of: datetime) -> Fragment:
    """Hold after the moment, or from the first moment of the next day."""
    sign = ">" if isinstance(day, datetime) else ">="
    bound = value(end_of(day), "timestamptz")
    return combine(f"{{}} {sign} {{}}", subject.moment, bound)


def in_the_last(subject: Subject, duration: Duration, as_of: datetime) -> Fragment:
    """Hold after the moment so long ago, up to now."""
    start = value(as_of - duration.delta, "timestamptz")
    end = value(as_of, "timestamptz")
    moment = subject.moment
    return combine("{} > {} AND {} <= {}", moment, start, moment, end)


def later_than(subject: Subject, duration: Duration, as_of: datetime) -> Fragment:
    """Hold after the moment so far ahead."""
    start = value(as_of + duration.delta, "timestamptz")
    return combine("{} > {}", subject.moment, start)


def anniversary_in(subject: Subject, days: int, as_of: datetime) -> Fragment:
    """
    Hold if a day from today to so many days ahead has the month and day of the moment.

    Of no year before that of the moment. 29 February is 28 February in other years. Of each
    month and day the last year that comes is compared: at most 366 entries.
    """
    today = as_of.astimezone(UTC).date()
    last_years: dict[int, int] = {}
    for ahead in range(days + 1):
        day = today + timedelta(days=ahead)
        for month_day in _month_days(day):
            last_years[month_day] = day.year
    moment = subject.moment.format("({} AT TIME ZONE 'UTC')")
    day_of_year = combine(
        "(extract(month FROM {}) * 100 + extract(day FROM {}))", moment, moment
    )
    by_year: dict[int, list[int]] = {}
    for found, year in last_years.items():
        by_year.setdefault(year, []).append(found)
    return join(
        "OR",
        [
            combine(
                "{} = ANY({}) AND extract(year FROM {}) <= {}",
                day_of_year,
                value(found, "numeric[]"),
                moment,
                value(year),
            )
            for year, found in by_year.items()
        ],
    )


def _month_days(day: date) -> list[int]:
    """Give month × 100 + day of those who have their anniversary on a day."""
    month_day = day.month * 100 + day.day
    if month_day == 228 and not isleap(day.year):
        return [228, 229]
    return [month_day]


def anniversary_today(subject: Subject, nothing: None, as_of: datetime) -> Fragment:
    """Hold on the day of the year that the moment has, from its year on."""
    return anniversary_in(subject, 0, as_of)


def anniversary_in_the_next(
    subject: Subject, duration: Duration, as_of: datetime
) -> Fragment:
    """Hold if the next such day, today included, is at most so many days after today."""
    return anniversary_in(subject, duration.delta.days, as_of)


def in_the_next(subject: Subject, duration: Duration, as_of: datetime) -> Fragment:
    """Hold after now, up to the moment so far ahead."""
    start = value(as_of, "timestamptz")
    end = value(as_of + duration.delta, "timestamptz")
    moment = subject.moment
    return combine("{} > {} AND {} <= {}", moment, start, moment, end)


def longer_ago(subject: Subject, duration: Duration, as_of: datetime) -> Fragment:
    """Hold up to the moment so long ago."""
    end = value(as_of - duration.delta, "timestamptz")
    return combine("{} <= {}", subject.moment, end)
