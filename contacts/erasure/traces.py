"""
What names a person outside the tables about people.

What was learned of properties loses its samples, the log and the suppressions lose the names,
and uploaded files go. What the person sent is with ``sendings``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import connection, models

from contacts.addresses import address_digest, normalize_number
from contacts.imports.uploads import delete_upload
from contacts.models import (
    Contact,
    HistoryRow,
    HistoryRun,
    HistoryState,
    Identifier,
    IdentifierLink,
    ImportRow,
    ImportRun,
    Merge,
    RowState,
    Suppression,
)

# The keys under which a message names somebody.
NAMING = ("userId", "user_id", "anonymousId", "anonymous_id", "previousId", "email")
# A shorter name, such as 7, may stand anywhere and mean something else.
TELLING_LENGTH = 8

# Takes out of the samples of properties what names the person, and what he was known to be.
DROP_SAMPLES = """
UPDATE contacts_propertytype AS property
SET samples = kept.samples
FROM (
    SELECT known.id, coalesce(
        jsonb_agg(sample.value ORDER BY sample.place)
            FILTER (WHERE NOT telling.is_named AND lower(sample.value) <> ALL (%(exact)s)),
        '[]'
    ) AS samples
    FROM contacts_propertytype AS known
    CROSS JOIN LATERAL jsonb_array_elements_text(known.samples)
        WITH ORDINALITY AS sample (value, place)
    CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM unnest(%(telling)s::text[]) AS name (text)
            WHERE position(name.text IN lower(sample.value)) > 0
        ) AS is_named
    ) AS telling
    GROUP BY known.id
) AS kept
WHERE property.id = kept.id AND property.samples <> kept.samples
"""


@dataclass(frozen=True)
class Names:
    """What a person went by, when he is forgotten."""

    contact_id: int
    identifier_ids: list[int]
    pairs: list[tuple[str, str]]
    # The contact, and those that are a part of it.
    contact_ids: list[int]

    @property
    def values(self) -> set[str]:
        """Everything that he was called."""
        return {value for _, value in self.pairs}

    @property
    def telling(self) -> list[str]:
        """What he was called that means nobody else, wherever it stands."""
        return sorted(value for value in self.values if is_telling(value))

    def values_of(self, kind: str) -> list[str]:
        """What he was called in one kind."""
        return [value for one, value in self.pairs if one == kind]


def is_telling(value: str) -> bool:
    """Whether a name can't be taken for anything else."""
    is_long = len(value) >= TELLING_LENGTH and not value.isdecimal()
    return is_long or "@" in value


def names_of(contact_id: int) -> Names:
    """Gather what names a contact."""
    rows = list(
        Identifier.objects.filter(contact_id=contact_id)
        .order_by("pk")
        .values_list("pk", "kind", "value")
    )
    merges = Merge.objects.filter(contact_id=contact_id, undone_at=None)
    parts = merges.order_by("merged_id").values_list("merged_id", flat=True)
    return Names(
        contact_id,
        [row[0] for row in rows],
        [row[1:] for row in rows],
        [contact_id, *parts],
    )


def empty_journals(names: Names) -> int:
    """
    Empty the journals that may know who the person was, even of merges that were undone.

    What a contact became a part of has held what he was, and so has whatever that became a
    part of later. Such merges can't be undone any more.
    """
    known, found = {names.contact_id}, Merge.objects.none()
    while True:
        ends = models.Q(contact_id__in=known) | models.Q(merged_id__in=known)
        found = Merge.objects.filter(ends)
        pairs = set(found.values_list("contact_id", "merged_id"))
        reached = known.union(*pairs)
        if reached == known:
            break
        known = reached
    own = models.Q(contact_id=names.contact_id) | models.Q(merged_id=names.contact_id)
    first = found.filter(own).aggregate(at=models.Min("merged_at"))["at"]
    if first is None:
        return 0
    emptied = found.filter(merged_at__gte=first).exclude(journal={})
    return emptied.update(journal={}, strays_due_at=None)


