"""One network address and one browser within a day."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case


class SameBrowser(Check):
    """One network address and one browser within a day."""

    kind = "same_browser"
    label = "Same network and browser"
    what = (
        "Friend and advocate were seen with the same network address and the very "
        "same browser within a day."
    )
    strength = Strength.MEDIUM
    action = Action.SCORE
    points = 40
    may_reject = False

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        day = timedelta(hours=24)
        near = [one for one in case.shares("browser") if one.apart <= day]
        return {"hours": round(near[0].apart.total_seconds() / 3600)} if near else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return (
            "Friend and advocate came from one network address with the same browser, within"
            " a day."
        )
