"""An address to throw away."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case
from referrals.fraud.known import belongs_to, disposable_hosts
from referrals.fraud.likeness import domain_of


class DisposableAddress(Check):
    """An address to throw away."""

    kind = "disposable_address"
    label = "Throwaway address"
    what = (
        "The friend’s address is at a provider of addresses that last for minutes. "
        "Lists of them differ and are never complete, so this alone rejects nobody."
    )
    strength = Strength.WEAK
    action = Action.SCORE
    points = 25
    may_reject = False

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        host = domain_of(case.friend.email)
        found = belongs_to(host, disposable_hosts()) if host else ""
        return {"host": found} if found else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return f"The friend’s address is at {evidence.get('host', 'a provider')}, for addresses to throw away."
