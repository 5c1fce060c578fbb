"""What the marketer looks at before and after an import: rows by kind, causes, old and new."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from contacts.imports.fields import USER_ID
from contacts.imports.merging import TEXT_FIELDS
from contacts.imports.reasons import explain
from contacts.models import Contact, ImportBatch, ImportChange, ImportRow, ImportRun
from contacts.models.import_run import RowState

PAGE = 50
# The color of each kind of row.
TONES = {
    RowState.NEW: "good",
    RowState.UPDATE: "info",
    RowState.UNCHANGED: "idle",
    RowState.DUPLICATE: "warn",
    RowState.INVALID: "bad",
    RowState.SUPPRESSED: "warn",
    RowState.REMOVED: "idle",
}
WARNED = "warned"
FIELD_LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "locale": "Language",
    "time_zone": "Time zone",
}

CAUSES = """
SELECT reason, count(*)
FROM contacts_importrow
WHERE import_run_id = %s AND state IN ('invalid', 'suppressed', 'duplicate')
GROUP BY reason
ORDER BY count(*) DESC, reason
"""

# Leans on the index of rows with warnings.
WARNINGS = """
SELECT warning, count(*)
FROM contacts_importrow
CROSS JOIN LATERAL unnest(string_to_array(warnings, ',')) AS warning
WHERE import_run_id = %s AND warnings <> '' AND state <> 'removed'
GROUP BY warning
ORDER BY count(*) DESC, warning
"""


@dataclass(frozen=True)
class Cause:
    """A reason or a warning, in words, and how many rows have it."""

    code: str
    text: str
    count: int


@dataclass(frozen=True)
class ValueChange:
    """A value of a known contact, before and after."""

    label: str
    before: str
    after: str


@dataclass
class ShownRow:
    """A row as the review shows it."""

    row: ImportRow
    batch_name: str
    note: str = ""
    warnings: list[str] = field(default_factory=list)
    changes: list[ValueChange] = field(default_factory=list)

    @property
    def tone(self) -> str:
        """The color of its kind."""
        return TONES[RowState(self.row.state)]

    @property
    def details(self) -> list[tuple[str, Any]]:
        """The values beyond email and name that the row brings."""
        row = self.row
        pairs = [("Language", row.locale), ("Time zone", row.time_zone)]
        attributes = {**row.attributes}
        pairs.append(("User ID", attributes.pop(USER_ID, "")))
        return [pair for pair in pairs if pair[1]] + sorted(attributes.items())


@dataclass(frozen=True)
class RowPage:
    """Some rows, and the number after which the next ones come; None on the last page."""

    rows: list[ShownRow]
    next_after: int | None
    has_several_batches: bool = False


def select_rows(
    run: ImportRun, *, state: str = "", code: str = "", search: str = ""
) -> QuerySet[ImportRow]:
    """Select rows of a kind (or with a warning), with a cause, that hold a text."""
    rows = run.rows.all()
    if state == WARNED:
        rows = rows.exclude(warnings="").exclude(state=RowState.REMOVED)
    elif state:
        rows = rows.filter(state=state)
    if code:
        rows = rows.filter(Q(reason=code) | Q(warnings__contains=code))
    if search:
        rows = rows.filter(
            Q(email__icontains=search)
            | Q(first_name__icontains=search)
            | Q(last_name__icontains=search)
        )
    return rows


def read_page(run: ImportRun, rows: QuerySet[ImportRow], *, after: int = 0) -> RowPage:
    """Read a page of rows by keyset; four queries, however many rows there are."""
    found = list(rows.filter(number__gt=after).order_by("number")[: PAGE + 1])
    shown = found[:PAGE]
    names = dict(ImportBatch.objects.filter(import_run=run).values_list("pk", "name"))
    return RowPage(
        rows=_show(run, shown, names),
        has_several_batches=len(names) > 1,
        next_after=shown[-1].number if len(found) > PAGE else None,
    )


def _show(
    run: ImportRun, rows: Sequence[ImportRow], names: dict[int, str]
) -> list[ShownRow]:
    """Add what a row alone does not say."""
    firsts = {
        row.number: row
        for row in run.rows.filter(
            number__in=[row.duplicate_of for row in rows if row.duplicate_of]
        )
    }
    changes = _changes(run, [row for row in rows if row.state == RowState.UPDATE])
    shown = []
    for row in rows:
        note = explain(row.reason) if row.reason else ""
        first = firsts.get(row.duplicate_of or 0)
        if first:
            note = f"Same person as line {first.line:,} of {names[first.batch_id]}; merged."
        shown.append(
            ShownRow(
                row=row,
                batch_name=names.get(row.batch_id, ""),
                note=note,
                warnings=[explain(code) for code in row.warnings.split(",") if code],
                changes=changes.get(row.number, []),
            )
        )
    return shown


def _changes(run: ImportRun, rows: Sequence[ImportRow]) -> dict[int, list[ValueChange]]:
    """Tell for updates what becomes, or became, of each value."""
    ids = [row.contact_id for row in rows]
    done = {
        change.contact_id: change
        for change in ImportChange.objects.filter(import_run=run, contact_id__in=ids)
        if change.after
    }
    contacts = Contact.objects.in_bulk(ids)
    changes = {}
    for row in rows:
        if row.contact_id in done:
            change = done[row.contact_id]
            changes[row.number] = compare(change.before, change.after)
        elif row.contact_id in contacts:
            before = values_of(contacts[row.contact_id])
            changes[row.number] = compare(before, outcome(before, row, run.policy))
    return changes


def values_of(contact: Contact) -> dict[str, Any]:
    """Take the values of a contact that an import can change."""
    values = {name: getattr(contact, name) for name in TEXT_FIELDS}
    return {**values, "attributes": contact.attributes}


def outcome(before: dict[str, Any], row: ImportRow, policy: str) -> dict[str, Any]:
    """Say what a contact will be after the row; the same as ``merging`` says in SQL."""
    brought = row.merged or values_of_row(row)
    overwrites = policy == ImportRun.Policy.OVERWRITE
    after: dict[str, Any] = {}
    for name in TEXT_FIELDS:
        takes = brought[name] and (overwrites or not before[name])
        after[name] = brought[name] if takes else before[name]
    first = before["attributes"]
    second = {k: v for k, v in brought["attributes"].items() if k != USER_ID}
    after["attributes"] = {**first, **second} if overwrites else {**second, **first}
    return after


def values_of_row(row: ImportRow) -> dict[str, Any]:
    """Take the values that a row brings."""
    values = {name: getattr(row, name) for name in TEXT_FIELDS}
    return {**values, "attributes": row.attributes}


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[ValueChange]:
    """List the values that differ."""
    changes = [
        ValueChange(FIELD_LABELS[name], before[name], after[name])
        for name in TEXT_FIELDS
        if before[name] != after[name]
    ]
    old, new = before["attributes"], after["attributes"]
    changes += [
        ValueChange(name, str(old.get(name, "")), str(value))
        for name, value in sorted(new.items())
        if old.get(name) != value
    ]
    return changes


def count_causes(run: ImportRun) -> list[Cause]:
    """Count the rows that were set aside by cause, commonest first."""
    return _count(CAUSES, run)


def count_warnings(run: ImportRun) -> list[Cause]:
    """Count the rows that are imported but need a look, by cause."""
    return _count(WARNINGS, run)


def _count(statement: str, run: ImportRun) -> list[Cause]:
    """Run a count and put it into words."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [run.pk])
        return [Cause(code, explain(code), count) for code, count in cursor.fetchall()]
