"""Ask every guardrail; the first objection in order is the one that is shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.guardrails import cap, consent, preference, quiet_hours, signs
from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.reasons import (
    GLOBAL_STOP,
    GONE,
    INCIDENT,
    OPEN_ENDED,
    ORDER,
    STALE_MOMENT,
    TIMING,
    Objection,
)

Guardrail = Callable[[Facts, Clock], Iterable[Objection]]

# A mail that asks for nothing takes no budget and may reach who does not want to be asked.
FOR_MESSAGES: tuple[Guardrail, ...] = (
    consent.object_to,
    signs.object_to,
    quiet_hours.object_to,
)
FOR_ASKS: tuple[Guardrail, ...] = (
    consent.object_to,
    signs.object_to,
    preference.object_to,
    cap.object_to,
    quiet_hours.object_to,
)
# At the hand-over the ask itself has taken the budget.
FOR_ASKS_IN_HAND: tuple[Guardrail, ...] = (
    consent.object_to,
    signs.object_to,
    preference.object_to,
    quiet_hours.object_to,
)

# What another system is told reaches nobody: only the stop of everything holds it.
FOR_WEBHOOKS: tuple[Guardrail, ...] = (signs.object_to,)

# When it is not known when something ends, it is looked at again after this.
LOOK_AGAIN = timedelta(minutes=30)
# Many who waited for the same thing go on within this, and not at the same instant.
SPREAD_MINUTES = 60


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
    def is_stale(self) -> bool:
        """Whether it is too late, or will be once it is possible."""
        return any(one.reason == STALE_MOMENT for one in self.objections)

    @property
    def is_timing(self) -> bool:
        """Whether only the moment is wrong: it passes by itself, and soon."""
        return self.reason in TIMING and not self.is_stale

    @property
    def may_end(self) -> bool:
        """Whether all that speaks against it may come to an end."""
        return not self.is_stale and all(
            one.until is not None or one.reason in OPEN_ENDED for one in self.objections
        )

    def look_again_at(self, contact_id: int, clock: Clock) -> datetime:
        """
        Say when to look at somebody again who waits.

        Who waits for an incident, or for something whose end nobody knows, goes on at some
        minute of the hour after it, so that an end brings no flood.
        """
        spread = timedelta(minutes=contact_id % SPREAD_MINUTES)
        if self.is_timing:
            # What else there is, is judged by the step once this has passed.
            first = self.objections[0]
            if first.until is None:
                return clock.now + LOOK_AGAIN + spread
            if first.reason in (INCIDENT, GLOBAL_STOP):
                return first.until + spread
        if self.possible_at is None:
            return clock.now + LOOK_AGAIN + spread
        return self.possible_at


PASSED = Verdict(())


def judge(
    facts: Facts | None, clock: Clock, guardrails: Iterable[Guardrail]
) -> Verdict:
    """Ask the guardrails about one contact; None stands for one that is gone."""
    if facts is None:
        return Verdict((Objection(GONE),))
    found = [one for object_to in guardrails for one in object_to(facts, clock)]
    if not found and (facts.fresh_until is None or clock.now <= facts.fresh_until):
        return PASSED
    return conclude(found, facts, clock)


def conclude(found: Iterable[Objection], facts: Facts, clock: Clock) -> Verdict:
    """
    Put objections in order and work out when all have ended.

    If that is after the moment has passed, the moment has passed.
    """
    gathered = list(found)
    possible_at = _possible_at(gathered, facts, clock)
    fresh_until = facts.fresh_until
    if fresh_until and max(possible_at or clock.now, clock.now) > fresh_until:
        late = possible_at if possible_at and clock.now <= fresh_until else None
        gathered.append(_stale(fresh_until, late))
        possible_at = None
    ordered = sorted(gathered, key=lambda objection: ORDER[objection.reason])
    return Verdict(tuple(ordered), possible_at)


def _stale(fresh_until: datetime, possible_at: datetime | None) -> Objection:
    """Object that the moment has passed, or will have once it is possible."""
    details = {"fresh_until": fresh_until.isoformat()}
    if possible_at:
        details["possible_at"] = possible_at.isoformat()
    return Objection(STALE_MOMENT, details=details)


def _possible_at(
    objections: list[Objection], facts: Facts, clock: Clock
) -> datetime | None:
    """Give the first moment at which none of them holds; None if nobody knows it."""
    latest = clock.now
    for objection in objections:
        if objection.until is None:
            return None
        latest = max(latest, objection.until)
    return clock.opening(facts.zone, latest) or latest
