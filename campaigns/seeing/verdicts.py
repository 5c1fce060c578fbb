"""Every guardrail's verdict on one person at a moment, with what it was based on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from audiences.explain import Explanation, explain
from campaigns.asks.holds import Candidate
from campaigns.asks.ladder import OF_THE_CHANNEL, guardrails_of, law_of
from campaigns.asks.make import Occasion, read_for
from campaigns.flows.ladder import rungs_of
from campaigns.guardrails.clock import Clock
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.gate import FOR_MESSAGES, Verdict, judge
from campaigns.guardrails.gate import PASSED as NOTHING_AGAINST
from campaigns.guardrails.reasons import (
    BELOW_ENGAGEMENT,
    CAMPAIGN_PAUSED,
    CAMPAIGN_STOPPED,
    CAP,
    CHURN_RISK,
    EXIT_MET,
    GLOBAL_STOP,
    GOAL_MET,
    GONE,
    INCIDENT,
    LABELS,
    LOST_TO,
    LOW_SATISFACTION,
    NEVER,
    NO_ADDRESS,
    NO_CONSENT,
    OPEN_TICKET,
    ORDER,
    QUIET_HOURS,
    RECENT_TICKET,
    SNOOZED,
    STALE_MOMENT,
    SUPPRESSED,
    TEST_CONTACT,
    THROTTLED,
    UNSUBSCRIBED,
    Objection,
)
from campaigns.guardrails.rules import rules_in_force
from campaigns.models import Ask

# Asked at the hand-over only, or of somebody who is not there.
ELSEWHERE = frozenset(
    {GONE, CAMPAIGN_STOPPED, CAMPAIGN_PAUSED, GOAL_MET, EXIT_MET, THROTTLED}
)
# Those that also hold a message that asks for nothing.
OF_MESSAGES = frozenset(
    {
        TEST_CONTACT,
        NO_ADDRESS,
        SUPPRESSED,
        UNSUBSCRIBED,
        NO_CONSENT,
        GLOBAL_STOP,
        QUIET_HOURS,
    }
)
# What is so where a guardrail has nothing against it.
PASSED: dict[str, str] = {
    TEST_CONTACT: "Is no test contact",
    NO_ADDRESS: "Has an email address",
    SUPPRESSED: "The address is not suppressed",
    UNSUBSCRIBED: "Has not unsubscribed",
    NO_CONSENT: "Agreed to get email",
    GLOBAL_STOP: "Nothing is stopped",
    INCIDENT: "No incident concerns this person",
    NEVER: "Never told us to stop asking",
    SNOOZED: "No “not now” is running",
    OPEN_TICKET: "Has no open ticket",
    RECENT_TICKET: "Had no ticket in the last 14 days",
    LOW_SATISFACTION: "No sign of being dissatisfied",
    CHURN_RISK: "No sign of leaving",
    BELOW_ENGAGEMENT: "Uses the product enough",
    CAP: "Was not asked in the last 90 days",
    LOST_TO: "No campaign of higher priority has the person waiting",
    STALE_MOMENT: "The moment is fresh",
    QUIET_HOURS: "It is day where the contact lives",
}
WHEN = "%-d %B %Y, %H:%M"


@dataclass(frozen=True)
class Line:
    """
    A guardrail, whether it speaks against the message, and why.

    ``until`` is when it stops by the mere passing of time; ``is_first`` marks the reason that
    is shown; ``explanation`` is the condition by which it is read, leaf by leaf.
    """

    code: str
    holds_back: bool
    text: str
    based_on: str = ""
    until: datetime | None = None
    is_first: bool = False
    explanation: Explanation | None = None


@dataclass(frozen=True)
class Verdicts:
    """
    What all guardrails say, in their order, and what comes of it.

    ``opens_at`` is when time alone has ended all that speaks against it; None if it does not.
    """

    lines: tuple[Line, ...]
    verdict: Verdict
    zone: str
    opens_at: datetime | None = None
    off: frozenset[str] = field(default_factory=frozenset)

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


def ask_guardrails(occasion: Occasion, candidate: Candidate) -> Verdicts:
    """
    Ask every guardrail about a message of a step to one person, as the step would.

    Also about who has no pass yet, whose ``enrollment_id`` is 0: for him the moment is fresh.
    """
    is_ask = occasion.step["ask"]
    facts, verdict = _judge(occasion, candidate)
    clock = occasion.clock
    off = occasion.version.definition.get("guardrails", {}).get("off", ())
    cards = _explain(verdict, candidate.contact_id, clock.now)
    lines = tuple(_lines(verdict, facts, clock, is_ask, frozenset(off), cards))
    zone = facts.zone if facts else ""
    return Verdicts(
        lines=lines,
        verdict=verdict,
        zone=str(clock.zone(zone)),
        opens_at=_opens_at(lines, clock, zone),
        off=frozenset(off),
    )


def _judge(occasion: Occasion, candidate: Candidate) -> tuple[Facts | None, Verdict]:
    """Judge as the step does: of an ask on the first rung that the law lets it take."""
    contact_id, clock = candidate.contact_id, occasion.clock
    if not occasion.step["ask"]:
        [way] = rungs_of(occasion.step)
        known = read_for(occasion, [candidate], channel=way.channel)
        facts = known.get(contact_id)
        return facts, judge(facts, clock, FOR_MESSAGES)
    is_first = not Ask.objects.filter(
        contact_id=contact_id,
        enrollment_id=candidate.enrollment_id,
        visit=candidate.visit,
    ).exists()
    refused: tuple[Facts | None, Verdict] | None = None
    for rung in rungs_of(occasion.step):
        known = read_for(occasion, [candidate], channel=law_of(rung.channel))
        facts = known.get(contact_id)
        verdict = judge(facts, clock, guardrails_of(rung.channel, is_first))
        if not verdict.objections or verdict.reason not in OF_THE_CHANNEL:
            return facts, verdict
        refused = refused or (facts, verdict)
    return refused or (None, NOTHING_AGAINST)


def _explain(
    verdict: Verdict, contact_id: int, now: datetime
) -> dict[str, Explanation]:
    """Explain the signs that hold, by the conditions that they are read by."""
    said = {one.reason for one in verdict.objections if one.until is None}
    if not said:
        return {}
    return {
        rule.code: explain(condition, contact_id, as_of=now)
        for rule, condition in rules_in_force().rules
        if rule.code in said
    }


def _opens_at(lines: tuple[Line, ...], clock: Clock, zone: str) -> datetime | None:
    """Say when time alone has ended everything, and it is day."""
    against = [line for line in lines if line.holds_back]
    ends = [line.until for line in against if line.until]
    if len(ends) < len(against):
        return None
    latest = max([clock.now, *ends])
    return clock.opening(zone, latest) or latest


def _lines(
    verdict: Verdict,
    facts: Facts | None,
    clock: Clock,
    is_ask: bool,
    off: frozenset[str],
    cards: Mapping[str, Explanation],
) -> Iterator[Line]:
    """Write a line for each guardrail that was asked, in their order."""
    said = {one.reason: one for one in verdict.objections}
    asked = set(LABELS) - ELSEWHERE - off if is_ask else OF_MESSAGES
    for code in sorted(asked | said.keys(), key=lambda code: ORDER[code]):
        objection = said.get(code)
        if objection is None:
            if not _is_other_half(code, said):
                text = PASSED.get(code, f"Not so: {LABELS[code]}")
                yield Line(code, False, text, _basis(code, None, facts, clock))
            continue
        card = cards.get(code)
        yield Line(
            code=code,
            holds_back=True,
            text=LABELS[code],
            based_on=_basis(code, objection, facts, clock),
            until=objection.until or (card.change.at if card else None),
            is_first=code == verdict.reason,
            explanation=card,
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
        str(details[name]) for name in ("title", "campaign") if details.get(name)
    )


def _address(facts: Facts, clock: Clock) -> str:
    """Name the address."""
    return facts.address


def _suppression(facts: Facts, clock: Clock) -> str:
    """Say why the address is suppressed."""
    why = facts.suppression or facts.silenced_number
    return why.replace("_", " ").capitalize()


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


def _fresh(facts: Facts, clock: Clock) -> str:
    """Say until when the moment is, or was, fresh."""
    if facts.fresh_until is None:
        return "It has no limit"
    local = facts.fresh_until.astimezone(clock.zone(facts.zone))
    return f"Fresh until {local:{WHEN}}"


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
    STALE_MOMENT: _fresh,
    QUIET_HOURS: _hour,
}
