"""Names or addresses that are nearly equal."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case
from referrals.fraud.likeness import addresses_alike, fraud_key, names_alike
from referrals.fraud.words import say_list


class SimilarName(Check):
    """Names or addresses that are nearly equal."""

    kind = "similar_name"
    label = "Similar name or address"
    what = (
        "The full names, or what stands before the @ of the addresses, are equal or "
        "differ in a letter or two. It works in any script."
    )
    strength = Strength.WEAK
    action = Action.SCORE
    points = 20
    may_reject = False

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        alike = []
        if names_alike(case.friend.name, case.advocate.name):
            alike.append("names")
        friend, advocate = case.friend.email, case.advocate.email
        if fraud_key(friend) != fraud_key(advocate) and addresses_alike(
            friend, advocate
        ):
            alike.append("addresses")
        return {"alike": alike} if alike else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return (
            f"Their {say_list(evidence.get('alike', [])) or 'names'} are nearly equal."
        )
