"""What a fraud check is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, ClassVar

from referrals.fraud.facts import Case

Evidence = dict[str, Any]


class Strength(StrEnum):
    """How much a finding says."""

    CERTAIN = "certain"
    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


class Action(StrEnum):
    """What a program does with a finding."""

    OFF = "off"
    SHADOW = "shadow"
    SCORE = "score"
    HOLD = "hold"
    REJECT = "reject"


class Rank(IntEnum):
    """Which of two actions is the stronger one."""

    OFF = 0
    SHADOW = 1
    SCORE = 2
    HOLD = 3
    REJECT = 4


ACTION_NAMES = {
    Action.OFF: "Off",
    Action.SHADOW: "Note only",
    Action.SCORE: "Adds points",
    Action.HOLD: "Holds",
    Action.REJECT: "Rejects",
}


@dataclass(frozen=True)
class Number:
    """A number that a program may set for a check, with its limits."""

    name: str
    label: str
    default: int
    least: int = 1
    most: int = 1000


class Check:
    """
    One thing to look at in a referral.

    ``look`` returns what it saw, as numbers and words of ours that name nobody, or None;
    ``say`` tells that as a sentence. ``what`` explains the check to a marketer. A check that
    may be wrong about honest people does not ``may_reject`` by itself.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    what: ClassVar[str]
    strength: ClassVar[Strength]
    action: ClassVar[Action]
    points: ClassVar[int]
    numbers: ClassVar[tuple[Number, ...]] = ()
    may_reject: ClassVar[bool] = True

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Return what it sees; None if nothing."""
        raise NotImplementedError

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell what it saw."""
        raise NotImplementedError

    def actions(self) -> list[Action]:
        """List what a program may do with its findings."""
        return [one for one in Action if self.may_reject or one != Action.REJECT]
