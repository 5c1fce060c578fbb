"""Addresses in a series."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Number, Strength
from referrals.fraud.facts import Case
from referrals.fraud.likeness import fold, stem_of


class AddressSeries(Check):
    """Addresses in a series."""

    kind = "address_series"
    label = "Addresses in a series"
    what = (
        "Several friends of the advocate have addresses that differ only in a "
        "number or a +tag, such as ana1@ and ana2@."
    )
    strength = Strength.MEDIUM
    action = Action.SCORE
    points = 40
    numbers = (Number("addresses", "Addresses in the series", 3, 2, 100),)

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        stem = stem_of(case.friend.email)
        own = fold(case.friend.email)
        if not stem:
            return None
        others = {
            fold(one.email)
            for one in case.siblings
            if one.email and stem_of(one.email) == stem and fold(one.email) != own
        }
        count = len(others) + 1
        return {"count": count} if count >= numbers["addresses"] else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return (
            f"{evidence.get('count', 'Several')} friends of the advocate have addresses that"
            " differ only in a number or a tag."
        )
