"""
The brake of a ramp: the shares of complaints and bounces at which a campaign pauses itself.

``ramp`` of a trigger is {"days": [50, 500], "most_complaints": 0.3, "most_bounces": 5}; the shares
are percent, null for no limit. A ramp that was made before there were brakes has none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_COMPLAINTS = 0.3
MOST_BOUNCES = 5.0
# A share says nothing before so many mails have arrived.
LEAST = 50


@dataclass(frozen=True)
class Brake:
    """At which percent a campaign pauses itself; None for never."""

    most_complaints: float | None = None
    most_bounces: float | None = None

    def reason(self, *, sent: int, complaints: int, bounces: int) -> str:
        """Say why to pause: "complaints", "bounces", or nothing; ``sent`` includes bounces."""
        arrived = sent - bounces
        if _is_over(complaints, arrived, self.most_complaints):
            return "complaints"
        if _is_over(bounces, sent, self.most_bounces):
            return "bounces"
        return ""


def _is_over(count: int, total: int, most: float | None) -> bool:
    """Whether so many of so many are more than a limit in percent."""
    return most is not None and total >= LEAST and count * 100 > most * total


def brake_of(ramp: dict[str, Any] | None) -> Brake | None:
    """Read the brake of a ramp; None if there is none."""
    if not ramp:
        return None
    brake = Brake(ramp.get("most_complaints"), ramp.get("most_bounces"))
    return None if brake == Brake() else brake


def problems_of_brake(ramp: dict[str, Any]) -> Iterator[str]:
    """Say what can't be a limit."""
    for name, words in (("most_complaints", "complaints"), ("most_bounces", "bounces")):
        most = ramp.get(name)
        if most is None:
            continue
        if type(most) not in (int, float) or not 0 <= most < 100:
            yield f"Pause at a share of {words} from 0 to less than 100 percent."


def brake_sentence(ramp: dict[str, Any] | None) -> str:
    """Say when a campaign pauses itself; nothing if it never does."""
    brake = brake_of(ramp)
    if brake is None:
        return ""
    limits = []
    if brake.most_complaints is not None:
        limits.append(f"more than {brake.most_complaints:g}% mark the mail as spam")
    if brake.most_bounces is not None:
        limits.append(f"more than {brake.most_bounces:g}% of the mails bounce")
    return f"Meanwhile it pauses itself if {', or if '.join(limits)}."
