"""Faster than a person can be."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Number, Strength
from referrals.fraud.facts import Case


class TooFast(Check):
    """Faster than a person can be."""

    kind = "too_fast"
    label = "Faster than a person"
    what = (
        "The friend signed up so few seconds after opening the link that no person "
        "can fill in a form in that time."
    )
    strength = Strength.MEDIUM
    action = Action.HOLD
    points = 40
    numbers = (Number("seconds", "Seconds that a person needs", 5, 1, 600),)

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        if case.click is None:
            return None
        seconds = (case.lead_at - case.click.visited_at).total_seconds()
        # Clocks differ: what seems to be before the visit tells nothing.
        if 0 <= seconds < numbers["seconds"]:
            return {"seconds": round(seconds, 1)}
        return None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        seconds = evidence.get("seconds", "few")
        return f"The friend signed up {seconds} seconds after opening the link."
