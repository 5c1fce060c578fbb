"""
What names a person outside the tables about people.

Bodies in the inbox lose the messages of the person; receipts keep that they were, and nothing
of what they said; what was learned of properties loses its samples.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection, models
from django.db.models.functions import Cast

from contacts.addresses import address_digest
from contacts.identities.sightings import normal
from contacts.imports.uploads import delete_upload
from contacts.models import (
    Contact,
    Identifier,
    IdentifierLink,
    ImportRow,
    ImportRun,
    InboxBody,
    PropertyType,
    Receipt,
    RowState,
    Suppression,
    Violation,
)
from contacts.tracking.bodies import read_json, unpack
from contacts.tracking.reasons import BodyRefused

# The keys under which a message names somebody.
NAMING = ("userId", "user_id", "anonymousId", "anonymous_id", "previousId", "email")


@dataclass(frozen=True)
class Names:
    """What a person went by, when he is forgotten."""

    contact_id: int
    identifier_ids: list[int]
    pairs: list[tuple[str, str]]

    @property
    def values(self) -> set[str]:
        """Everything that he was called."""
        return {value for _, value in self.pairs}

    def values_of(self, kind: str) -> list[str]:
        """What he was called in one kind."""
        return [value for one, value in self.pairs if one == kind]


def names_of(contact_id: int) -> Names:
    """Gather what names a contact."""
    rows = list(
        Identifier.objects.filter(contact_id=contact_id)
        .order_by("pk")
        .values_list("pk", "kind", "value")
    )
    return Names(contact_id, [row[0] for row in rows], [row[1:] for row in rows])


def sweep_inbox(names: Names) -> int:
    """
    Take the messages of the person out of what waits to be understood.

    It waits for bodies that are being understood right now, so call it before any other lock.
    """
    changed = 0
    for body in InboxBody.objects.select_for_update().order_by("pk").iterator():
        kept = without_person(body, names)
        if kept is None:
            continue
        changed += 1
        if kept:
            InboxBody.objects.filter(pk=body.pk).update(body=kept, encoding="")
        else:
            InboxBody.objects.filter(pk=body.pk).delete()
    return changed


def without_person(body: InboxBody, names: Names) -> bytes | None:
    """Write a body without the messages of the person; None if it has none of his."""
    try:
        text = unpack(bytes(body.body), limit=settings.TRACKING_BODY_BYTES)
        whole, _ = read_json(text)
    except BodyRefused:
        return None
    items = whole.get("batch") if isinstance(whole, dict) else whole
    if not isinstance(items, list):
        return b"" if is_about(whole, names) else None
    kept = [item for item in items if not is_about(item, names)]
    shared = {} if items is whole else {**whole, "batch": None}
    if is_about(shared, names):
        return b""
    if len(kept) == len(items):
        return None
    return json.dumps({**shared, "batch": kept}).encode() if kept else b""


def is_about(item: Any, names: Names) -> bool:
    """Whether a message names the person anywhere."""
    return any(
        normal((kind, value)) in names.pairs
        for value in named_in(item)
        for kind in ("user_id", "anonymous_id", "email")
    )


def named_in(item: Any) -> Iterator[str]:
    """List the names in a message, at any depth."""
    if isinstance(item, dict):
        for key, value in item.items():
            if key in NAMING and isinstance(value, str | int):
                yield str(value)
            else:
                yield from named_in(value)
    elif isinstance(item, list):
        for value in item:
            yield from named_in(value)


def empty_receipts(names: Names) -> tuple[int, int]:
    """
    Empty the receipts of the person, and what they broke of the plan.

    :returns: how many receipts, and how many violations
    """
    own = models.Q(identifier_id__in=names.identifier_ids) | models.Q(
        user_id__in=names.values_of("user_id")
    )
    own |= models.Q(anonymous_id__in=names.values_of("anonymous_id"))
    # What was refused was booked under nobody.
    refused = models.Q()
    for value in names.values:
        refused |= models.Q(text__contains=json.dumps(value)[1:-1])
    found = set(Receipt.objects.filter(own).values_list("pk", flat=True))
    if names.values:
        found |= set(
            Receipt.objects.exclude(state=Receipt.State.ACCEPTED)
            .annotate(text=Cast("payload", models.TextField()))
            .filter(refused)
            .values_list("pk", flat=True)
        )
    emptied = Receipt.objects.filter(pk__in=found).update(
        payload=None, user_id="", anonymous_id="", details="", outcome={}
    )
    broken = Violation.objects.filter(receipt_id__in=found).update(details="")
    return emptied, broken


def cut_all_links(names: Names) -> int:
    """Delete the links of the identifiers."""
    ends = models.Q(first_id__in=names.identifier_ids) | models.Q(
        second_id__in=names.identifier_ids
    )
    links = IdentifierLink.objects.filter(ends)
    # None where there is nothing to look for.
    return links._raw_delete(links.db) or 0


def blank_suppressions(names: Names) -> int:
    """Keep the addresses silent, as hashes that nobody can read."""
    digests = [address_digest(value) for value in names.values_of("email")]
    return Suppression.objects.filter(digest__in=digests).update(address="", details="")


def drop_samples(names: Names) -> int:
    """Drop the samples of properties that name the person."""
    mentioned = models.Q()
    for value in names.values:
        mentioned |= models.Q(text__contains=json.dumps(value)[1:-1])
    if not mentioned:
        return 0
    return (
        PropertyType.objects.annotate(text=Cast("samples", models.TextField()))
        .filter(mentioned)
        .update(samples=[])
    )


def blank_log(names: Names) -> int:
    """Take the names out of the admin's log; who did what stays."""
    mentioned = models.Q(
        content_type__app_label="contacts",
        content_type__model=Contact._meta.model_name,
        object_id=str(names.contact_id),
    )
    for value in names.values:
        mentioned |= models.Q(object_repr__icontains=value)
    return LogEntry.objects.filter(mentioned).update(object_repr="", change_message="")


def delete_files(names: Names) -> int:
    """
    Delete the uploaded files that name the person, and leave his rows out of open imports.

    An import that is being written or was written works on its rows, not on its files.
    """
    own = ImportRow.objects.filter(
        models.Q(contact_id=names.contact_id)
        | models.Q(email__in=names.values_of("email"))
    )
    runs = ImportRun.objects.filter(pk__in=own.values("import_run_id"))
    open_runs = [run.pk for run in runs if not run.has_started_writing]
    own.filter(import_run_id__in=open_runs).update(state=RowState.REMOVED)
    deleted = 0
    for run in runs.prefetch_related("batches"):
        for batch in run.batches.all():
            delete_upload(batch.path)
            deleted += 1
    return deleted


def blank_rows(model: type[models.Model], names: Names, values: dict[str, Any]) -> int:
    """Empty the staged rows of imports that are about the person, by whatever names him."""
    fields = {field.name for field in model._meta.get_fields()}
    own = models.Q(contact_id=names.contact_id)
    for kind in ("email", "user_id", "anonymous_id"):
        if kind in fields:
            own |= models.Q(**{f"{kind}__in": names.values_of(kind)})
    return model._base_manager.filter(own).update(**values)


def delete_looked_up(model: type[models.Model], contact_ids: Collection[int]) -> int:
    """Delete the rows of a look-up that lead to the person."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {model._meta.db_table} WHERE contact_id = ANY (%s)",  # noqa: S608
            [list(contact_ids)],
        )
        return cursor.rowcount
