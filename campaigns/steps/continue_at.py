"""Go on at a step further on in the flow."""

from typing import ClassVar

from campaigns.flows.definition import Step
from campaigns.steps.base import Batch, Jump, Outcome


class ContinueStep:
    """A jump forward; never back, so nobody goes in circles."""

    kind: ClassVar[str] = "continue_at"
    label: ClassVar[str] = "Continue at"

    def run(self, batch: Batch) -> list[Outcome]:
        """Send everybody to the step."""
        return [Outcome("jumped", batch.candidates, Jump(batch.step["target"]))]

    def describe(self, step: Step) -> str:
        """Say that it leads elsewhere; the page knows the name of the step."""
        return "Continue at another step" if step["target"] else "No step chosen yet"
