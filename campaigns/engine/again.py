"""
Nobody gets the same thing twice in one pass, though a publish plan has put him before a step again.

Each run of a step has a number of its own, so the unique keys of what it writes would let it
happen once more. Who was never moved can't come to a step a second time, for flows lead forward.
"""

from django.db import connection

from campaigns.steps.base import Batch, Outcome

# Steps that reach a person, or somebody about him.
REACHING = frozenset({"email", "task", "webhook"})
HAD_BEFORE = "had_before"
# What came of a step that reached nobody.
IN_VAIN = ["held", "unseen", "moved", HAD_BEFORE]

# Selects those of some passes that were moved once and have had what a step sends.
# Leans on moved_once_by_a_plan and step_runs_once, which begin with contact and enrollment.
HAD = """
SELECT DISTINCT run.enrollment_id
FROM campaigns_versionmove AS move
JOIN campaigns_steprun AS run
    ON run.contact_id = move.contact_id AND run.enrollment_id = move.enrollment_id
WHERE move.contact_id = ANY (%s) AND move.enrollment_id = ANY (%s)
    AND run.step_key = %s AND NOT run.outcome = ANY (%s)
"""


def had_before(batch: Batch) -> Outcome | None:
    """Send those on who have had what the step sends; one query for steps that reach out."""
    if batch.step["kind"] not in REACHING:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            HAD,
            [
                [one.contact_id for one in batch.candidates],
                [one.enrollment_id for one in batch.candidates],
                batch.step["key"],
                IN_VAIN,
            ],
        )
        had = {row[0] for row in cursor.fetchall()}
    if not had:
        return None
    again = [one for one in batch.candidates if one.enrollment_id in had]
    return Outcome(HAD_BEFORE, again)
