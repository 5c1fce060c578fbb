"""
The comparisons: one entry each, with its name, its English, its SQL and what it takes.

A value that is not set, or can't be read as what the comparison needs, is never selected by
a positive comparison and always by its opposite: ``is_not`` "pro" selects who has no plan.
Capital letters count. Text that is blank is not set.
"""

from calendar import isleap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from audiences.conditions.sql import (
    Fragment,
    combine,
    escape_pattern,
    join,
    negate,
    value,
)
from audiences.conditions.subjects import Subject
from audiences.conditions.windows import Duration, end_of, first_moment


class Operand(StrEnum):
    """What stands on the right of a comparison."""

    NOTHING = "nothing"
    SCALAR = "scalar"  # a text, a number or a flag
    SCALARS = "scalars"
    TEXT = "text"
    NUMBER = "number"
    RANGE = "range"  # two numbers, both included
    DATE = "date"  # a day or a moment
    DURATION = "duration"
    DAYS = "days"  # a duration of whole days or weeks


@dataclass(frozen=True)
class Operator:
    """
    A comparison.

    ``types`` says for which sorts of data a marketer is offered it; it works on any.
    ``opposite_of`` names the comparison that it is the opposite of. ``of_zero`` says whether
    it holds for the number 0, as somebody has of whom nothing was counted.
    """

    name: str
    label: str
    operand: Operand
    types: frozenset[str]
    sql: Callable[[Subject, Any, datetime], Fragment]
    of_zero: Callable[[Any], bool] = lambda expected: False
    opposite_of: str = ""


TEXTS = frozenset({"text", "list"})
NUMBERS = frozenset({"number"})
DATES = frozenset({"date"})
FLAGS = frozenset({"flag"})
EVERYTHING = frozenset({"text", "number", "date", "flag", "list"})
TRUE_WORDS = ["true", "t", "yes", "y", "1"]
FALSE_WORDS = ["false", "f", "no", "n", "0"]


def equals(subject: Subject, expected: Any, as_of: datetime) -> Fragment:
    """Compare as numbers if a number is expected, else letter by letter."""
    if isinstance(expected, bool):
        return combine("{} = {}", subject.text, value(str(expected).lower()))
    if isinstance(expected, Decimal):
        return subject.test_number(f"@ == {expected:f}", _sign("=", expected))
    return combine("{} = {}", subject.text, value(expected))


def is_one_of(subject: Subject, expected: tuple[Any, ...], as_of: datetime) -> Fragment:
    """Compare with each of the values; all the texts at once, and all the numbers."""
    numbers = [choice for choice in expected if isinstance(choice, Decimal)]
    texts = [
        str(choice).lower() if isinstance(choice, bool) else choice
        for choice in expected
        if not isinstance(choice, Decimal)
    ]
    pieces = []
    if texts:
        pieces.append(combine("{} = ANY({})", subject.text, value(texts, "text[]")))
    if numbers:
        listed = value(numbers, "numeric[]")
        pieces.append(combine("{} = ANY({})", subject.number, listed))
    return join("OR", pieces)


def like(before: str, after: str) -> Callable[[Subject, str, datetime], Fragment]:
    """Make a search for a text with anything before it, after it, or both."""

    def search(subject: Subject, text: str, as_of: datetime) -> Fragment:
        pattern = before + escape_pattern(text) + after
        return combine("{} LIKE {}", subject.text, value(pattern))

    return search


def compare(sign: str) -> Callable[[Subject, Decimal, datetime], Fragment]:
    """Make a comparison of numbers, exact in every digit."""

    def ordered(subject: Subject, bound: Decimal, as_of: datetime) -> Fragment:
        return subject.test_number(f"@ {sign} {bound:f}", _sign(sign, bound))

    return ordered


def _sign(sign: str, bound: Decimal) -> Callable[[Fragment], Fragment]:
    """Make a comparison of a number in SQL."""
    return lambda number: combine(f"{{}} {sign} {{}}", number, value(bound, "numeric"))


def is_between(
    subject: Subject, ends: tuple[Decimal, Decimal], as_of: datetime
) -> Fragment:
    """Hold from the first number to the second, both included."""
    low, high = (value(end, "numeric") for end in ends)
    return subject.test_number(
        f"@ >= {ends[0]:f} && @ <= {ends[1]:f}",
        lambda number: combine("{} BETWEEN {} AND {}", number, low, high),
    )


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


def has_word(words: list[str]) -> Callable[[Subject, None, datetime], Fragment]:
    """Make a check for a flag, given as a flag or as one of the words, in any case."""

    def check(subject: Subject, nothing: None, as_of: datetime) -> Fragment:
        return combine("lower({}) = ANY({})", subject.text, value(words, "text[]"))

    return check


