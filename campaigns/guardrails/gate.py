"""Ask every guardrail; the first objection in order is the one that is shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from campaigns.guardrails import cap, consent, preference, quiet_hours
from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.reasons import GONE, ORDER, TIMING, Objection

Guardrail = Callable[[Facts, Clock], Iterable[Objection]]

# A mail that asks for nothing takes no budget and may reach who does not want to be asked.
FOR_MESSAGES: tuple[Guardrail, ...] = (consent.object_to, quiet_hours.object_to)
FOR_ASKS: tuple[Guardrail, ...] = (
    consent.object_to,
    preference.object_to,
    cap.object_to,
    quiet_hours.object_to,
)
# At the hand-over the ask itself has taken the budget.
FOR_ASKS_IN_HAND: tuple[Guardrail, ...] = (
    consent.object_to,
    preference.object_to,
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
        """Whether only the moment is wrong: it passes by itself, and soon."""
        return self.reason in TIMING


PASSED = Verdict(())


def judge(
    facts: Facts | None, clock: Clock, guardrails: Iterable[Guardrail]
) -> Verdict:
    """Ask the guardrails about one contact; None stands for one that is gone."""
    if facts is None:
        return Verdict((Objection(GONE),))
    found = [one for object_to in guardrails for one in object_to(facts, clock)]
    return conclude(found, facts, clock) if found else PASSED


def conclude(found: Iterable[Objection], facts: Facts, clock: Clock) -> Verdict:
    """Put objections in order and work out when all have ended."""
    ordered = sorted(found, key=lambda objection: ORDER[objection.reason])
    return Verdict(tuple(ordered), _possible_at(ordered, facts, clock))


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
