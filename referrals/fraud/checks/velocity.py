"""Very many friends in a short time."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Number, Strength
from referrals.fraud.facts import Case

SPANS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
WORDS = {"hour": "an hour", "day": "a day", "week": "a week"}


class Velocity(Check):
    """Very many friends in a short time."""

    kind = "velocity"
    label = "Too many, too fast"
    what = (
        "The advocate brought more friends within an hour, a day or a week than "
        "people usually do. The first ones pass; those beyond the limit are held."
    )
    strength = Strength.MEDIUM
    action = Action.HOLD
    points = 40
    numbers = (
        Number("hour", "Friends in an hour", 5, 1, 300),
        Number("day", "Friends in a day", 12, 1, 300),
        Number("week", "Friends in a week", 40, 1, 300),
    )

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        for name, span in SPANS.items():
            count = len(case.joined_within(span)) + 1
            if count > numbers[name]:
                return {"count": count, "span": name, "limit": numbers[name]}
        return None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        return (
            f"This is friend number {evidence.get('count', '?')} of the advocate within"
            f" {WORDS.get(evidence.get('span', ''), 'a short time')}; up to"
            f" {evidence.get('limit', '?')} are usual."
        )