def cut_all_links(names: Names) -> int:
    """Delete the links of the identifiers."""
    ends = models.Q(first_id__in=names.identifier_ids) | models.Q(
        second_id__in=names.identifier_ids
    )
    links = IdentifierLink.objects.filter(ends)
    # None where there is nothing to look for.
    return links._raw_delete(links.db) or 0


def blank_suppressions(names: Names) -> int:
    """Keep addresses and phone numbers silent, as hashes that nobody can read."""
    known = Contact.objects.get(pk=names.contact_id).attributes.values()
    numbers = {normalize_number(value) for value in known if isinstance(value, str)}
    silenced = {*names.values_of("email"), *numbers} - {""}
    digests = [address_digest(value) for value in sorted(silenced)]
    return Suppression.objects.filter(digest__in=digests).update(address="", details="")


def drop_samples(names: Names) -> int:
    """Drop the samples of properties that name the person, or say what he was known to be."""
    contact = Contact.objects.get(pk=names.contact_id)
    known = [contact.first_name, contact.last_name, *contact.attributes.values()]
    texts = {text.lower() for text in known if isinstance(text, str) and text}
    values = {
        "exact": sorted(texts | {value.lower() for value in names.values}),
        "telling": [value.lower() for value in names.telling],
    }
    with connection.cursor() as cursor:
        cursor.execute(DROP_SAMPLES, values)
        return cursor.rowcount


def blank_log(names: Names) -> int:
    """Take the names out of the admin's log; who did what stays."""
    mentioned = models.Q(
        content_type__app_label="contacts",
        content_type__model=Contact._meta.model_name,
        object_id__in=[str(number) for number in names.contact_ids],
    )
    for value in names.telling:
        mentioned |= models.Q(object_repr__icontains=value)
        mentioned |= models.Q(change_message__icontains=value)
    return LogEntry.objects.filter(mentioned).update(object_repr="", change_message="")


def delete_files(names: Names) -> int:
    """
    Delete the uploaded files that name the person, and leave his rows out of open imports.

    An import that is being written or was written works on its rows, not on its files.
    """
    own = ImportRow.objects.filter(about(ImportRow, names))
    runs = ImportRun.objects.filter(pk__in=own.values("import_run_id"))
    open_runs = [run.pk for run in runs if not run.has_started_writing]
    own.filter(import_run_id__in=open_runs).update(state=RowState.REMOVED)
    paths = [
        batch.path
        for run in runs.prefetch_related("batches")
        for batch in run.batches.all()
    ]
    paths += leave_histories(names)
    for path in paths:
        delete_upload(path)
    return len(paths)


def leave_histories(names: Names) -> list[str]:
    """Leave the person out of imports of past events; returns where their files are."""
    own = HistoryRow.objects.filter(about(HistoryRow, names))
    runs = HistoryRun.objects.filter(pk__in=own.values("history_run_id"))
    for run in runs:
        rows = own.filter(history_run_id=run.pk)
        if run.stage == HistoryRun.Stage.COMMITTING:
            rows = rows.filter(number__gt=run.cursor)
        elif run.has_started_writing:
            continue
        rows.update(state=HistoryState.INVALID, reason="forgotten")
    return [run.path for run in runs]


def blank_rows(model: type[models.Model], names: Names, values: dict[str, Any]) -> int:
    """Empty the staged rows of imports that are about the person, by whatever names him."""
    return model._base_manager.filter(about(model, names)).update(**values)


def about(model: type[models.Model], names: Names) -> models.Q:
    """Select the rows that are about the person, by whatever names him."""
    fields = {field.name for field in model._meta.get_fields()}
    own = models.Q(contact_id__in=names.contact_ids)
    for kind in ("email", "user_id", "anonymous_id"):
        if kind in fields:
            own |= models.Q(**{f"{kind}__in": names.values_of(kind)})
    return own


def delete_looked_up(model: type[models.Model], contact_ids: Collection[int]) -> int:
    """Delete the rows of a look-up that lead to the person."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {model._meta.db_table} WHERE contact_id = ANY (%s)",  # noqa: S608 - names and texts of ours
            [list(contact_ids)],
        )
        return cursor.rowcount
