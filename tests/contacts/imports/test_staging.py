"""A file is read on where an earlier worker stopped, whatever is in it and how it is written."""

import codecs

import pytest

from contacts.imports import runs, staging
from contacts.imports.staging import Stager
from contacts.models import ImportRun
from tests.factories.contacts import NOW
from tests.factories.imports import make_import

LINES = [
    "email,first_name",
    "p1@example.com,Zoë",
    '"p2@example.com","two\nlines"',
    "",
    'p3@example.com,"open',
    "p4@example.com,Ann",
    "p5@example.com,Bob",
    "p6@example.com,李",
    "broken,Cy",
    "p7@example.com,Dee",
]
EXPECTED = [
    (2, "new", "p1@example.com"),
    (3, "new", "p2@example.com"),
    (6, "invalid", ""),
    (7, "new", "p4@example.com"),
    (8, "new", "p5@example.com"),
    (9, "new", "p6@example.com"),
    (10, "invalid", "broken"),
    (11, "new", "p7@example.com"),
]


def staged_rows(run: ImportRun) -> list[tuple[int, str, str]]:
    return list(run.rows.order_by("number").values_list("line", "state", "email"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("codec", "prefix", "line_end"),
    [
        ("utf-8", b"", "\n"),
        ("utf-8", codecs.BOM_UTF8, "\r\n"),
        ("utf-16", b"", "\n"),
        ("utf-8", b"", "\r"),
    ],
)
@pytest.mark.parametrize("portion", [1, 2, 3, 100])
def test_staging_reads_on_where_the_last_worker_stopped(
    codec: str,
    prefix: bytes,
    line_end: str,
    portion: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(staging, "PORTION", portion)
    text = "\n".join(LINES).replace("\n", line_end)
    run = make_import(prefix + text.encode(codec))
    runs.start_check(run=run, policy=ImportRun.Policy.FILL, now=NOW)
    run.refresh_from_db()
    batch = run.batches.get()

    while Stager(run, batch).stage_portion(now=NOW):
        batch = run.batches.get()

    assert staged_rows(run) == EXPECTED
    assert batch.blank_count == 1
