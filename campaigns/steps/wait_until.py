"""Wait until a condition holds, but no longer than some time."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from django.db import connection

from audiences import selection
from audiences.conditions.sql import Fragment, combine, value
from campaigns.asks.holds import Candidate
from campaigns.flows.definition import Step
from campaigns.steps.base import Batch, Outcome, Side
from campaigns.steps.waits import SINCE, began, say_length, stay_or_end

# Selects those of the enrollments for which the condition holds. Leans on the primary keys of
# enrollments and contacts.
HOLDS = """
SELECT enrollment.id
FROM campaigns_enrollment AS enrollment
JOIN contacts_contact AS contact ON contact.id = enrollment.contact_id
WHERE enrollment.id = ANY ({}) AND enrollment.contact_id = ANY ({}) AND {}
"""


class WaitUntilStep:
    """
    A wait for something, with a time-out.

    It is looked at on arrival, when something happens that the condition mentions, every few
    minutes, and when the time runs out. Events count from the arrival on, or whenever they
    happened, as the step says.
    """

    kind: ClassVar[str] = "wait_until"
    label: ClassVar[str] = "Wait until"

    def run(self, batch: Batch) -> list[Outcome]:
        """Send on those for whom it holds, or whose time is over; two queries."""
        holds = met_by(batch.step, batch.candidates, now=batch.now)
        met = [one for one in batch.candidates if one.enrollment_id in holds]
        waiting = [one for one in batch.candidates if one.enrollment_id not in holds]
        outcomes = stay_or_end(batch, waiting, began(waiting), Side("timeout"))
        return [*([Outcome("met", met, Side("met"))] if met else []), *outcomes]

    def describe(self, step: Step) -> str:
        """Say how long at most."""
        return f"for at most {say_length(step)}"


def met_by(step: Step, waiting: Sequence[Candidate], *, now: datetime) -> set[int]:
    """Select those of some enrollments at the step for which its condition holds."""
    condition = condition_of(step, now)
    if condition is None or not waiting:
        return set()
    statement = combine(
        HOLDS,
        value([one.enrollment_id for one in waiting], "bigint[]"),
        value([one.contact_id for one in waiting], "bigint[]"),
        condition,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return {row[0] for row in cursor.fetchall()}


def condition_of(step: Step, now: datetime) -> Fragment | None:
    """Compile the condition, over the aliases ``contact`` and ``enrollment``."""
    if not step["condition"]:
        return None
    since = SINCE if step["since"] == "here" else ""
    return selection.predicate(step["condition"], as_of=now, few=True, since=since)
