"""What the words of the journal mean, for whoever reads a trace or a preview."""

from campaigns.flows.definition import Step, side_titles

# What is not here stands as it was written, which is a word too.
OUTCOMES = {
    "waited": "waits",
    "asked": "is asked",
    "sent": "gets the message",
    "held": "is held",
    "had_before": "has had it already, and goes on without it",
    "stayed": "waits here",
    "over": "is through",
    "answered": "answers",
    "made": "becomes a task for a colleague",
    "told": "is told to the other system",
    "delivered": "goes on: the other system took it",
    "not_delivered": "goes on, though the other system did not take it",
    "dismissed": "goes on: a colleague dismissed it",
    "given_up": "goes on: the time ran out",
}


def say_outcome(step: Step | None, outcome: str) -> str:
    """Say what came of a step; of one with sides, which was taken."""
    title = _side_title(step, outcome) if step else ""
    if title:
        return f"takes “{title}”"
    return OUTCOMES.get(outcome, outcome.replace("_", " "))


def _side_title(step: Step, outcome: str) -> str:
    """Name the side that an outcome is; blank if it is none."""
    return side_titles(step).get(outcome, "")
