"""Law first: an address that may be written to. Nothing overrides this."""

from collections.abc import Iterator

from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.reasons import (
    NO_ADDRESS,
    NO_CONSENT,
    SUPPRESSED,
    UNSUBSCRIBED,
    Objection,
)


def object_to(facts: Facts, clock: Clock) -> Iterator[Objection]:
    """Object unless the contact has an address, agreed, and it is not suppressed."""
    if not facts.address:
        yield Objection(NO_ADDRESS)
    if facts.suppression and facts.suppression != "unsubscribed":
        yield Objection(SUPPRESSED, details={"because": facts.suppression})
    if facts.suppression == "unsubscribed" or facts.consent == "withdrawn":
        yield Objection(UNSUBSCRIBED)
    elif facts.consent != "granted":
        yield Objection(NO_CONSENT)
