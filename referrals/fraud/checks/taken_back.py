"""Every order was taken back."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case


class TakenBack(Check):
    """Every order was taken back."""

    kind = "taken_back"
    label = "All orders taken back"
    what = "Everything that the friend ordered was refunded or canceled."
    strength = Strength.MEDIUM
    action = Action.SCORE
    points = 30
    may_reject = False

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        if case.orders and case.orders == case.orders_taken_back:
            return {"orders": case.orders}
        return None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        orders = evidence.get("orders", 0)
        if orders == 1:
            return "The friend’s only order was taken back."
        return f"All {orders or ''} orders of the friend were taken back.".replace(
            "  ", " "
        )
