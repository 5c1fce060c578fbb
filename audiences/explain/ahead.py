"""How many fit a rule at other moments: in the days to come by time alone, or in the past."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from audiences import selection
from audiences.conditions import nodes
from audiences.conditions.compiler import compile_node
from audiences.conditions.kind import Setting
from audiences.conditions.sql import Fragment, combine
from audiences.explain.card import inline


@dataclass(frozen=True)
class Step:
    """From one moment to the next: who fits at its end, who did not before, who no longer."""

    until: datetime
    size: int
    entering: int
    leaving: int


def forecast(
    document: object,
    moments: Sequence[datetime],
    *,
    counts_from: datetime | None = None,
) -> list[Step]:
    """
    Say who would enter and leave from moment to moment if nothing happened.

    The rule itself is asked of each moment, and the rules of the audiences that it names with
    it; one statement over everybody.
    """
    node, setting = selection.prepare(
        document, as_of=moments[0], few=False, counts_from=counts_from
    )
    whole = node if counts_from else inline(node)
    columns = [_asked(whole, setting, at, place) for place, at in enumerate(moments)]
    counts = [
        f"count(*) FILTER (WHERE at_{after}),"
        f" count(*) FILTER (WHERE at_{after} AND NOT at_{before}),"
        f" count(*) FILTER (WHERE at_{before} AND NOT at_{after})"
        for before, after in zip(
            range(len(moments) - 1), range(1, len(moments)), strict=True
        )
    ]
    # Counts for each step who fits after it, who enters and who leaves.
    statement = combine(
        f"SELECT {', '.join(counts)} FROM (SELECT "  # noqa: S608 - of our constants
        + ", ".join(["{}"] * len(columns))
        + " FROM contacts_contact AS contact WHERE contact.erased_at IS NULL OFFSET 0) AS asked",
        *columns,
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        row = cursor.fetchone()
    return [
        Step(at, *row[3 * place : 3 * place + 3])
        for place, at in enumerate(moments[1:])
    ]


def _asked(node: nodes.Node, setting: Setting, at: datetime, place: int) -> Fragment:
    """Ask the rule of a moment, as a column."""
    return compile_node(node, replace(setting, as_of=at)).format(
        f"({{}}) IS TRUE AS at_{place}"
    )
