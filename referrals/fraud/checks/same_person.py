"""Friend and advocate are one person."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case
from referrals.fraud.likeness import fold


class SamePerson(Check):
    """Friend and advocate are one person."""

    kind = "same_person"
    label = "The same person"
    what = (
        "Friend and advocate have the same address, letter for letter. One’s own "
        "link is refused even before; this catches what is learned later."
    )
    strength = Strength.CERTAIN
    action = Action.REJECT
    points = 100

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        same = fold(case.friend.email).strip() == fold(case.advocate.email).strip()
        return {} if case.friend.email and same else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return "Friend and advocate have the same address."
