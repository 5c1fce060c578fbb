"""What the marketer looks at before and after an import of past events: rows by kind, causes."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from contacts.histories.reasons import explain
from contacts.imports.review import Cause
from contacts.models import Contact, HistoryRow, HistoryRun, HistoryState

PAGE = 50
# The color of each kind of row.
TONES = {
    HistoryState.NEW: "good",
    HistoryState.KNOWN: "idle",
    HistoryState.DUPLICATE: "warn",
    HistoryState.STRANGER: "warn",
    HistoryState.INVALID: "bad",
}

CAUSES = """
SELECT reason, count(*)
FROM contacts_historyrow
WHERE history_run_id = %s AND state IN ('invalid', 'stranger', 'duplicate')
GROUP BY reason
ORDER BY count(*) DESC, reason
"""


@dataclass
class ShownRow:
    """A row as the review shows it."""

    row: HistoryRow
    contact: Contact | None = None
    note: str = ""
    warnings: list[str] = field(default_factory=list)

    @property
    def tone(self) -> str:
        """The color of its kind."""
        return TONES[HistoryState(self.row.state)]

    @property
    def person(self) -> str:
        """Whom the row names: the identifiers that it brings."""
        row = self.row
        return " · ".join(filter(None, (row.user_id, row.email, row.anonymous_id)))

    @property
    def properties(self) -> list[tuple[str, Any]]:
        """The properties of the event, or the traits of who it says somebody is."""
        item = self.row.item or {}
        told = item.get("properties") or item.get("traits") or {}
        return list(told.items()) if isinstance(told, dict) else []


@dataclass(frozen=True)
class RowPage:
    """Some rows, and the number after which the next ones come; None on the last page."""

    rows: list[ShownRow]
    next_after: int | None


def select_rows(
    run: HistoryRun, *, state: str = "", code: str = ""
) -> QuerySet[HistoryRow]:
    """Select rows of a kind, with a cause."""
    rows = run.rows.all()
    if state:
        rows = rows.filter(state=state)
    if code:
        rows = rows.filter(reason=code)
    return rows


def read_page(rows: QuerySet[HistoryRow], *, after: int = 0) -> RowPage:
    """Read a page of rows by keyset; two queries, however many rows there are."""
    found = list(rows.filter(number__gt=after).order_by("number")[: PAGE + 1])
    shown = found[:PAGE]
    contacts = Contact.objects.in_bulk([row.contact_id for row in shown])
    return RowPage(
        rows=[
            ShownRow(
                row=row,
                contact=contacts.get(row.contact_id or 0),
                note=explain(row.reason) if row.reason else "",
                warnings=[explain(code) for code in row.warnings.split(",") if code],
            )
            for row in shown
        ],
        next_after=shown[-1].number if len(found) > PAGE else None,
    )


def count_causes(run: HistoryRun) -> list[Cause]:
    """Count the rows that were set aside by cause, commonest first."""
    with connection.cursor() as cursor:
        cursor.execute(CAUSES, [run.pk])
        return [Cause(code, explain(code), count) for code, count in cursor.fetchall()]
