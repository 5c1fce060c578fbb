"""
The comparisons: one entry each, with its name, its English, its SQL and what it takes.

A value that is not set, or can't be read as what the comparison needs, is never selected by
a positive comparison and always by its opposite: ``is_not`` "pro" selects who has no plan.
Capital letters count. Text that is blank is not set.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from audiences.conditions.moments import (
    anniversary_in_the_next,
    anniversary_today,
    in_the_last,
    in_the_next,
    is_after,
    is_before,
    later_than,
    longer_ago,
)
from audiences.conditions.sql import (
    Fragment,
    combine,
    escape_pattern,
    join,
    negate,
    value,
)
from audiences.conditions.subjects import Subject


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
