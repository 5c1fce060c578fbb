import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contacts.exports import csv_response, rows_from_mappings, safe_cell


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
)
def test_text_that_begins_a_formula_is_defused(start):
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Ada", "Ada"),
        ("a=1", "a=1"),
        ("", ""),
        (None, ""),
        (-5, -5),
        (1.5, 1.5),
        (Decimal("-2.50"), Decimal("-2.50")),
        (True, "yes"),
        (False, "no"),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00+00:00"),
        ("\0=1", "'\ufffd=1"),
        ("a\0b", "a\ufffdb"),
        (["=1"], "['=1']"),
    ],
)
def test_other_values_stay_what_they_are(value, cell):
    assert safe_cell(value) == cell


def test_response_is_a_file_that_excel_reads_as_utf8():
    response = csv_response(
        "Yes rate, by week",
        ["=Week", "Müller"],
        rows_from_mappings([{"b": 'a "quoted", cell', "a": -1}], ["a", "b"]),
    )

    octets = b"".join(response.streaming_content)
    assert response["Content-Disposition"] == (
        'attachment; filename="yes-rate-by-week.csv"'
    )
    assert octets.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(octets.decode("utf-8-sig")))) == [
        ["'=Week", "Müller"],
        ["-1", 'a "quoted", cell'],
    ]


def test_file_without_a_name_gets_one():
    assert (
        'filename="export.csv"' in csv_response("漢字", [], [])["Content-Disposition"]
    )
