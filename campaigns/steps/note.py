"""A note for whoever reads the flow."""

from typing import ClassVar

from campaigns.flows.definition import Step
from campaigns.steps.base import Batch, Outcome


class NoteStep:
    """Words on the canvas; people pass it at once."""

    kind: ClassVar[str] = "note"
    label: ClassVar[str] = "Note"

    def run(self, batch: Batch) -> list[Outcome]:
        """Let everybody pass."""
        return [Outcome("passed", batch.candidates)]

    def describe(self, step: Step) -> str:
        """Give the words."""
        return step["text"] or "Nothing written yet"
