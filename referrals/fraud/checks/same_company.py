"""Colleagues."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case
from referrals.fraud.known import FREE_MAIL
from referrals.fraud.likeness import domain_of


class SameCompany(Check):
    """Colleagues."""

    kind = "same_company"
    label = "Same company"
    what = (
        "Both addresses are at the same company. Inside one company that is normal "
        "where businesses buy, so this is off until you turn it on."
    )
    strength = Strength.WEAK
    action = Action.OFF
    points = 20
    may_reject = False

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        host = domain_of(case.friend.email)
        is_company = bool(host) and host not in FREE_MAIL
        if is_company and host == domain_of(case.advocate.email):
            return {"host": host}
        return None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return f"Both addresses are at {evidence.get('host', 'one company')}."
