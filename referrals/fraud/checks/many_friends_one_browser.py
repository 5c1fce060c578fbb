"""Several friends with one network address and browser."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Number, Strength
from referrals.fraud.facts import Case


class ManyFriendsOneBrowser(Check):
    """Several friends with one network address and browser."""

    kind = "many_friends_one_browser"
    label = "Several friends, one browser"
    what = (
        "Several friends of the advocate came from one network address with the "
        "very same browser within a week."
    )
    strength = Strength.WEAK
    action = Action.SCORE
    points = 15
    numbers = (Number("friends", "Friends with one browser", 3, 1, 100),)
    may_reject = False

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        friends = sum(one.has_same_browser for one in case.siblings) + 1
        return {"friends": friends} if friends > numbers["friends"] else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return (
            f"{evidence.get('friends', 'Several')} friends of the advocate came from one network"
            " address with the same browser."
        )
