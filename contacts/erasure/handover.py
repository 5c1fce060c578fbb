"""Everything that is known of one person, as a ZIP file of JSON and CSV."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import connection, models

from contacts.attributes import history
from contacts.erasure.traces import names_of
from contacts.exports import csv_lines
from contacts.identities.tables import (
    Table,
    about_any,
    columns_of,
    look_ups,
    person_tables,
)
from contacts.models import AttributeChange, Contact, Event, Receipt

# Receipts that are looked up together, and refused ones of each state that are looked through.
SOME = 1_000
REFUSED = 20_000
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
receipts.json      what clients sent, as they sent it: what made an event or a change, and
                   what was refused lately
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
    """
    Read the receipts of what made an event or a change, and of what was refused lately.

    They are found through what they made, for there may be very many of other people.
    """
    ids = _receipt_ids(contact)
    for start in range(0, len(ids), SOME):
        some = ids[start : start + SOME]
        yield from Receipt.objects.filter(pk__in=some).order_by("pk").values(*FIELDS)


def _receipt_ids(contact: Contact) -> list[int]:
    """Find the receipts by what they made, and among the newest refused ones."""
    names = names_of(contact.pk)
    changes = AttributeChange.objects.filter(contact=contact)
    made = changes.values_list("receipt_id", flat=True)
    found = {receipt_id for receipt_id in made if receipt_id}
    events = Event.objects.filter(contact=contact).order_by("source_id")
    rows = events.values_list("source_id", "key").iterator()
    pairs = ((source_id, key) for source_id, key in rows if source_id)
    for source_id, keys in groupby(pairs, itemgetter(0)):
        message_ids = (key.partition(":")[2] for _, key in keys)
        while some := list(islice(message_ids, SOME)):
            told = Receipt.objects.filter(source_id=source_id, message_id__in=some)
            found |= set(told.values_list("pk", flat=True))
    for state in (Receipt.State.REJECTED, Receipt.State.BLOCKED):
        newest = Receipt.objects.filter(state=state).order_by("-pk")[:REFUSED]
        own = models.Q(identifier_id__in=names.identifier_ids)
        own |= models.Q(user_id__in=names.values_of("user_id"))
        own |= models.Q(anonymous_id__in=names.values_of("anonymous_id"))
        refused = Receipt.objects.filter(own, pk__in=newest.values("pk"))
        found |= set(refused.values_list("pk", flat=True))
    return sorted(found)


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
