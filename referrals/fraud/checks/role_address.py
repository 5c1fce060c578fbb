"""An address of a desk."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case
from referrals.fraud.known import ROLES
from referrals.fraud.likeness import local_part


class RoleAddress(Check):
    """An address of a desk."""

    kind = "role_address"
    label = "Address of a desk"
    what = (
        "The friend’s address is that of a desk, such as info@ or sales@, and not "
        "of a person."
    )
    strength = Strength.WEAK
    action = Action.SCORE
    points = 10
    may_reject = False

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        name = local_part(case.friend.email)
        return {"name": name} if name in ROLES else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return (
            f"The friend’s address is that of a desk: {evidence.get('name', 'info')}@."
        )
