"""What was set aside, as a file in the form of the one that was read."""

import json

import pytest

from contacts.histories.report import error_file, has_errors
from tests.factories.histories import import_history

pytestmark = pytest.mark.django_db
ANA = "Order Completed,ana@example.com,2026-01-05 10:00,99.50"


def test_rows_set_aside_come_back_as_a_file():
    run = import_history(ANA, "Left,x,2026-01-05,=1", ANA, "Left,a@example.com,soon,")

    assert has_errors(run)
    assert b"".join(error_file(run)).decode().splitlines() == [
        "Event,Email,Timestamp,Total,row,reason_code,reason",
        "Left,x,2026-01-05,'=1,3,email_invalid,This is not an email address.",
        "Order Completed,ana@example.com,2026-01-05 10:00,99.50,4,duplicate,"
        "The same event is in an earlier row. It counts once.",
        "Left,a@example.com,soon,,5,time_invalid,"
        "The time can't be read in the way that you chose.",
    ]


def test_lines_set_aside_come_back_as_lines():
    good = '{"event": "Left", "userId": "u1", "timestamp": "2026-01-02"}'
    run = import_history(good, "{x", good, header="", name="a.jsonl")

    told = [json.loads(line) for line in b"".join(error_file(run)).splitlines()]

    assert told == [
        {
            "row": 2,
            "reason_code": "bad_json",
            "reason": "The line is not JSON.",
            "line": "{x",
        },
        {
            "row": 3,
            "reason_code": "duplicate",
            "reason": "The same event is in an earlier row. It counts once.",
            "line": good,
        },
    ]
    assert not has_errors(import_history(good + " ", header="", name="b.jsonl"))
