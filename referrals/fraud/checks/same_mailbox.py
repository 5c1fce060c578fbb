"""Two addresses of one mailbox."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Strength
from referrals.fraud.facts import Case
from referrals.fraud.likeness import fold, fraud_key


class SameMailbox(Check):
    """Two addresses of one mailbox."""

    kind = "same_mailbox"
    label = "The same mailbox"
    what = (
        "Both addresses reach one mailbox: capital letters, dots at Gmail, +tags "
        "where the provider drops them, and other names of a provider "
        "(googlemail.com is gmail.com) are left out."
    )
    strength = Strength.STRONG
    action = Action.HOLD
    points = 80

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        friend, advocate = fraud_key(case.friend.email), fraud_key(case.advocate.email)
        is_written_alike = fold(case.friend.email) == fold(case.advocate.email)
        return {} if friend and friend == advocate and not is_written_alike else None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return (
            "The two addresses reach the same mailbox: without dots, tags and other names of"
            " the provider they are equal."
        )
