"""The kinds of steps by name; an unknown one is an error."""

from campaigns.steps.base import StepKind
from campaigns.steps.branch import BranchStep
from campaigns.steps.delay import DelayStep
from campaigns.steps.email import EmailStep

KINDS: dict[str, StepKind] = {
    kind.kind: kind for kind in (DelayStep(), BranchStep(), EmailStep())
}


class UnknownStepKind(ValueError):
    """No kind of step has this name."""


def step_kind(name: str) -> StepKind:
    """
    Find a kind.

    :raises UnknownStepKind: if there is none of this name
    """
    if name not in KINDS:
        raise UnknownStepKind(
            f"Step kind must be one of {', '.join(KINDS)}; got {name!r}."
        )
    return KINDS[name]
