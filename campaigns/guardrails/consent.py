"""Law first: an address that may be written to, per channel. Nothing overrides this."""

from collections.abc import Iterator

from campaigns.flows.ladder import BY_ANOTHER, SMS
from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.reasons import (
    NO_ADDRESS,
    NO_CONSENT,
    SUPPRESSED,
    UNSUBSCRIBED,
    Objection,
)

NEEDS_AN_ADDRESS = frozenset({"email", SMS})
# Who calls our mail spam, or is kept off by hand, gets no text message instead.
FOR_ALL_CHANNELS = frozenset({"complained", "manual"})
# Shown in the product to who has come to it by himself.
NEEDS_NO_CONSENT = frozenset({"in_app"})


def object_to(facts: Facts, clock: Clock) -> Iterator[Objection]:
    """Object unless the contact agreed and, where it takes one, has an address not suppressed."""
    if facts.channel in NEEDS_NO_CONSENT:
        return
    if facts.is_service:
        yield from _object_to_service(facts)
        return
    suppression = ""
    if facts.channel in NEEDS_AN_ADDRESS and not facts.address:
        yield Objection(NO_ADDRESS)
    if facts.channel == "email" or (
        facts.channel in BY_ANOTHER and facts.suppression in FOR_ALL_CHANNELS
    ):
        suppression = facts.suppression
    suppression = suppression or facts.silenced_number
    if suppression and suppression != "unsubscribed":
        yield Objection(SUPPRESSED, details={"because": suppression})
    if suppression == "unsubscribed" or facts.consent == "withdrawn":
        yield Objection(UNSUBSCRIBED)
    elif facts.consent != "granted":
        yield Objection(NO_CONSENT)


def _object_to_service(facts: Facts) -> Iterator[Objection]:
    """
    Object to news of a person's own only where no mail may go, or he has stopped everything.

    It needs no consent to marketing, and is not stopped by its withdrawal.
    """
    if not facts.address:
        yield Objection(NO_ADDRESS)
    for why in (facts.suppression, facts.silenced_number):
        if why not in ("", "unsubscribed"):
            yield Objection(SUPPRESSED, details={"because": why})
            break
    if facts.consent == "withdrawn":
        yield Objection(UNSUBSCRIBED)
