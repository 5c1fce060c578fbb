"""
The Liquid filters that a mail may use, each with a limit on what it may make.

Whatever can multiply text (append, replace, join) is not among them.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency
from liquid.builtin.filters import math as numbers
from liquid.builtin.filters import misc, string
from liquid.builtin.filters.array import first, last
from liquid.exceptions import FilterValueError
from liquid.filter import with_context

LONGEST_TEXT = 20_000
LARGEST_NUMBER = 10**15
NUMBER = re.compile(r"\s*-?\d{1,15}(\.\d{1,15})?\s*\Z")
CURRENCY = re.compile(r"[A-Z]{3}")
DIRECTIVE = re.compile(r"%(-?[a-zA-Z%])")

# What %A and the like mean, in Babel's own letters.
DATE_PARTS = {
    "%Y": "yyyy", "%y": "yy", "%m": "MM", "%-m": "M", "%B": "MMMM", "%b": "MMM",
    "%d": "dd", "%-d": "d", "%e": "d", "%A": "EEEE", "%a": "EEE", "%j": "DDD",
}  # fmt: skip
DATE_STYLES = {"short", "medium", "long", "full"}


def is_small(value: object) -> bool:
    """Tell whether a filter may take or make this."""
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT
    if isinstance(value, (int, float, Decimal)):
        return -LARGEST_NUMBER <= value <= LARGEST_NUMBER
    return True


def bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse what is too large before and after the filter."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if not all(is_small(value) for value in args):
            raise FilterValueError("the value is too large", token=None)
        try:
            result = function(*args, **kwargs)
        except (ArithmeticError, ValueError) as error:
            raise FilterValueError(str(error), token=None) from error
        if not is_small(result):
            raise FilterValueError("the result is too large", token=None)
        return result

    return wrapper


def numeric(function: Callable[..., Any]) -> Callable[..., Any]:
    """Count text that is no plain number as zero, as Liquid does, before it is converted."""

    @wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        plain = [
            0 if isinstance(value, str) and not NUMBER.match(value) else value
            for value in args
        ]
        return function(*plain, **kwargs)

    return bounded(wrapper)


def read_date(value: object) -> date | None:
    """Read a date from an attribute; None if it is none."""
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def read_locale(context: Any) -> Locale:
    """Find the language of the mail that is being rendered."""
    try:
        return Locale.parse(str(context.resolve("locale", default="en")), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@with_context
def date_local(value: object, style: str = "long", *, context: Any) -> object:
    """Write a date as the reader's language does: short, medium, long or full."""
    moment = read_date(value)
    if moment is None:
        return value
    chosen = style if style in DATE_STYLES else "long"
    return format_date(moment, format=chosen, locale=read_locale(context))


@with_context
def date_by_pattern(
    value: object, pattern: str = "%Y-%m-%d", *, context: Any
) -> object:
    """Write a date by a pattern such as "%B %-d, %Y"."""
    moment = read_date(value)
    if moment is None:
        return value

    def part(match: re.Match[str]) -> str:
        code = DATE_PARTS.get(match.group())
        if code is None:
            return "%" if match.group() == "%%" else match.group()
        return format_date(moment, format=code, locale=read_locale(context))

    return DIRECTIVE.sub(part, str(pattern)[:100])


@with_context
def money(value: object, currency: str = "USD", *, context: Any) -> object:
    """Write an amount as the reader's language does, such as $1,250.00."""
    if not isinstance(value, (int, float, Decimal)):
        if not NUMBER.match(str(value)):
            return value
        value = Decimal(str(value).strip())
    code = str(currency).upper()
    if not CURRENCY.fullmatch(code):
        return value
    return format_currency(value, code, locale=read_locale(context))


FILTERS: dict[str, Callable[..., Any]] = {
    "default": bounded(misc.default),
    "size": bounded(misc.size),
    "first": bounded(first),
    "last": bounded(last),
    "escape": bounded(string.escape),
    "upcase": bounded(string.upcase),
    "downcase": bounded(string.downcase),
    "capitalize": bounded(string.capitalize),
    "strip": bounded(string.strip),
    "truncate": bounded(string.truncate),
    "truncatewords": bounded(string.truncatewords),
    "url_encode": bounded(string.url_encode),
    "abs": numeric(numbers.abs_),
    "ceil": numeric(numbers.ceil),
    "floor": numeric(numbers.floor),
    "round": numeric(numbers.round_),
    "plus": numeric(numbers.plus),
    "minus": numeric(numbers.minus),
    "times": numeric(numbers.times),
    "divided_by": numeric(numbers.divided_by),
    "modulo": numeric(numbers.modulo),
    "date": bounded(date_by_pattern),
    "date_local": bounded(date_local),
    "money": bounded(money),
}
