"""Importing past events from a terminal."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from contacts.models import Event, HistoryRun, Receipt
from tests.factories.contacts import make_contact

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def upload_dir(settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path / "uploads"


def run(*arguments):
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("import_events", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as exit_:
        code = exit_.code
    return code, [line.strip() for line in out.getvalue().splitlines()], err.getvalue()


def write(path, *rows):
    path.write_text("\n".join(rows))
    return path


def test_table_is_imported_with_counts_and_errors(tmp_path):
    make_contact(email="ana@example.com")
    path = write(
        tmp_path / "orders.csv",
        "email,when,total",
        "ana@example.com,31/12/2024 10:00,5",
        "ben@example.com,1/2/2025,6",
        "nobody,1/2/2025,7",
    )
    arguments = (path, "--event", "Order Completed", "--zone", "Europe/Berlin")

    code, lines, errors = run(*arguments)

    target = tmp_path / "orders-errors.csv"
    assert (code, lines) == (
        2,
        ["2 imported", "1 invalid", "1 known and 1 new people"],
    )
    assert errors == f"Rows that were set aside: {target}\n"
    assert "nobody,1/2/2025,7,4,email_invalid" in target.read_text()
    assert list(
        Event.objects.order_by("occurred_at").values_list(
            "occurred_at", "is_historical"
        )
    ) == [
        (datetime(2024, 12, 31, 9, tzinfo=UTC), True),
        (datetime(2025, 1, 31, 23, tzinfo=UTC), True),
    ]

    assert run(*arguments)[1] == [
        "0 imported",
        "2 known already",
        "1 invalid",
        "0 known and 0 new people",
    ]


def test_dry_run_writes_nothing(tmp_path):
    line = {"event": "Left", "userId": "u1", "timestamp": "2025-01-01"}
    path = write(tmp_path / "a.jsonl", json.dumps(line))

    assert run(path, "--dry-run") == (
        0,
        ["1 would be imported", "0 known and 1 new people"],
        "",
    )
    assert not Event.objects.exists()
    assert not HistoryRun.objects.exists()


def test_source_zone_and_fire_are_taken(tmp_path):
    line = {"event": "Left", "userId": "u1", "timestamp": "2025-01-01 09:00"}
    path = write(tmp_path / "a.jsonl", json.dumps(line))

    assert run(path, "--source", "Old shop", "--zone", "Asia/Tokyo", "--fire")[0] == 0

    event = Event.objects.get()
    assert event.occurred_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert not event.is_historical
    assert Receipt.objects.get().source.name == "Old shop"


def test_people_whom_nobody_knows_can_be_left_out(tmp_path):
    path = write(tmp_path / "a.csv", "event,user id,time", "Left,u1,2025-01-01")

    code, lines, _ = run(path, "--known-people-only")

    assert (code, lines[:2]) == (2, ["0 imported", "1 of unknown people"])
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("rows", "arguments", "sentence"),
    [
        (["event,email,time", "Left,a@example.com,1/2/2025"], (), "comes first"),
        (["event,email", "Left,a@example.com"], (), "says when it happened"),
        (["%PDF-1.4"], (), "This is a PDF"),
        (["x"], ("--zone", "Mars"), "There is no time zone “Mars”"),
    ],
)
def test_what_is_left_open_is_said(tmp_path, rows, arguments, sentence):
    path = write(tmp_path / "a.csv", *rows)

    with pytest.raises(CommandError, match=sentence):
        call_command("import_events", str(path), *arguments)


def test_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("import_events", str(tmp_path / "x.csv"))
