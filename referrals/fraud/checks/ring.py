"""People refer one another."""

from collections.abc import Mapping
from typing import Any

from referrals.fraud.checks.base import Action, Check, Evidence, Number, Strength
from referrals.fraud.facts import Case
from referrals.fraud.words import say_link, say_list

# A way of one step over something shared is what other checks are for.
SHORTEST_WAY = 2


class Ring(Check):
    """People refer one another."""

    kind = "ring"
    label = "A ring"
    what = (
        "A way of at most five steps leads from the friend back to the advocate, "
        "over referrals and over what people share (device, mailbox, phone, home, "
        "payment); or several friends of the advocate are one party, as they share "
        "such things."
    )
    strength = Strength.STRONG
    action = Action.HOLD
    points = 80
    numbers = (Number("friends", "Friends of one party, beside this one", 2, 1, 50),)

    def look(self, case: Case, numbers: Mapping[str, int]) -> Evidence | None:
        """Look for it."""
        way = case.way_back
        if len(way) >= SHORTEST_WAY or (way and way[0].by == "referral"):
            return {
                "people": len(
                    {hop.from_id for hop in way} | {case.advocate.contact_id}
                ),
                "by": ["referral", *(hop.by for hop in way)],
            }
        if len({hop.to_id for hop in case.twins}) >= numbers["friends"]:
            return {
                "friends": len({hop.to_id for hop in case.twins}),
                "by": sorted({hop.by for hop in case.twins}),
            }
        return None

    def say(self, evidence: Mapping[str, Any]) -> str:
        """Tell it."""
        by = [say_link(one) for one in dict.fromkeys(evidence.get("by", []))]
        if "friends" in evidence:
            return (
                f"This friend and {evidence['friends']} other friends of the advocate seem to be"
                f" one party: they share {say_list(by)}."
            )
        people = evidence.get("people", "Several")
        return f"{people} people refer one another in a ring, linked by {say_list(by)}."
