import pytest

from contacts.plans.rows import (
    MOST_ROWS,
    CellError,
    Row,
    read_row,
    read_rows,
    rows_of,
)
from tests.factories.plans import make_plan


def test_cells_are_read_as_a_row():
    row, errors = read_row(
        0,
        {
            "kind": "Event",
            "event": " Order Completed ",
            "path": "products.$.price",
            "types": "Number | string",
            "required": "YES",
            "permitted": "1; 2 ;;1",
            "pattern": "^[0-9]$",
            "description": "What it costs",
        },
    )

    assert errors == []
    assert row == Row(
        kind="track",
        event="Order Completed",
        path="products.$.price",
        types=("number", "text"),
        is_required=True,
        permitted=("1", "2"),
        pattern="^[0-9]$",
        description="What it costs",
    )


def test_row_is_written_as_the_cells_it_came_from():
    row = Row("track", "Paid", "tier", ("text", "empty"), True, ("a", "b"), "^a", "x")

    assert read_row(0, row.cells()) == (row, [])


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("page", "Page Viewed"),
        ("screen", "Screen Viewed"),
        ("identify", ""),
        ("group", ""),
    ],
)
def test_some_kinds_have_no_name_of_their_own(kind, event):
    row, errors = read_row(0, {"kind": kind, "event": "Anything", "path": "plan"})

    assert (row.event, errors) == (event, [])


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ({"event": ""}, "event", "Name the event."),
        (
            {"event": "x" * 201},
            "event",
            "The name of an event has at most 200 characters.",
        ),
        (
            {"kind": "click"},
            "kind",
            "“click” is none of track, page, screen, identify, group.",
        ),
        (
            {"path": "a..b"},
            "path",
            "Write it like total, address.city or products.$.price.",
        ),
        ({"path": "$.price"}, "path", "Name the list before the $."),
        (
            {"types": "money"},
            "types",
            "“money” is none of text, number, integer, flag, date, list, object, empty.",
        ),
        ({"required": "maybe"}, "required", "Write yes or no."),
        (
            {"permitted": ";".join(map(str, range(201)))},
            "permitted",
            "These are more than 200 values. Use a pattern instead.",
        ),
        (
            {"path": "", "required": "yes"},
            "path",
            "Name the property that this is said about.",
        ),
    ],
)
def test_wrong_cell_says_what_is_right(cells, column, message):
    whole = {"event": "Paid", "path": "total", **cells}

    assert read_row(3, whole)[1] == [CellError(3, column, message)]


def test_wrong_pattern_is_marked():
    _, [error] = read_row(0, {"event": "Paid", "path": "a", "pattern": "("})

    assert (error.column, error.message[:31]) == (
        "pattern",
        "This pattern is not understood:",
    )


def test_empty_rows_are_skipped_and_twins_are_wrong():
    reading = read_rows(
        [
            {"event": "Paid", "path": "total"},
            {"kind": "track"},
            {"event": "Paid", "path": "total", "types": "text"},
            {"event": "Paid"},
            {"event": "Paid"},
        ]
    )

    assert len(reading.rows) == 4
    assert reading.errors == [
        CellError(2, "path", "Row 1 says the same. Keep one of the two."),
        CellError(4, "event", "Row 4 says the same. Keep one of the two."),
    ]


def test_too_many_rows_are_refused():
    reading = read_rows([{"event": str(number)} for number in range(MOST_ROWS + 1)])

    assert (reading.rows, [error.message for error in reading.errors]) == (
        [],
        ["A plan has at most 5,000 rows."],
    )


@pytest.mark.django_db
def test_rows_of_a_plan_are_those_it_was_made_of(django_assert_num_queries):
    plan = make_plan(
        {"event": "Paid", "path": "total", "types": "number", "required": "yes"},
        {"event": "Paid", "description": "Somebody paid"},
        {"event": "Left"},
        {"kind": "identify", "path": "email", "pattern": "@"},
    )

    with django_assert_num_queries(2):
        rows = rows_of(plan)

    assert rows == [
        Row("track", "Left"),
        Row("track", "Paid", description="Somebody paid"),
        Row("track", "Paid", "total", ("number",), True),
        Row("identify", "", "email", pattern="@"),
    ]
