"""Go one of two ways, by a condition that is evaluated once, on arrival."""

from typing import ClassVar

from audiences import selection
from campaigns.flows.definition import Step
from campaigns.steps.base import Batch, Outcome, Side


class BranchStep:
    """
    A true/false branch.

    Who is unknown to the condition goes to the no side. The answer is in the journal and is
    never asked for again.
    """

    kind: ClassVar[str] = "branch"
    label: ClassVar[str] = "True/false branch"

    def run(self, batch: Batch) -> list[Outcome]:
        """Evaluate the condition for the whole batch, in one statement."""
        ids = [candidate.contact_id for candidate in batch.candidates]
        matching = selection.matching_ids(
            batch.step["condition"], as_of=batch.now, contact_ids=ids
        )
        yes = [one for one in batch.candidates if one.contact_id in matching]
        no = [one for one in batch.candidates if one.contact_id not in matching]
        outcomes = [Outcome("yes", yes, Side("yes")), Outcome("no", no, Side("no"))]
        return [outcome for outcome in outcomes if outcome.candidates]

    def describe(self, step: Step) -> str:
        """Say what is asked."""
        if not step["condition"]:
            return "No condition yet"
        return selection.describe(step["condition"])
