"""What a batch adds to the numbers: the schema, and broken plans."""

from collections.abc import Iterable, Sequence

from contacts import schema
from contacts.drain.copying import copy_rows
from contacts.drain.entries import Entry
from contacts.models import Violation
from contacts.plans.check import body_of

VIOLATION_COLUMNS = (
    "receipt_id",
    "source_id",
    "kind",
    "name",
    "problem",
    "path",
    "details",
    "reaction",
    "received_at",
)


def learn_schema(accepted: Iterable[Entry]) -> None:
    """Count what accepted entries show of events and their properties."""
    schema.learn(
        [
            schema.Seen(
                message.kind,
                message.name,
                message.source_id,
                message.occurred_at,
                body_of(message),
            )
            for entry in accepted
            if (message := entry.message)
        ]
    )


def write_violations(entries: Sequence[Entry]) -> None:
    """Write down where entries broke the plan of their source; a replay is judged anew."""
    replayed = [entry.receipt_id for entry in entries if entry.is_replayed]
    if replayed:
        Violation.objects.filter(receipt_id__in=replayed).delete()
    rows = [
        (
            entry.receipt_id,
            entry.came.source_id,
            entry.came.kind,
            entry.message.name if entry.message else entry.came.name,
            breach.problem,
            breach.path,
            breach.details,
            breach.reaction,
            entry.came.received_at,
        )
        for entry in entries
        for breach in entry.violations
    ]
    if rows:
        copy_rows("contacts_violation", VIOLATION_COLUMNS, rows)
