"""Leave the campaign."""

from typing import ClassVar

from campaigns.flows.definition import Step
from campaigns.steps.base import Batch, Outcome, Then

EXIT_STEP = "exit_step"


class ExitStep:
    """The end of a pass, before the flow ends."""

    kind: ClassVar[str] = "exit"
    label: ClassVar[str] = "Exit"

    def run(self, batch: Batch) -> list[Outcome]:
        """Let everybody leave."""
        return [Outcome("left", batch.candidates, Then.EXIT, reason=EXIT_STEP)]

    def describe(self, step: Step) -> str:
        """Say so."""
        return "Leave the campaign here"
