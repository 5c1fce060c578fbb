"""
The beginning of the journal of contacts who were there before it.

Somebody who came with an import has no journal until something else is said about him: then
it begins with what he came with, and what imports changed since.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.attributes.fold import EMAIL, FIELDS, Values
from contacts.attributes.rows import Row, lock_rows, write_rows
from contacts.attributes.statements import Assertion, write_down
from contacts.models import ImportChange

# The cause of the first statement of such a journal.
KNOWN = "known"
IMPORT = "import"

# The identifier under which something without one is kept: the address, else the oldest.
NAMES = """
SELECT DISTINCT ON (contact_id) contact_id, id
FROM contacts_identifier
WHERE contact_id = ANY (%s)
ORDER BY contact_id, kind = 'email' DESC, id
"""


@transaction.atomic
def begin_history(contact_ids: Collection[int], *, now: datetime) -> None:
    """Begin the journal of those who have none yet, before it is moved or read."""
    rows = [row for row in lock_rows(contact_ids).values() if not row.attributes_at]
    begin_histories(rows, now=now)
    write_rows(rows, (), now=now)


def begin_histories(rows: Iterable[Row], *, now: datetime) -> None:
    """Write the beginnings for locked rows without a journal, and note the time in them."""
    # An address alone says no more than the identifier.
    known = {
        row.contact_id: row for row in rows if row.settled.known().keys() - {EMAIL}
    }
    if not known:
        return
    for contact_id, told in write_down(beginnings(known), now=now).items():
        known[contact_id].attributes_at = told[-1].at


def beginnings(rows: Mapping[int, Row]) -> list[Assertion]:
    """Say what people came with, and what imports have changed since."""
    imports: dict[int, list[ImportChange]] = {}
    changes = ImportChange.objects.filter(contact_id__in=rows).exclude(after={})
    for change in changes.select_related("import_run").order_by(
        "-import_run__confirmed_at", "-import_run_id"
    ):
        imports.setdefault(change.contact_id, []).append(change)
    names = identifiers_of(rows)
    statements: list[Assertion] = []
    for contact_id, row in rows.items():
        values = row.settled.known()
        for change in imports.get(contact_id, ()):
            told = _take_back(change, values)
            statements.append(_imported(change, told, names.get(contact_id)))
        first = {
            name: value for name, value in values.items() if value not in ("", None)
        }
        statements.append(
            Assertion(
                contact_id=contact_id,
                at=row.created_at,
                order_key=f"{KNOWN}:{contact_id}",
                values=first,
                cause=KNOWN,
                identifier_id=names.get(contact_id),
            )
        )
    return statements


def identifiers_of(contact_ids: Iterable[int]) -> dict[int, int]:
    """Find an identifier for each contact, under which what has none is kept."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES, [list(contact_ids)])
        return dict(cursor.fetchall())


def _take_back(change: ImportChange, values: dict[str, Any]) -> dict[str, Any]:
    """Find what an import told, and put back what there was before it."""
    before, after = _flat(change.before), _flat(change.after)
    told = {name: after[name] for name in after if after[name] != before.get(name)}
    for name in told:
        if values.get(name) == told[name]:
            values[name] = before.get(name)
    return told


def _imported(
    change: ImportChange, told: dict[str, Any], identifier_id: int | None
) -> Assertion:
    """Put what an import has written as a statement."""
    return Assertion(
        contact_id=change.contact_id,
        at=change.import_run.confirmed_at or change.import_run.created_at,
        order_key=f"{IMPORT}:{change.import_run_id}",
        values=told,
        cause=IMPORT,
        identifier_id=identifier_id,
        changed_by_id=change.import_run.confirmed_by_id,
    )


def _flat(values: Values) -> dict[str, Any]:
    """List the fields and the attributes of an import's journal together."""
    fields = {name: values[name] for name in FIELDS if name in values}
    return fields | values.get("attributes", {})
