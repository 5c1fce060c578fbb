"""The friend came through a paid ad."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case


class PaidAd(Check):
    """The friend came through a paid ad."""

    kind = "paid_ad"
    label = "Through a paid ad"
    what = (
        "The address that the friend arrived with carries the mark of a paid ad, "
        "such as gclid: somebody advertises the link."
    )
    strength = Strength.MEDIUM
    action = Action.HOLD
    points = 40

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        name = (case.click.ad_parameter if case.click else "") or case.ad_parameter
        return {"parameter": name} if name else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return f"The friend came through a paid ad: the address had “{evidence.get('parameter', '?')}”."
