"""What is wrong with a draft, as sentences that name the step and the mend."""

from dataclasses import dataclass

from campaigns.flows.definition import Step
from campaigns.local_time import parse_time


@dataclass(frozen=True)
class Finding:
    """
    One thing to mend: an "error" blocks publishing, a "warning" does not.

    ``step_key`` leads to the step, or is blank; ``part`` is the part of the document.
    """

    severity: str
    message: str
    part: str = "flow"
    step_key: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the campaign can't be published with it."""
        return self.severity == "error"


def named(step: Step) -> str:
    """Name a step in a sentence."""
    return f"“{step['name'].strip() or step['kind'].replace('_', ' ').capitalize()}”"


def error(step: Step, message: str) -> Finding:
    """Make a finding that blocks."""
    return Finding("error", message, step_key=step["key"])


def warning(step: Step, message: str) -> Finding:
    """Make a finding that does not block."""
    return Finding("warning", message, step_key=step["key"])


def is_time(text: str) -> bool:
    """Whether it is a wall time."""
    try:
        parse_time(text)
    except (TypeError, ValueError):
        return False
    return True
