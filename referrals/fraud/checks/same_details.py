"""Both gave the same phone, home or means of payment."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case
from referrals.fraud.words import DETAILS, say_list


class SameDetails(Check):
    """Both gave the same phone, home or means of payment."""

    kind = "same_details"
    label = "The same phone, home or payment"
    what = (
        "Both gave the same phone number, postal address, means of payment or "
        "payout account."
    )
    strength = Strength.STRONG
    action = Action.HOLD
    points = 80

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        kinds = {one.kind for one in case.shares(*DETAILS)}
        return {"kinds": [kind for kind in DETAILS if kind in kinds]} if kinds else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        said = [DETAILS[kind] for kind in evidence.get("kinds", []) if kind in DETAILS]
        return f"Friend and advocate have the same {say_list(said) or 'details'}."
