"""Go one of several ways by chance; whoever comes again goes the same way."""

from collections import defaultdict
from typing import ClassVar

from django.db import connection

from campaigns.asks.holds import Candidate
from campaigns.flows.cohorts import draw_arm, shares
from campaigns.flows.definition import Step
from campaigns.steps.base import Batch, Outcome, Side

# Selects the arm into which contacts were drawn when they came here first.
# Leans on step_runs_once, which begins with the contact.
BEFORE = """
SELECT DISTINCT ON (contact_id) contact_id, outcome
FROM campaigns_steprun
WHERE contact_id = ANY (%s) AND campaign_id = %s AND step_key = %s
ORDER BY contact_id, id
"""


class CohortStep:
    """
    Random cohorts, each with a share of the people.

    Drawn from a hash of the step and the contact, so that nothing but the two decides. The
    journal keeps the arm: changed weights hold for those who come here for the first time.
    """

    kind: ClassVar[str] = "cohort"
    label: ClassVar[str] = "Random cohorts"

    def run(self, batch: Batch) -> list[Outcome]:
        """Draw for those who were not drawn before; one query."""
        ids = [one.contact_id for one in batch.candidates]
        with connection.cursor() as cursor:
            cursor.execute(BEFORE, [ids, batch.campaign.pk, batch.step["key"]])
            before = dict(cursor.fetchall())
        arms = {arm["key"] for arm in batch.step["arms"]}
        groups: dict[str, list[Candidate]] = defaultdict(list)
        for one in batch.candidates:
            arm: str = before.get(one.contact_id, "")
            if arm not in arms:
                arm = draw_arm(batch.step, one.contact_id)
            groups[arm].append(one)
        return [Outcome(key, group, Side(key)) for key, group in groups.items()]

    def describe(self, step: Step) -> str:
        """Say which share goes which way."""
        parts = [
            f"{share} to {arm['name']}"
            for arm, share in zip(step["arms"], shares(step), strict=True)
        ]
        return f"By chance: {', '.join(parts)}"
