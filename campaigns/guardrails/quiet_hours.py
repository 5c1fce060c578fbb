"""Nothing arrives at night; the night is where the contact lives."""

from collections.abc import Iterator

from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.reasons import QUIET_HOURS, Objection


def object_to(facts: Facts, clock: Clock) -> Iterator[Objection]:
    """Object until the quiet hours of the contact's zone end."""
    opening = clock.opening(facts.zone)
    if opening:
        zone = str(clock.zone(facts.zone))
        yield Objection(QUIET_HOURS, until=opening, details={"time_zone": zone})
