"""Every guardrail's verdict on one person at a moment, with what it was based on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.guardrails.clock import Clock, clock_for
from campaigns.guardrails.facts import Facts, read_facts
from campaigns.guardrails.gate import FOR_ASKS, FOR_MESSAGES, Verdict, judge
from campaigns.guardrails.reasons import (
    CAMPAIGN_PAUSED,
    CAMPAIGN_STOPPED,
    CAP,
    EXIT_MET,
    GOAL_MET,
    GONE,
    LABELS,
    NEVER,
    NO_ADDRESS,
    NO_CONSENT,
    ORDER,
    QUIET_HOURS,
    SNOOZED,
    SUPPRESSED,
    UNSUBSCRIBED,
    Objection,
)

# Asked at the hand-over only, or of somebody who is not there.
ELSEWHERE = frozenset({GONE, CAMPAIGN_STOPPED, CAMPAIGN_PAUSED, GOAL_MET, EXIT_MET})
# Those that also hold a message that asks for nothing.
OF_MESSAGES = frozenset({NO_ADDRESS, SUPPRESSED, UNSUBSCRIBED, NO_CONSENT, QUIET_HOURS})
# What is so where a guardrail has nothing against it.
PASSED: dict[str, str] = {
    NO_ADDRESS: "Has an email address",
    SUPPRESSED: "The address is not suppressed",
    UNSUBSCRIBED: "Has not unsubscribed",
    NO_CONSENT: "Agreed to get email",
    NEVER: "Never told us to stop asking",
    SNOOZED: "No “not now” is running",
    CAP: "Was not asked in the last 90 days",
    QUIET_HOURS: "It is day where the contact lives",
}
WHEN = "%-d %B %Y, %H:%M"


@dataclass(frozen=True)
class Line:
    """
    A guardrail, whether it speaks against the message, and why.

    ``until`` is when it stops by itself; ``is_first`` marks the reason that is shown.
    """

    code: str
    holds_back: bool
    text: str
    based_on: str = ""
    until: datetime | None = None
    is_first: bool = False

    @property
    def is_for_good(self) -> bool:
        """Whether waiting does not help."""
        return self.holds_back and self.until is None


@dataclass(frozen=True)
class Verdicts:
    """What all guardrails say, in their order, and what comes of it."""

    lines: tuple[Line, ...]
    verdict: Verdict
    zone: str

    @property
    def passes(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.verdict.objections

    @property
    def against(self) -> list[Line]:
        """List what speaks against it."""
        return [line for line in self.lines if line.holds_back]

    @property
    def first(self) -> Line | None:
        """Give the reason that is shown."""
        return next((line for line in self.lines if line.is_first), None)


def ask_guardrails(
    contact_id: int,
    *,
    document: Mapping[str, Any],
    now: datetime,
    is_ask: bool = True,
) -> Verdicts:
    """Ask every guardrail about a message to one person at a moment; one query."""
    facts = read_facts([contact_id]).get(contact_id)
    clock = clock_for(document["settings"], now)
    verdict = judge(facts, clock, FOR_ASKS if is_ask else FOR_MESSAGES)
    zone = str(clock.zone(facts.zone if facts else ""))
    return Verdicts(tuple(_lines(verdict, facts, clock, is_ask)), verdict, zone)


def _lines(
    verdict: Verdict, facts: Facts | None, clock: Clock, is_ask: bool
) -> Iterator[Line]:
    """Write a line for each guardrail that was asked, in their order."""
    said = {one.reason: one for one in verdict.objections}
    asked = set(LABELS) - ELSEWHERE if is_ask else OF_MESSAGES
    for code in sorted(asked | said.keys(), key=lambda code: ORDER[code]):
        objection = said.get(code)
        if objection is None and _is_other_half(code, said):
            continue
        yield Line(
            code=code,
            holds_back=objection is not None,
            text=LABELS[code]
            if objection
            else PASSED.get(code, f"Not: {LABELS[code]}"),
            based_on=_basis(code, objection, facts, clock),
            until=objection.until if objection else None,
            is_first=bool(said) and code == verdict.reason,
        )


def _is_other_half(code: str, said: Mapping[str, Objection]) -> bool:
    """Whether the line would say the opposite of one that is there."""
    return (code, True) in {
        (NO_CONSENT, UNSUBSCRIBED in said),
        (UNSUBSCRIBED, NO_CONSENT in said),
    }


def _basis(
    code: str, objection: Objection | None, facts: Facts | None, clock: Clock
) -> str:
    """Say what the verdict was based on."""
    own = BASES.get(code)
    if own is not None and facts is not None:
        return own(facts, clock)
    details = objection.details if objection else {}
    return ", ".join(
        f"{name.replace('_', ' ')}: {value}" for name, value in details.items() if value
    )


def _address(facts: Facts, clock: Clock) -> str:
    """Name the address."""
    return facts.address


def _suppression(facts: Facts, clock: Clock) -> str:
    """Say why the address is suppressed."""
    return facts.suppression.replace("_", " ").capitalize()


def _consent(facts: Facts, clock: Clock) -> str:
    """Say what consent there is."""
    return f"Consent: {facts.consent or 'none'}"


def _never(facts: Facts, clock: Clock) -> str:
    """Say since when."""
    return f"Since {facts.never_since:{WHEN}} UTC" if facts.never_since else ""


def _snooze(facts: Facts, clock: Clock) -> str:
    """Say until when a "not now" holds, or held."""
    if facts.snoozed_until is None:
        return ""
    verb = "Snoozed" if facts.snoozed_until > clock.now else "Was snoozed"
    local = facts.snoozed_until.astimezone(clock.zone(facts.zone))
    return f"{verb} until {local:{WHEN}}"


def _last_ask(facts: Facts, clock: Clock) -> str:
    """Say when the last ask was, and when the next may be."""
    if facts.last_asked_on is None:
        return (
            f"Next ask allowed on {facts.next_on:%-d %B %Y}"
            if facts.next_on
            else "Never asked"
        )
    last = f"Last asked on {facts.last_asked_on:%-d %B %Y}"
    if facts.next_on is None:
        return last
    return f"{last}, next ask allowed on {facts.next_on:%-d %B %Y}"


def _hour(facts: Facts, clock: Clock) -> str:
    """Say what time it is there, and how we know the zone."""
    zone = clock.zone(facts.zone)
    known = "" if str(zone) == facts.zone else ", the campaign’s own zone"
    quiet = f"quiet from {clock.quiet_from:%H:%M} to {clock.quiet_until:%H:%M}"
    return f"{clock.now.astimezone(zone):%H:%M} in {zone}{known}; {quiet}"


BASES: dict[str, Callable[[Facts, Clock], str]] = {
    NO_ADDRESS: _address,
    SUPPRESSED: _suppression,
    UNSUBSCRIBED: _consent,
    NO_CONSENT: _consent,
    NEVER: _never,
    SNOOZED: _snooze,
    CAP: _last_ask,
    QUIET_HOURS: _hour,
}
