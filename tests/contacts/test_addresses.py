"""Phone numbers are one number however they are written."""

import pytest

from contacts.addresses import address_digest, normalize_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 170 1234567", "+491701234567"),
        ("0049 (0)170/123-4567", "+491701234567"),
        (" 491701234567 ", "+491701234567"),
        ("(212) 555-0100", "+2125550100"),
        ("212 555-0100", "+2125550100"),
        ("12345", ""),
        ("2026-11-23T10:00", ""),
        ("ada@example.com", ""),
        ("+49 170 1234567 x", ""),
        ("", ""),
    ],
)
def test_a_number_has_one_form(text, number):
    assert normalize_number(text) == number


def test_a_number_has_one_hash():
    assert address_digest("+49 170 1234567") == address_digest("00491701234567")
    assert address_digest("+49 170 1234567") != address_digest("+49 170 1234568")
