"""Wait for the answer to the last ask of this pass, but no longer than some time."""

from collections import defaultdict
from typing import ClassVar

from django.db import connection

from campaigns.asks.holds import Candidate
from campaigns.flows.definition import Step
from campaigns.guardrails.reasons import NEVER
from campaigns.models import Answer
from campaigns.steps.base import Batch, Outcome, Side, Then
from campaigns.steps.waits import began, say_length, stay_or_end

# Waits for whoever writes down an answer at this instant: he leaves a pass alone that is in a
# batch's hands, so the batch has to see it. Who answers later finds the pass waiting.
LOCK = """
SELECT id FROM campaigns_ask
WHERE contact_id = ANY (%s) AND enrollment_id = ANY (%s)
ORDER BY contact_id, id
FOR SHARE
"""

# Selects the answer to the last ask of each enrollment; blank while there is none.
# Leans on the unique constraint of asks, which begins with contact and enrollment.
ANSWERS = """
SELECT DISTINCT ON (enrollment_id) enrollment_id, answer
FROM campaigns_ask
WHERE contact_id = ANY (%s) AND enrollment_id = ANY (%s)
ORDER BY enrollment_id, visit DESC
"""
SIDES = {Answer.YES: "yes", Answer.NOT_NOW: "not_now"}


class WaitAnswerStep:
    """
    A wait for yes or not now, with a time-out.

    Who was not asked in this pass has nothing to answer and goes on at once, to the side
    without an answer. Who never wants to be asked leaves.
    """

    kind: ClassVar[str] = "wait_answer"
    label: ClassVar[str] = "Wait for the answer"

    def run(self, batch: Batch) -> list[Outcome]:
        """Sort the batch by its answers; three queries."""
        contacts = [one.contact_id for one in batch.candidates]
        with connection.cursor() as cursor:
            passes = [one.enrollment_id for one in batch.candidates]
            cursor.execute(LOCK, [contacts, passes])
            cursor.execute(ANSWERS, [contacts, passes])
            answers = dict(cursor.fetchall())
        groups: dict[str, list[Candidate]] = defaultdict(list)
        for one in batch.candidates:
            groups[answers.get(one.enrollment_id, "not asked")].append(one)
        open_ones = groups.pop("", [])
        outcomes = stay_or_end(batch, open_ones, began(open_ones), Side("none"))
        unasked = groups.pop("not asked", [])
        if unasked:
            outcomes.append(
                Outcome("none", unasked, Side("none"), details={"asked": False})
            )
        return outcomes + [_answered(answer, group) for answer, group in groups.items()]

    def describe(self, step: Step) -> str:
        """Say how long at most."""
        return f"Wait for an answer to the last ask, for at most {say_length(step)}"


def _answered(answer: str, group: list[Candidate]) -> Outcome:
    """Send those on who gave an answer."""
    if answer == Answer.NEVER:
        return Outcome("never", group, Then.EXIT, reason=NEVER)
    side = SIDES[Answer(answer)]
    return Outcome(side, group, Side(side))
