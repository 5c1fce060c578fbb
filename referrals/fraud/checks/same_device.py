"""Both use one device."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case


class SameDevice(Check):
    """Both use one device."""

    kind = "same_device"
    label = "The same device"
    what = (
        "The friend came from the browser in which the advocate’s own page was "
        "opened, or both were seen under one device id of ours or of your product. "
        "Devices that more than 20 people use do not count."
    )
    strength = Strength.STRONG
    action = Action.HOLD
    points = 80

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        if case.click and case.click.kind == "self":
            return {"own_browser": True}
        return {"own_browser": False} if case.shares("device") else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        if evidence.get("own_browser"):
            return "The friend came from the browser in which the advocate’s own page was opened."
        return "Friend and advocate used the same device."
