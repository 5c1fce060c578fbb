"""
From what the checks see to a verdict: pure, so that judging and trying out are the same code.

- A finding whose action is *reject* rejects, one whose action is *hold* holds.
- Points add up, those of findings that hold too; from the program's threshold on they hold.
- A finding in shadow is noted and counts for nothing.
- What a person decided stays. A referral that he approved is held again only if something he
  did not see would hold or reject it by itself; one that he rejected stays rejected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from referrals.fraud.checks.base import Action, Rank
from referrals.fraud.checks.registry import CHECKS
from referrals.fraud.facts import Case
from referrals.fraud.policy import Policy

CLEAR, HELD, REJECTED = "clear", "held", "rejected"
APPROVED = "approved"
RANKS = {
    Action.OFF: Rank.OFF,
    Action.SHADOW: Rank.SHADOW,
    Action.SCORE: Rank.SCORE,
    Action.HOLD: Rank.HOLD,
    Action.REJECT: Rank.REJECT,
}


@dataclass(frozen=True)
class Finding:
    """What a check saw, and what the program does with it."""

    kind: str
    action: Action
    points: int
    evidence: dict[str, Any]

    @property
    def is_shadow(self) -> bool:
        """Whether it counts for nothing."""
        return self.action == Action.SHADOW

    @property
    def sentence(self) -> str:
        """Tell what it saw."""
        return CHECKS[self.kind].say(self.evidence)


@dataclass(frozen=True)
class Said:
    """What a person decided, and the checks that had found something when he did."""

    verdict: str
    seen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ruling:
    """What becomes of a referral, and how strong what was found is."""

    verdict: str
    findings: Sequence[Finding]
    points: int
    rank: int
    is_reopened: bool = False


def find_all(case: Case, policy: Policy) -> list[Finding]:
    """Let every check that is on look at a referral."""
    found = []
    for check in CHECKS.values():
        setting = policy.setting(check)
        if setting.action == Action.OFF:
            continue
        evidence = check.look(case, setting.numbers)
        if evidence is not None:
            found.append(Finding(check.kind, setting.action, setting.points, evidence))
    return found


def rule(case: Case, policy: Policy, said: Said | None = None) -> Ruling:
    """Say what becomes of a referral."""
    findings = find_all(case, policy)
    verdict, points, rank = weigh(findings, policy)
    if said is None:
        return Ruling(verdict, findings, points, rank)
    if said.verdict != APPROVED:
        return Ruling(REJECTED, findings, points, rank)
    unseen = [one for one in findings if one.kind not in said.seen]
    is_reopened = weigh(unseen, policy)[0] != CLEAR
    verdict = HELD if is_reopened else CLEAR
    return Ruling(verdict, findings, points, rank, is_reopened)


def weigh(findings: Sequence[Finding], policy: Policy) -> tuple[str, int, int]:
    """Say the verdict of findings, their points, and the rank of the strongest."""
    counting = [one for one in findings if not one.is_shadow]
    points = sum(one.points for one in counting)
    rank = int(max((RANKS[one.action] for one in counting), default=Rank.OFF))
    if rank == Rank.REJECT:
        return REJECTED, points, rank
    if rank == Rank.HOLD or points >= policy.hold_points:
        return HELD, points, rank
    return CLEAR, points, rank
