"""What a step kind is, and what it may say about a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Protocol

from campaigns.asks.holds import Candidate
from campaigns.flows.definition import Step
from campaigns.models import Campaign, CampaignVersion


class Then(Enum):
    """Where an enrollment goes from a step."""

    NEXT = "next"
    STAY = "stay"
    EXIT = "exit"


@dataclass(frozen=True)
class Side:
    """Where an enrollment goes from a step with sides: to the first step of one of them."""

    name: str


@dataclass(frozen=True)
class Jump:
    """Where an enrollment goes from a step: to another one, further on in the flow."""

    step_key: str


@dataclass(frozen=True)
class Batch:
    """Enrollments of one version that stand before the same step, at one moment."""

    campaign: Campaign
    version: CampaignVersion
    step: Step
    candidates: Sequence[Candidate]
    now: datetime


@dataclass(frozen=True)
class Outcome:
    """
    What became of some of a batch.

    ``word`` goes into the journal; of who takes a side it is the side's name. ``due_at`` is when they go on; None means at once. Who
    stays keeps his place without an entry in the journal; who exits does so for ``reason``.
    """

    word: str
    candidates: Sequence[Candidate]
    then: Then | Side | Jump = Then.NEXT
    due_at: datetime | None = None
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)


class StepKind(Protocol):
    """A kind of step."""

    kind: ClassVar[str]
    label: ClassVar[str]

    def run(self, batch: Batch) -> list[Outcome]:
        """Decide about the whole batch; each candidate is in one outcome."""

    def describe(self, step: Step) -> str:
        """Say in one sentence what the step does, for the canvas."""
