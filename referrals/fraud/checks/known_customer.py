"""The friend was a customer before."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case
from referrals.fraud.words import say_day


class KnownCustomer(Check):
    """The friend was a customer before."""

    kind = "known_customer"
    label = "A customer before"
    what = (
        "The friend had ordered before the link was opened or the code was typed, "
        "as we learned only later."
    )
    strength = Strength.CERTAIN
    action = Action.REJECT
    points = 100

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        if case.ordered_before is None:
            return None
        return {"day": case.ordered_before.date().isoformat()}

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return f"The friend had ordered before, on {say_day(evidence.get('day', ''))}."
