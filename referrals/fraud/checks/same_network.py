"""One network address, nothing else."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case


class SameNetwork(Check):
    """One network address, nothing else."""

    kind = "same_network"
    label = "Same network"
    what = (
        "Friend and advocate were seen with the same network address. Households, "
        "offices and phone carriers share one, so it says little."
    )
    strength = Strength.WEAK
    action = Action.SCORE
    points = 10
    may_reject = False

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        has_same_browser = any(one.kind == "browser" for one in case.shared)
        return {} if case.shares("address") and not has_same_browser else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return "Friend and advocate came from one network address, with different browsers."
