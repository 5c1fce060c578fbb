"""Everything that is known of one person, as a ZIP file of JSON and CSV."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import connection

from contacts.attributes import history
from contacts.erasure.receipts import receipts_of_person
from contacts.erasure.traces import names_of
from contacts.exports import csv_lines
from contacts.identities.tables import (
    Table,
    about_any,
    columns_of,
    look_ups,
    person_tables,
)
from contacts.models import Contact, Event, Receipt

# Receipts that are read together.
SOME = 1_000
FIELDS = (
    "message_id",
    "kind",
    "name",
    "received_at",
    "state",
    "payload",
    "outcome",
)

README = """Everything that is known of one person.

contact.json       what is known now
attributes.csv     what it was at which time
events.csv         what happened
receipts.json      what clients sent, as they sent it, and what became of it
tables/            every table that has rows about the person
"""


def write_everything(file: IO[bytes], contact: Contact, *, now: datetime) -> None:
    """Write the ZIP file; one query per table, rows are streamed."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr(
            "README.txt", f"{README}\nWritten on {now:%Y-%m-%d %H:%M} UTC.\n"
        )
        archive.writestr("contact.json", _json(next(_rows(Contact, contact.pk))))
        _write_csv(
            archive,
            "attributes.csv",
            ("name", "old", "new", "at", "cause"),
            (
                (one.name, one.old, one.new, one.at, one.cause)
                for one in history(contact)
            ),
        )
        events = Event.objects.filter(contact=contact).order_by("occurred_at", "pk")
        _write_csv(
            archive,
            "events.csv",
            ("name", "at", "properties"),
            (
                (event.name, event.occurred_at, json.dumps(event.properties))
                for event in events.iterator()
            ),
        )
        _write_json(archive, "receipts.json", _receipts(contact))
        for model in [*person_tables(), *look_ups()]:
            rows = list(_rows(model, contact.pk))
            if rows:
                name = f"tables/{model._meta.label_lower}.json"
                _write_json(archive, name, iter(rows))


def _receipts(contact: Contact) -> Iterator[dict[str, Any]]:
    """Read the receipts of everything that the person sent, and of what names him."""
    ids = sorted(set[int]().union(*receipts_of_person(names_of(contact.pk))))
    for start in range(0, len(ids), SOME):
        some = ids[start : start + SOME]
        yield from Receipt.objects.filter(pk__in=some).order_by("pk").values(*FIELDS)


def _rows(model: Table, contact_id: int) -> Iterator[dict[str, Any]]:
    """Read the rows of a table about the person."""
    columns = ", ".join(f'"{column}"' for column in columns_of(model))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(t) FROM (SELECT {columns} FROM {model._meta.db_table} "  # noqa: S608 - names and texts of ours
            f"WHERE {about_any(model)}) AS t",
            {"contacts": [contact_id]},
        )
        for row in cursor:
            yield json.loads(row[0])


def _write_json(archive: ZipFile, name: str, rows: Iterator[dict[str, Any]]) -> None:
    """Write rows as one JSON list, without holding all of them."""
    with archive.open(name, "w") as file:
        separator = b"[\n"
        for row in rows:
            file.write(separator + _json(row).encode())
            separator = b",\n"
        file.write(b"\n]\n" if separator == b",\n" else b"[]\n")


def _write_csv(archive: ZipFile, name: str, headers: Any, rows: Any) -> None:
    """Write rows as a table."""
    with archive.open(name, "w") as file:
        for line in csv_lines(headers, rows):
            file.write(line.encode())


def _json(value: Any) -> str:
    """Put a value as JSON; what JSON has no words for becomes text."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
