from decimal import Decimal

import pytest

from referrals.money import NoAmount, from_minor, read_currency, say_money, to_minor


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        ("49.90", "USD", 4990),
        (49.9, "USD", 4990),
        (49, "USD", 4900),
        (0.1 + 0.2, "USD", 30),
        ("1.005", "usd", 100),
        ("1.015", "USD", 102),
        (Decimal("19.99"), " eur ", 1999),
        (1500, "JPY", 1500),
        ("2.5", "JPY", 2),
        ("1.234", "KWD", 1234),
        (0, "USD", 0),
        ("1e2", "USD", 10000),
    ],
)
def test_to_minor_reads_amounts_as_they_were_written(value, currency, minor):
    assert to_minor(value, currency) == minor


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "a lot",
        -1,
        "-0.01",
        float("nan"),
        float("inf"),
        "1e999999",
        "sNaN",
        10**16,
        [49],
        {"amount": 49},
    ],
)
def test_to_minor_refuses_what_is_no_amount(value):
    with pytest.raises(NoAmount):
        to_minor(value, "USD")


@pytest.mark.parametrize("currency", ["", "US", "QQQ", "$", None, 840])
def test_read_currency_refuses_what_is_no_currency(currency):
    with pytest.raises(NoAmount):
        read_currency(currency)


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "said"),
    [
        (4990, "USD", "en", "$49.90"),
        (123456789, "USD", "en", "$1,234,567.89"),
        (4990, "EUR", "de", "49,90\xa0€"),
        (1500, "JPY", "en", "¥1,500"),
        (-2000, "USD", "en", "-$20.00"),
        (4990, "BRL", "pt-BR", "R$\xa049,90"),
    ],
)
def test_say_money_writes_as_people_of_the_locale_do(minor, currency, locale, said):
    assert say_money(minor, currency, locale) == said


def test_from_minor_turns_back():
    assert from_minor(4990, "USD") == Decimal("49.90")
