"""One ask per ninety days of the contact's own calendar, across all campaigns."""

from collections.abc import Iterator

from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.reasons import CAP, Objection


def object_to(facts: Facts, clock: Clock) -> Iterator[Objection]:
    """Object until the first day on which the budget has a unit again."""
    if facts.next_on and clock.today(facts.zone) < facts.next_on:
        yield Objection(
            CAP,
            until=clock.start_of(facts.next_on, facts.zone),
            details={
                "last_asked_on": str(facts.last_asked_on),
                "next_on": str(facts.next_on),
            },
        )
