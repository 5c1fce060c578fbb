"""
Take an import back, as far as nobody has built on it.

Contacts that the import made are removed if nothing has happened to them since; values are
restored where they are still what the import wrote; list places and permissions that it gave
are taken back. A suppression is never touched. What stays is counted, with the reason.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from psycopg.types.json import Jsonb

from contacts import attributes
from contacts.imports.merging import TEXT_FIELDS
from contacts.imports.repeats import SUFFIX
from contacts.imports.user_ids import DETACH
from contacts.models import (
    AttributeChange,
    Consent,
    ConsentChange,
    Contact,
    Identifier,
    IdentifierLink,
    ImportChange,
    ImportRun,
    ListMembership,
    PersonModel,
    RowState,
)
from contacts.work import beat

CHUNK = 2_000
SOURCE = "import_undone"
EMPTY_REPORT = {
    "removed": 0,
    "kept_active": 0,
    "restored": 0,
    "kept_changed": 0,
    "taken_off_list": 0,
    "permissions_taken_back": 0,
}
# Rows that come with the contact itself; those of the import are told apart one by one.
OWN_TABLES = (Identifier, ListMembership, Consent, ConsentChange, ImportChange)


def person_tables() -> list[type[models.Model]]:
    """List the tables about one contact, of every app."""
    return [
        model
        for model in apps.get_models()
        if issubclass(model, PersonModel) and not model._meta.abstract
    ]


def shows_activity(model: type[models.Model]) -> bool:
    """
    Whether a row of the table means that something has happened to the contact.

    A table whose rows we compute by ourselves, such as audience memberships, sets the class
    attribute ``is_derived``; then they go with the contact.
    """
    return model not in OWN_TABLES and not getattr(model, "is_derived", False)


class Undoer:
    """Undoes one import, chunk by chunk: the contacts it made, then those it changed."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.report: dict[str, int] = {}

    def undo_chunk(self, *, now: datetime) -> bool:
        """
        Undo the next rows and move the cursor, in one transaction.

        :returns: whether there are more
        :raises LeaseLost: if another worker has taken over; nothing of the chunk is kept
        """
        after = self.run.cursor
        until = min(after + CHUNK, self.run.row_count)
        # A chunk that is rolled back must not leave its numbers behind.
        self.report = {**EMPTY_REPORT, **self.run.undo_report}
        with transaction.atomic():
            beat(
                self.run,
                now=now,
                done=until,
                total=self.run.row_count,
                phase="Undoing the import",
            )
            rows = self.run.rows.filter(number__gt=after, number__lte=until)
            self._remove(rows.filter(state=RowState.NEW))
            self._detach(after, until)
            known = rows.filter(state__in=[RowState.UPDATE, RowState.UNCHANGED])
            self._restore(known, now=now)
            ImportRun.objects.filter(pk=self.run.pk).update(
                cursor=until, undo_report=self.report
            )
        self.run.cursor = until
        self.run.undo_report = self.report
        return until < self.run.row_count

    def _remove(self, rows: models.QuerySet[Any]) -> None:
        """Remove the contacts that the rows made, unless something has happened to them."""
        wanted = list(rows.values_list("contact_id", flat=True))
        made = set(
            Contact.objects.select_for_update()
            .filter(pk__in=wanted)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        kept = self._active(made)
        gone = made - kept
        for model in person_tables():
            delete_rows(model, gone)
        names = list(
            Identifier.objects.filter(contact_id__in=gone).values_list("pk", flat=True)
        )
        links = IdentifierLink.objects.filter(
            models.Q(first_id__in=names) | models.Q(second_id__in=names)
        )
        links._raw_delete(links.db)
        delete_rows(Identifier, gone)
        contacts = Contact.objects.filter(pk__in=gone)
        contacts._raw_delete(contacts.db)
        self.report["removed"] += len(gone)
        self.report["kept_active"] += len(kept)

    def _detach(self, after: int, until: int) -> None:
        """Take the user ids back that known contacts have got."""
        values = {"run": self.run.pk, "since": self.run.confirmed_at}
        with connection.cursor() as cursor:
            cursor.execute(DETACH, {**values, "after": after, "until": until})

    def _active(self, contacts: set[int]) -> set[int]:
        """Tell to which contacts something has happened since they were imported."""
        run = self.run
        querysets: list[models.QuerySet[Any]] = [
            model._base_manager.all()
            for model in person_tables()
            if shows_activity(model)
        ]
        querysets += [
            ListMembership.objects.exclude(contact_list_id=run.contact_list_id),
            ConsentChange.objects.exclude(source="import", evidence__import=run.pk),
            ImportChange.objects.exclude(import_run=run),
            # Those that came with the contact are the import's own.
            Identifier.objects.exclude(kind=Identifier.Kind.EMAIL).exclude(
                created_at=models.F("contact__created_at")
            ),
        ]
        active = {
            contact
            for queryset in querysets
            for contact in queryset.filter(contact_id__in=contacts).values_list(
                "contact_id", flat=True
            )
        }
        changed = Contact.objects.filter(
            pk__in=contacts, updated_at__gt=models.F("created_at")
        )
        return active | set(changed.values_list("pk", flat=True))

    def _restore(self, rows: models.QuerySet[Any], *, now: datetime) -> None:
        """Give known contacts back what the import changed about them."""
        changes = list(
            ImportChange.objects.filter(
                import_run=self.run, contact_id__in=rows.values("contact_id")
            )
        )
        if not changes:
            return
        self._restore_values(changes, now=now)
        listed = [change.contact_id for change in changes if change.was_listed]
        memberships = ListMembership.objects.filter(
            contact_list_id=self.run.contact_list_id, contact_id__in=listed
        )
        self.report["taken_off_list"] += memberships._raw_delete(memberships.db)
        self._take_back(
            [change.contact_id for change in changes if change.was_granted], now=now
        )
        done = ImportChange.objects.filter(
            import_run=self.run,
            contact_id__in=[change.contact_id for change in changes],
        )
        done._raw_delete(done.db)

    def _restore_values(self, changes: list[ImportChange], *, now: datetime) -> None:
        """Restore the values that are still what the import wrote."""
        met = [change.contact_id for change in changes]
        contacts = (
            Contact.objects.select_for_update()
            .order_by("pk")
            .in_bulk([change.contact_id for change in changes if change.after])
        )
        restored = []
        for change in changes:
            contact = contacts.get(change.contact_id)
            if contact is None or not change.after:
                continue
            is_whole = restore_values(contact, change.before, change.after)
            restored.append(contact)
            self.report["restored" if is_whole else "kept_changed"] += 1
        for contact in restored:
            contact.updated_at = now
        Contact.objects.bulk_update(
            restored, [*TEXT_FIELDS, "attributes", "updated_at"], batch_size=500
        )
        told = AttributeChange.objects.filter(
            contact_id__in=met,
            cause="import",
            order_key__in=[
                f"import:{self.run.pk}",
                f"~import:{self.run.pk}",
                f"~import:{self.run.pk}{SUFFIX}",
            ],
        )
        again = {*contacts, *told.values_list("contact_id", flat=True)}
        told._raw_delete(told.db)
        attributes.refold(again, now=now)

    def _take_back(self, contacts: list[int], *, now: datetime) -> None:
        """Take back permissions that the import gave, where they still rest on it alone."""
        values: dict[str, Any] = {
            "contacts": contacts,
            "run": self.run.pk,
            "now": now,
            "source": SOURCE,
            "evidence": Jsonb({"import": self.run.pk}),
            "user": self.run.undone_by_id,
        }
        with connection.cursor() as cursor:
            cursor.execute(TAKE_BACK, values)
            self.report["permissions_taken_back"] += cursor.fetchone()[0]


# Deletes permissions whose latest change is the one of the import, and writes down that they
# are gone. Leans on the index (contact, changed_at).
TAKE_BACK = """
WITH latest AS (
    SELECT DISTINCT ON (change.contact_id)
        change.contact_id, change.source, change.evidence
    FROM contacts_consentchange AS change
    WHERE change.contact_id = ANY (%(contacts)s) AND change.channel = 'email'
    ORDER BY change.contact_id, change.changed_at DESC, change.id DESC
), gone AS (
    DELETE FROM contacts_consent AS consent
    USING latest
    WHERE consent.contact_id = latest.contact_id
        AND consent.channel = 'email'
        AND consent.state = 'granted'
        AND latest.source = 'import'
        AND (latest.evidence ->> 'import')::bigint = %(run)s
    RETURNING consent.contact_id
), remembered AS (
    INSERT INTO contacts_consentchange (
        contact_id, channel, state, changed_at, source, statement, evidence, changed_by_id
    )
    SELECT contact_id, 'email', 'withdrawn', %(now)s, %(source)s, '', %(evidence)s, %(user)s
    FROM gone
)
SELECT count(*) FROM gone
"""


def delete_rows(model: type[models.Model], contacts: Iterable[int]) -> None:
    """Delete the rows of a table that are about the contacts."""
    rows = model._base_manager.filter(contact_id__in=list(contacts))
    rows._raw_delete(rows.db)


def restore_values(
    contact: Contact, before: dict[str, Any], after: dict[str, Any]
) -> bool:
    """
    Put the old values back where the contact still has those of the import.

    :returns: whether all of them could be put back
    """
    is_whole = True
    for field in TEXT_FIELDS:
        if before[field] == after[field]:
            continue
        if getattr(contact, field) == after[field]:
            setattr(contact, field, before[field])
        else:
            is_whole = False
    old, new = before["attributes"], after["attributes"]
    for name in new:
        if old.get(name) == new[name] and name in old:
            continue
        if contact.attributes.get(name) != new[name]:
            is_whole = False
        elif name in old:
            contact.attributes[name] = old[name]
        else:
            del contact.attributes[name]
    return is_whole
