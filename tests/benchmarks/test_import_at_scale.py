"""
Import of many rows against raw COPY into the same indexed tables, and against django-import-export.

What is measured is everything from the upload to the last contact: reading, checking each cell,
staging for the review, looking for known, double and suppressed people, and the commit. The limit
is COPY of the very rows that this made, as ready bytes, into the same empty tables with the same
indexes and constraints: contact, identifier, place on the list and, where the marketer stated a
consent, the consent and its history. The limit reads no CSV, checks nothing and writes none
of the staged rows, which the product keeps for review, error file and undo. Product and limit take
turns; the sums of all rounds are compared.

Sizes: ``GREENLIGHT_IMPORT_ROWS=1000,5000`` (default 100,000 and 1,000,000).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tablib
from django.db import connection
from import_export.resources import ModelResource

from contacts.imports import batches, runs
from contacts.imports.advance import advance_import
from contacts.imports.mapping import read_columns
from contacts.models import Contact, ImportRun, ListMembership
from contacts.work import advance_one
from tests.benchmarks.meter import Cost, Meter, Peak
from tests.benchmarks.report import report
from tests.factories.contacts import NOW, make_list

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

SIZES = [
    int(size)
    for size in os.environ.get("GREENLIGHT_IMPORT_ROWS", "100000,1000000").split(",")
]
MEMORY_MB = 200
ROUNDS = 2
STATEMENT = "They agreed to get email when they signed up"
TABLES = (
    "contacts_contact",
    "contacts_identifier",
    "contacts_listmembership",
    "contacts_consent",
    "contacts_consentchange",
)
HEADER = "Email,First Name,Last Name,Language,Time zone,Plan,Points,City,Source,Note\n"


def write_file(path: Path, rows: int) -> None:
    with path.open("w") as target:
        target.write(HEADER)
        for n in range(rows):
            email = f"person{n}@example{n % 997}.com" if n % 100 else f"broken {n}"
            target.write(
                f"{email},First{n % 5003},Last{n % 9973},en-US,Europe/Berlin,"
                f"pro,{n % 1000},City {n % 321},web,note {n}\n"
            )


def blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            yield block


def run_import(path: Path, statement: str = STATEMENT) -> ImportRun:
    """The product: upload, check, confirm, commit, as the worker does them."""
    run = runs.start_import(contact_list=make_list(), user=None, now=NOW)
    batch = batches.add_file(run=run, name="many.csv", chunks=blocks(path), now=NOW)
    batches.map_columns(batch=batch, columns=read_columns(batch.columns), now=NOW)
    runs.start_check(run=run, policy=ImportRun.Policy.FILL, now=NOW)
    while advance_one(ImportRun, advance_import, now=NOW):
        pass
    runs.confirm_import(run=run, statement=statement, user=None, now=NOW)
    while advance_one(ImportRun, advance_import, now=NOW):
        pass
    run.refresh_from_db()
    return run


def take_out(folder: Path) -> dict[str, Path]:
    """The rows that the import made, as ready bytes; the tables are empty then."""
    paths = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            paths[table] = folder / table
            with (
                cursor.copy(f"COPY {table} TO STDOUT") as copy,
                paths[table].open("wb") as target,
            ):
                for block in copy:
                    target.write(block)
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    return paths


def copy_in(paths: dict[str, Path]) -> None:
    """The limit: ready bytes into the same tables with the same indexes."""
    with connection.cursor() as cursor:
        for table, path in paths.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for block in blocks(path):
                    copy.write(block)


def empty() -> None:
    """Make room for the next round, staged rows included."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}, contacts_importrow CASCADE")


@pytest.mark.parametrize(
    ("size", "statement"),
    [*((size, STATEMENT) for size in SIZES), (SIZES[0], "")],
)
def test_import_against_raw_copy(
    size: int, statement: str, tmp_path: Path, settings: Any
) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    source = tmp_path / "many.csv"
    write_file(source, size)
    run_import_warm(tmp_path)
    made = size - len(range(0, size, 100))
    costs: list[tuple[Cost, Cost]] = []
    grown_mb = 0.0

    for _ in range(ROUNDS):
        with Meter() as product, Peak() as peak:
            run = run_import(source, statement)
        listed = ListMembership.objects.filter(contact_list=run.contact_list)
        assert (run.counts["new"], run.counts["invalid"]) == (made, size - made)
        assert listed.count() == made
        paths = take_out(tmp_path)
        with Meter() as limit:
            copy_in(paths)
        empty()
        costs.append((limit.cost, product.cost))
        grown_mb = max(grown_mb, peak.grown_mb)

    wall = sum(product.wall for _, product in costs)
    consent = "with consents" if statement else "without consents"
    for what in ("cpu", "wall"):
        report(
            f"Import {size:,} {consent} / COPY, {what}",
            sum(getattr(limit, what) for limit, _ in costs),
            sum(getattr(product, what) for _, product in costs),
            f"memory grew by {grown_mb:.0f} MB, {size * ROUNDS / wall:,.0f} rows/s",
        )
    assert grown_mb < MEMORY_MB


def run_import_warm(folder: Path) -> None:
    """A small import first, so that no table of names is loaded inside the measurement."""
    small = folder / "small.csv"
    write_file(small, 200)
    run_import(small)
    empty()


class ContactResource(ModelResource):
    """What somebody would write with django-import-export."""

    class Meta:
        model = Contact
        import_id_fields = ("email",)
        fields = ("email", "first_name", "last_name", "locale", "time_zone")


def test_import_against_django_import_export(tmp_path: Path, settings: Any) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    size = 5_000
    source = tmp_path / "many.csv"
    write_file(source, size)
    run_import_warm(tmp_path)
    rows = [
        (f"other{n}@example.com", "First", "Last", "en-US", "Europe/Berlin")
        for n in range(size)
    ]
    headers = ["email", "first_name", "last_name", "locale", "time_zone"]

    with Meter() as product:
        run_import(source)
    with Meter() as theirs:
        result = ContactResource().import_data(tablib.Dataset(*rows, headers=headers))

    ratio = report(
        "Import 5,000 rows / django-import-export",
        theirs.cost.wall,
        product.cost.wall,
        "times as fast, without its dry run",
    )
    assert not result.has_errors()
    assert Contact.objects.count() == size + size - len(range(0, size, 100))
    assert ratio.ratio > 1
