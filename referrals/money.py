"""
Amounts of money: whole minor units (cents) and an ISO currency.

Never a float: what a shop sends is read as the digits that it wrote.
"""

from decimal import ROUND_HALF_EVEN, Decimal, DecimalException
from functools import cache
from typing import Any

from babel.core import get_global
from babel.numbers import format_currency, get_currency_precision

# Beyond this an amount is a mistake, and beyond 64 bits it could not be kept.
LARGEST_MINOR = 10**15


class NoAmount(ValueError):
    """What was sent is no amount of money."""


@cache
def known_currencies() -> frozenset[str]:
    """Name the currencies that are or were in use."""
    return frozenset(get_global("all_currencies"))


def read_currency(value: Any) -> str:
    """
    Read a currency as three capitals.

    :raises NoAmount: if there is no such currency
    """
    code = value.strip().upper() if isinstance(value, str) else ""
    if code not in known_currencies():
        raise NoAmount(f"Expected a currency like USD; got {value!r:.40}.")
    return code


def to_minor(value: Any, currency: str) -> int:
    """
    Turn an amount as it was sent ("49.90", 49.9, 49) into minor units of the currency.

    Halves of the smallest unit go to the even one. A currency without cents has none.

    :raises NoAmount: if it is no number, below zero or too large, or the currency unknown
    """
    places = get_currency_precision(read_currency(currency))
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise NoAmount(f"Expected an amount like 49.90; got {value!r:.40}.")
    try:
        amount = Decimal(str(value).strip())
        minor = amount.scaleb(places).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    except DecimalException as error:
        raise NoAmount(f"Expected an amount like 49.90; got {value!r:.40}.") from error
    if not amount.is_finite() or not 0 <= minor <= LARGEST_MINOR:
        raise NoAmount(f"Expected an amount like 49.90; got {value!r:.40}.")
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    """Turn minor units into an amount: 4990 USD are 49.90."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


def say_money(minor: int, currency: str, locale: str = "en") -> str:
    """Write an amount as people of the locale do: "$49.90", "49,90 €"."""
    return format_currency(
        from_minor(minor, currency), currency, locale=locale.replace("-", "_")
    )
