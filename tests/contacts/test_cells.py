"""Cells become values, or are said to be none."""

import time

import pytest

from contacts.cells import (
    BadAddress,
    clean_address,
    clean_flag,
    clean_locale,
    clean_number,
    clean_time_zone,
    split_name,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("mailto:ann@example.com", "ann@example.com"),
        ("Ann Lee <ann@example.com>", "ann@example.com"),
        ("ann@example.com;", "ann@example.com"),
        ("ann＠example.com", "ann@example.com"),
        ("ann\u200b@example.com", "ann@example.com"),
        ("'=ann@example.com", "=ann@example.com"),
        ("jürgen@exämple.com", "jürgen@xn--exmple-cua.com"),
    ],
)
def test_address_is_cleaned(text: str, address: str) -> None:
    assert clean_address(text) == address


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "email_missing"),
        (" \u00a0 ", "email_missing"),
        ("nonsense", "email_invalid"),
        ("a@b", "email_invalid"),
        ("a..b@example.com", "email_invalid"),
        ("ann@example.com; bob@example.com", "several_emails"),
        ("a" * 300 + "@example.com", "email_too_long"),
        ("<" * 60_000, "email_too_long"),
    ],
)
def test_address_that_is_none_says_why(text: str, code: str) -> None:
    started = time.perf_counter()

    with pytest.raises(BadAddress, match=f"^{code}$"):
        clean_address(text)

    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("de", "de"),
        ("de_DE", "de-DE"),
        ("pt-br", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("en_US.UTF-8", "en-US"),
        ("German", "de"),
        ("deutsch", "de"),
        ("日本語", "ja"),
        ("xx-yy", None),
        ("klingon-ish", None),
    ],
)
def test_locale_becomes_a_tag(text: str, locale: str | None) -> None:
    assert clean_locale(text) == locale


def test_time_zone_is_found_whatever_its_case() -> None:
    assert clean_time_zone("america/new york") == "America/New_York"
    assert clean_time_zone("Mars/Base") is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-3.5", -3.5),
        ("1,234", 1234),
        ("4.47712E+11", None),
        ("12 %", None),
        ("1,23", None),
    ],
)
def test_number_loses_no_digit(text: str, number: float | None) -> None:
    assert clean_number(text) == number


def test_flag_knows_several_languages() -> None:
    assert [clean_flag(word) for word in ("Yes", "WAHR", "нет", "0", "maybe")] == [
        True,
        True,
        False,
        False,
        None,
    ]


def test_full_name_is_split_at_its_last_space() -> None:
    assert split_name("Ana María Ruiz") == ("Ana María", "Ruiz")
    assert split_name("田中友紀") == ("田中友紀", "")
