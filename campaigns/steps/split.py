"""Go the way of the first condition that holds, or the way of everyone else."""

from collections import defaultdict
from typing import ClassVar

from django.db import connection

from audiences import selection
from audiences.conditions.sql import FALSE, Fragment, combine, value
from campaigns.asks.holds import Candidate
from campaigns.flows.definition import Step
from campaigns.steps.base import Batch, Outcome, Side

OTHERWISE = "otherwise"

# Says for each of the contacts which condition is the first that holds.
FIRST = """
SELECT contact.id, CASE {} END
FROM contacts_contact AS contact
WHERE contact.id = ANY ({})
"""


class SplitStep:
    """
    A split with any number of branches, looked at from left to right.

    Who is unknown to a condition does not go its way. The answer is in the journal and is
    never asked for again.
    """

    kind: ClassVar[str] = "split"
    label: ClassVar[str] = "Split"

    def run(self, batch: Batch) -> list[Outcome]:
        """Evaluate all conditions for the whole batch, in one statement."""
        cases = [
            combine(
                "WHEN {} THEN {}", _predicate(batch, side), value(side["key"], "text")
            )
            for side in batch.step["branches"]
        ]
        ids = [one.contact_id for one in batch.candidates]
        statement = combine(
            FIRST,
            combine(" ".join(["{}"] * len(cases)), *cases),
            value(ids, "bigint[]"),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            first = dict(cursor.fetchall())
        groups: dict[str, list[Candidate]] = defaultdict(list)
        for one in batch.candidates:
            groups[first.get(one.contact_id) or OTHERWISE].append(one)
        return [Outcome(key, group, Side(key)) for key, group in groups.items()]

    def describe(self, step: Step) -> str:
        """Say among how many ways."""
        names = ", ".join(side["name"] for side in step["branches"])
        return f"The first that fits of {names}, else everyone else"


def _predicate(batch: Batch, side: Step) -> Fragment:
    """Compile the condition of one branch; an open one never holds."""
    if not side["condition"]:
        return FALSE
    return selection.predicate(side["condition"], as_of=batch.now, few=True)
