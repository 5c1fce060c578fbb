"""The kinds of steps by name; an unknown one is an error."""

from campaigns.steps.attribute import AttributeStep
from campaigns.steps.base import StepKind
from campaigns.steps.branch import BranchStep
from campaigns.steps.cohort import CohortStep
from campaigns.steps.continue_at import ContinueStep
from campaigns.steps.delay import DelayStep
from campaigns.steps.email import EmailStep
from campaigns.steps.exit import ExitStep
from campaigns.steps.list import ListStep
from campaigns.steps.note import NoteStep
from campaigns.steps.split import SplitStep
from campaigns.steps.task import TaskStep
from campaigns.steps.wait_answer import WaitAnswerStep
from campaigns.steps.wait_until import WaitUntilStep
from campaigns.steps.webhook import WebhookStep
from campaigns.steps.window import WindowStep

KINDS: dict[str, StepKind] = {
    kind.kind: kind
    for kind in (
        EmailStep(),
        DelayStep(),
        WindowStep(),
        WaitUntilStep(),
        WaitAnswerStep(),
        BranchStep(),
        SplitStep(),
        CohortStep(),
        AttributeStep(),
        ListStep(),
        TaskStep(),
        WebhookStep(),
        ContinueStep(),
        ExitStep(),
        NoteStep(),
    )
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
