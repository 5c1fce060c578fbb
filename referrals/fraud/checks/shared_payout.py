"""Many advocates are paid to one account."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Number, Strength
from referrals.fraud.facts import Case


class SharedPayout(Check):
    """Many advocates are paid to one account."""

    kind = "shared_payout"
    label = "One payout account for many"
    what = "Several advocates want their rewards on the same payout account."
    strength = Strength.STRONG
    action = Action.HOLD
    points = 80
    numbers = (Number("people", "Advocates on one account", 3, 2, 100),)

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        people = case.payout_sharers + 1
        return {"people": people} if people >= numbers["people"] else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return f"{evidence.get('people', 'Several')} advocates have the same payout account."
