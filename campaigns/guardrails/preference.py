"""What the person said: not now, or never."""

from collections.abc import Iterator

from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.reasons import NEVER, SNOOZED, Objection


def object_to(facts: Facts, clock: Clock) -> Iterator[Objection]:
    """Object for ever after a never, and until the snooze ends."""
    if facts.never_since:
        yield Objection(NEVER, details={"since": facts.never_since.isoformat()})
    if facts.snoozed_until and facts.snoozed_until > clock.now:
        yield Objection(SNOOZED, until=facts.snoozed_until)
