"""Law first: an address that may be written to, per channel. Nothing overrides this."""

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

# Shown in the product to who has come to it by himself.
NEEDS_NO_CONSENT = frozenset({"in_app"})


def object_to(facts: Facts, clock: Clock) -> Iterator[Objection]:
    """Object unless the contact agreed and, for email, has an address not suppressed."""
    if facts.channel in NEEDS_NO_CONSENT:
        return
    suppression = ""
    if facts.channel == "email":
        suppression = facts.suppression
        if not facts.address:
            yield Objection(NO_ADDRESS)
    if suppression and suppression != "unsubscribed":
        yield Objection(SUPPRESSED, details={"because": suppression})
    if suppression == "unsubscribed" or facts.consent == "withdrawn":
        yield Objection(UNSUBSCRIBED)
    elif facts.consent != "granted":
        yield Objection(NO_CONSENT)