def is_set(subject: Subject, nothing: None, as_of: datetime) -> Fragment:
    """Hold for any value but a blank text."""
    return combine("{} <> ''", subject.text)


Comparison = Callable[[Subject, Any, datetime], Fragment]


def opposite(comparison: Comparison) -> Comparison:
    """Make the comparison that selects everybody else."""

    def otherwise(subject: Subject, expected: Any, as_of: datetime) -> Fragment:
        return negate(comparison(subject, expected, as_of))

    return otherwise


def is_zero(expected: Any) -> bool:
    """Whether the number 0, as a number or as a text, is what is expected."""
    if isinstance(expected, Decimal):
        return expected == 0
    return bool(expected == "0")


def has_zero(expected: tuple[Any, ...]) -> bool:
    """Whether 0 is among what is expected."""
    return any(is_zero(choice) for choice in expected)


def entries() -> Iterable[Operator]:
    """List the comparisons in the order in which a marketer is offered them."""
    some = EVERYTHING - FLAGS - DATES
    contains = like("%", "%")
    yield Operator("is", "is", Operand.SCALAR, some, equals, is_zero)
    yield Operator(
        "is_not",
        "is not",
        Operand.SCALAR,
        some,
        opposite(equals),
        lambda expected: not is_zero(expected),
        opposite_of="is",
    )
    yield Operator("is_one_of", "is one of", Operand.SCALARS, some, is_one_of, has_zero)
    yield Operator(
        "is_none_of",
        "is none of",
        Operand.SCALARS,
        some,
        opposite(is_one_of),
        lambda expected: not has_zero(expected),
        opposite_of="is_one_of",
    )
    yield Operator("contains", "contains", Operand.TEXT, TEXTS, contains, is_zero)
    yield Operator(
        "not_contains",
        "does not contain",
        Operand.TEXT,
        TEXTS,
        opposite(contains),
        lambda expected: not is_zero(expected),
        opposite_of="contains",
    )
    yield Operator(
        "starts_with", "starts with", Operand.TEXT, TEXTS, like("", "%"), is_zero
    )
    yield Operator(
        "ends_with", "ends with", Operand.TEXT, TEXTS, like("%", ""), is_zero
    )
    yield from number_entries()
    yield from date_entries()
    yield Operator("is_true", "is true", Operand.NOTHING, FLAGS, has_word(TRUE_WORDS))
    yield Operator(
        "is_false",
        "is false",
        Operand.NOTHING,
        FLAGS,
        has_word(FALSE_WORDS),
        lambda nothing: True,
    )
    yield Operator(
        "is_set", "is known", Operand.NOTHING, EVERYTHING, is_set, lambda nothing: True
    )
    yield Operator(
        "is_not_set",
        "is not known",
        Operand.NOTHING,
        EVERYTHING,
        opposite(is_set),
        opposite_of="is_set",
    )


def number_entries() -> Iterable[Operator]:
    """List the comparisons of numbers."""
    yield Operator(
        "greater_than",
        "is greater than",
        Operand.NUMBER,
        NUMBERS,
        compare(">"),
        lambda bound: bound < 0,
    )
    yield Operator(
        "less_than",
        "is less than",
        Operand.NUMBER,
        NUMBERS,
        compare("<"),
        lambda bound: bound > 0,
    )
    yield Operator(
        "at_least",
        "is at least",
        Operand.NUMBER,
        NUMBERS,
        compare(">="),
        lambda bound: bound <= 0,
    )
    yield Operator(
        "at_most",
        "is at most",
        Operand.NUMBER,
        NUMBERS,
        compare("<="),
        lambda bound: bound >= 0,
    )
    yield Operator(
        "between",
        "is between",
        Operand.RANGE,
        NUMBERS,
        is_between,
        lambda ends: ends[0] <= 0 <= ends[1],
    )


def date_entries() -> Iterable[Operator]:
    """List the comparisons of moments, those with the present last."""
    yield Operator("before", "is before", Operand.DATE, DATES, is_before)
    yield Operator("after", "is after", Operand.DATE, DATES, is_after)
    yield Operator(
        "in_the_last", "is in the last", Operand.DURATION, DATES, in_the_last
    )
    yield Operator(
        "in_the_next", "is in the next", Operand.DURATION, DATES, in_the_next
    )
    yield Operator(
        "longer_ago", "is longer ago than", Operand.DURATION, DATES, longer_ago
    )
    yield Operator(
        "later_than", "is further ahead than", Operand.DURATION, DATES, later_than
    )
    yield Operator(
        "anniversary_today",
        "has its anniversary today",
        Operand.NOTHING,
        DATES,
        anniversary_today,
    )
    yield Operator(
        "anniversary_in_the_next",
        "has its anniversary in the next",
        Operand.DAYS,
        DATES,
        anniversary_in_the_next,
    )


OPERATORS = {operator.name: operator for operator in entries()}
