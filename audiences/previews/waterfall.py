"""How a rule comes to its number: whom each of its conditions leaves, in the order shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audiences import selection
from audiences.conditions import nodes
from audiences.conditions.describe import describe_node
from audiences.conditions.parse import dump_condition, parse_condition
from audiences.conditions.sql import Fragment, combine

# A rule with more conditions shows what the rest of them does together.
MOST_STEPS = 20

# Counts contacts by which of several conditions hold, each evaluated once.
ALTERNATIVES = """
SELECT count(*), count(*) FILTER (WHERE held > 0), {}
FROM (
    SELECT *, {} AS held
    FROM (
        SELECT {} FROM contacts_contact AS contact
        WHERE contact.erased_at IS NULL
        OFFSET 0
    ) AS judged
) AS counted
"""


@dataclass(frozen=True)
class Step:
    """
    A condition, and how many are left after it; or, of alternatives, how many it brings.

    ``change`` is how many it takes away; of alternatives, how many come by it alone.
    """

    sentence: str
    count: int
    change: int
    percent: float


@dataclass(frozen=True)
class Waterfall:
    """From everybody to who is selected; ``narrows`` unless the conditions are alternatives."""

    everybody: int
    size: int
    narrows: bool
    steps: tuple[Step, ...]


def waterfall(
    document: object, *, as_of: datetime, counts_from: datetime | None = None
) -> Waterfall:
    """Count the contacts whom the conditions of the outermost group leave; one statement."""
    conditions, narrows = outermost(parse_condition(document))
    names = selection.names_of(parse_condition(document))
    sentences = [describe_node(node, names) for node in conditions]
    predicates = [
        selection.predicate(dump_condition(node), as_of=as_of, counts_from=counts_from)
        for node in conditions
    ]
    if narrows:
        everybody, counts = _count_left(predicates)
        before = [everybody, *counts]
        changes = [before[index] - count for index, count in enumerate(counts)]
        size = counts[-1]
    else:
        everybody, size, counts, changes = _count_brought(predicates)
    steps = tuple(
        Step(sentence, count, change, 100 * count / (everybody or 1))
        for sentence, count, change in zip(sentences, counts, changes, strict=True)
    )
    return Waterfall(everybody, size, narrows, steps)


def outermost(node: nodes.Node) -> tuple[list[nodes.Node], bool]:
    """
    List the conditions that are joined first, and whether all of them have to hold.

    A negated group has its conditions negated: who is in none of A and B is not in A, and not
    in B.
    """
    negated = False
    while True:
        match node:
            case nodes.Not(condition):
                negated, node = not negated, condition
            case nodes.All((only,)) | nodes.Any((only,)):
                node = only
            case _:
                break
    if not isinstance(node, nodes.All | nodes.Any):
        return [nodes.Not(node) if negated else node], True
    inner: list[nodes.Node] = [
        nodes.Not(child) if negated else child for child in node.conditions
    ]
    narrows = isinstance(node, nodes.All) != negated
    if len(inner) > MOST_STEPS:
        rest = tuple(inner[MOST_STEPS - 1 :])
        joined: nodes.Node = nodes.All(rest) if narrows else nodes.Any(rest)
        inner = [*inner[: MOST_STEPS - 1], joined]
    return inner, narrows


def _count_left(predicates: Sequence[Fragment]) -> tuple[int, list[int]]:
    """Count everybody, and whom each condition leaves of those whom the ones before left."""
    # Counts contacts by how many of the conditions hold before the first that does not.
    whens = combine(
        " ".join(
            f"WHEN ({{}}) IS NOT TRUE THEN {index}" for index in range(len(predicates))
        ),
        *predicates,
    )
    statement = combine(
        "SELECT CASE {} ELSE {} END AS passed, count(*)"
        " FROM contacts_contact AS contact WHERE contact.erased_at IS NULL"
        " GROUP BY passed",
        whens,
        Fragment(str(len(predicates))),
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        passed = dict(cursor.fetchall())
    counts = [
        sum(count for steps, count in passed.items() if steps > index)
        for index in range(len(predicates))
    ]
    return sum(passed.values()), counts


def _count_brought(
    predicates: Sequence[Fragment],
) -> tuple[int, int, list[int], list[int]]:
    """Count everybody, who fits one condition at least, who fits each, and each alone."""
    flags = [
        predicate.format(f"coalesce(({{}}), FALSE) AS holds_{index}")
        for index, predicate in enumerate(predicates)
    ]
    columns = [f"holds_{index}" for index in range(len(predicates))]
    counts = [f"count(*) FILTER (WHERE {column})" for column in columns]
    alone = [f"count(*) FILTER (WHERE {column} AND held = 1)" for column in columns]
    statement = combine(
        ALTERNATIVES,
        Fragment(", ".join([*counts, *alone])),
        Fragment(" + ".join(f"{column}::int" for column in columns)),
        combine(", ".join(["{}"] * len(flags)), *flags),
    )
    with selection.generous_cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        everybody, size, *rest = cursor.fetchone()
    return everybody, size, rest[: len(flags)], rest[len(flags) :]
