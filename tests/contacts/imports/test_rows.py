"""Records become rows: typed values, warnings where one is left out, reasons where none is."""

import json

import pytest

from contacts.imports.fields import ATTRIBUTE, IGNORE
from contacts.imports.mapping import Column
from contacts.imports.records import Record
from contacts.imports.rows import RowReader, StagedRow, write_flat

COLUMNS = [
    Column("email"),
    Column("full_name"),
    Column("locale"),
    Column("time_zone"),
    Column(ATTRIBUTE, "points", "number"),
    Column(ATTRIBUTE, "vip", "flag"),
    Column(ATTRIBUTE, "note"),
    Column("unsubscribed"),
    Column(IGNORE),
]


def read(*cells: str) -> StagedRow:
    return RowReader(COLUMNS).read(Record(2, list(cells)))


def test_row_takes_typed_values() -> None:
    assert read(
        "ann@example.com", "Ann  Lee", "de", "Europe/Rome", "7", "ja", "hi", "no", "x"
    ) == StagedRow(
        email="ann@example.com",
        first_name="Ann",
        last_name="Lee",
        locale="de",
        time_zone="Europe/Rome",
        attributes={"points": 7, "vip": True, "note": "hi"},
    )


def test_row_leaves_out_what_it_cannot_read_and_warns() -> None:
    row = read(
        "ann@gamil.com", "#N/A", "xx-yy", "Mars", "abc", "maybe", "#REF!", "", ""
    )

    assert row == StagedRow(
        email="ann@gamil.com",
        warnings=(
            "address_typo",
            "spreadsheet_error",
            "bad_locale",
            "bad_time_zone",
            "bad_number",
            "bad_flag",
            "spreadsheet_error",
        ),
    )


@pytest.mark.parametrize(
    ("cells", "state", "reason"),
    [
        (["ann@example.com", "", "", "", "", "", "", "2024-05-01", ""], "suppressed", "marked_unsubscribed"),
        (["ann@example.com", "x" * 201, "", "", "", "", "", "", ""], "invalid", "name_too_long"),
        (["", "Ann", "", "", "", "", "", "", ""], "invalid", "email_missing"),
    ],
)  # fmt: skip
def test_row_that_is_no_contact_keeps_its_cells(
    cells: list[str], state: str, reason: str
) -> None:
    row = read(*cells)

    assert (row.state, row.reason) == (state, reason)
    assert row.cells == [cell[:200] for cell in cells]


def test_row_cleans_names_of_control_characters_and_guards() -> None:
    row = read("ann@example.com", "A\tnn\n 'Lee", "", "", "", "", "'=1+1", "", "")

    assert (row.first_name, row.last_name) == ("A nn", "'Lee")
    assert row.attributes == {"note": "=1+1"}


def test_write_flat_writes_what_json_reads() -> None:
    values = {
        'a "b"': "tab\t\\ “ü” 葵\x01",
        "n": -3,
        "f": 0.25,
        "yes": True,
        "no": False,
    }

    assert json.loads(write_flat(values)) == values
