import csv

import pytest

from contacts.exports import csv_lines
from contacts.plans.rows import CellError, Row
from contacts.plans.sheets import SheetRefused, headers, lines, read_sheet

ROWS = [
    Row("track", "Order Completed", description='With, commas\nand “quotes” "too"'),
    Row("track", "Order Completed", "total", ("number",), True),
    Row("track", "=cmd()", "-x", ("text",), permitted=("+1", "a,b")),
    Row("track", "発注完了", "合計", pattern=r"^\d+;?$"),
    Row("identify", "", "email", ("text", "empty")),
]


def test_plan_survives_the_way_out_and_in():
    file = "".join(csv_lines(headers(), lines(ROWS)))
    reading = read_sheet(file.encode())

    assert reading.errors == []
    assert reading.rows == [
        *ROWS[:2],
        Row("track", "=cmd()", "-x", ("text",), permitted=("+1", "a,b")),
        *ROWS[3:],
    ]


def test_columns_of_other_tools_are_known():
    reading = read_sheet(
        b"Event Name;Property Name;Data Type\nPaid;total;float\n\n;;\n"
    )

    assert reading.rows == [Row("track", "Paid", "total", ("number",))]


def test_errors_name_the_line():
    reading = read_sheet(b"event,path,types\nPaid,total,money\nPaid,tax,number,9\n")

    assert reading.errors == [
        CellError(
            0,
            "types",
            "“money” is none of text, number, integer, flag, date, list, object, empty.",
        ),
        CellError(1, "event", "This line has 4 cells, not 3."),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"\n , \n", "The file is empty."),
        (
            b"a,b\n1,2",
            "There is no column “Event”. The first line of the file is: a, b.",
        ),
        (b"event,type,types\n", "The column “Types” is there more than once."),
        ("événement".encode("latin-1"), "The file is no text in UTF-8."),
        (b"x" * 5_000_001, "The file is larger than 5 MB."),
    ],
)
def test_bad_file_gets_a_clear_answer(content, reason):
    with pytest.raises(SheetRefused, match=reason.split("(")[0]):
        read_sheet(content)


def test_file_with_an_endless_cell_is_refused():
    limit = csv.field_size_limit(100)
    try:
        with pytest.raises(SheetRefused, match="The file is no CSV: field larger"):
            read_sheet(b"event\n" + b"x" * 101)
    finally:
        csv.field_size_limit(limit)


def test_lines_may_end_as_on_an_old_machine():
    assert read_sheet(b"event,path\rPaid,total\r").rows == [
        Row("track", "Paid", "total")
    ]
