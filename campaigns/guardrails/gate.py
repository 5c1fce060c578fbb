"""Ask every guardrail; the first objection in order is the one that is shown."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.guardrails import cap, consent, preference, quiet_hours
from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.reasons import GONE, ORDER, QUIET_HOURS, Objection

# A mail that asks for nothing takes no budget and may reach who does not want to be asked.
FOR_MESSAGES = (consent.object_to, quiet_hours.object_to)
FOR_ASKS = (
    consent.object_to,
    preference.object_to,
    cap.object_to,
    quiet_hours.object_to,
)


@dataclass(frozen=True)
class Verdict:
    """All objections, the first one first, and the moment at which all have ended."""

    objections: tuple[Objection, ...]
    possible_at: datetime | None = None

    @property
    def reason(self) -> str:
        """The primary reason."""
        return self.objections[0].reason

    @property
    def is_timing(self) -> bool:
        """Whether only the hour of the day is wrong."""
        return self.reason == QUIET_HOURS


PASSED = Verdict(())


def judge(facts: Facts | None, clock: Clock, *, is_ask: bool) -> Verdict:
    """Ask every guardrail about one contact; None stands for one that is gone."""
    if facts is None:
        return Verdict((Objection(GONE),))
    guardrails = FOR_ASKS if is_ask else FOR_MESSAGES
    found = [one for object_to in guardrails for one in object_to(facts, clock)]
    if not found:
        return PASSED
    found.sort(key=lambda objection: ORDER[objection.reason])
    return Verdict(tuple(found), _possible_at(found, facts, clock))


def _possible_at(
    objections: list[Objection], facts: Facts, clock: Clock
) -> datetime | None:
    """Give the first moment at which none of them holds; None if one never ends."""
    latest = clock.now
    for objection in objections:
        if objection.until is None:
            return None
        latest = max(latest, objection.until)
    return clock.opening(facts.zone, latest) or latest
