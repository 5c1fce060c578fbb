"""Send a message: a request for a referral, or one that asks for nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from campaigns.asks.holds import Candidate, Held
from campaigns.asks.ladder import Climb, climb
from campaigns.asks.make import Occasion, decide_batch
from campaigns.flows.definition import Step
from campaigns.flows.ladder import (
    ELSEWHERE,
    EMAIL,
    IN_APP,
    is_plain,
    message_text_of,
    rungs_of,
)
from campaigns.flows.service import is_service
from campaigns.models import Hold
from campaigns.steps.base import Batch, Outcome, Then

RUNG_WORDS = {
    IN_APP: "in the product",
    EMAIL: "by email",
    "sms": "by text message",
    "push": "by push notification",
    "other": "by another channel",
    "dm": "in a personal message",
    "call": "in a call",
}
MESSAGES = {
    "sms": "a text message",
    "push": "a push notification",
    "other": "a message by another channel",
}
POLICIES = {
    "wait": "waits until it is allowed",
    "skip": "goes on without it",
    "exit": "leaves the campaign",
}


class EmailStep:
    """An email; what is sent leaves through the outbox."""

    kind: ClassVar[str] = "email"
    label: ClassVar[str] = "Email"

    def run(self, batch: Batch) -> list[Outcome]:
        """Decide about everybody; who is held waits, goes on without it, or leaves."""
        occasion = Occasion(batch.campaign, batch.version, batch.step, batch.now)
        if batch.step["ask"] and not is_plain(batch.step):
            return _climbed(climb(occasion, batch.candidates))
        decisions = decide_batch(occasion, batch.candidates)
        outcomes = []
        if decisions.made:
            word = "asked" if batch.step["ask"] else "sent"
            outcomes.append(Outcome(word, decisions.made))
        return outcomes + _all_held(decisions.held)

    def describe(self, step: Step) -> str:
        """Say whether it asks, and what happens to who may not be asked."""
        if not step["ask"]:
            if is_service(step):
                return "Send a service message: news of the person’s own"
            text = message_text_of(step)
            noun = MESSAGES[text["channel"]] if text else "an email"
            return f"Send {noun} that asks for nothing"
        return f"{_ways(step)}; who may not be asked now {POLICIES[step['if_held']]}"


def _ways(step: Step) -> str:
    """Say by which ways a person is asked, one after the other."""
    if is_plain(step):
        return "Ask for a referral"
    rungs = rungs_of(step)
    if not rungs:
        return "Ask, by no way yet"
    if rungs[0].channel == ELSEWHERE:
        return "Leave the ask to another tool"
    ways = [RUNG_WORDS[rung.channel] for rung in rungs]
    return f"Ask {', then '.join(ways)}"


def _climbed(result: Climb) -> list[Outcome]:
    """Say what becomes of those who were taken up the ladder of an ask."""
    asked, unseen = result.asked, result.unseen
    skipped = {
        held.candidate for held in result.held if held.then == Hold.Then.SKIP
    } & {*asked, *unseen}
    outcomes = [Outcome("asked", asked)] if asked else []
    if unseen:
        outcomes.append(Outcome("unseen", unseen))
    for due_at, group in sorted(result.waiting.items()):
        outcomes.append(Outcome("waits", group, Then.STAY, due_at=due_at))
    return outcomes + _all_held(
        [held for held in result.held if held.candidate not in skipped]
    )


def _all_held(decisions: Sequence[Held]) -> list[Outcome]:
    """Say what becomes of all who are held."""
    groups: dict[tuple[Hold.Then, str, datetime | None], list[Candidate]]
    groups = defaultdict(list)
    for held in decisions:
        key = (held.then, held.verdict.reason, held.due_at)
        groups[key].append(held.candidate)
    return [_held(*key, group) for key, group in groups.items()]


def _held(
    then: Hold.Then,
    reason: str,
    due_at: datetime | None,
    candidates: list[Candidate],
) -> Outcome:
    """Say what becomes of some who are held."""
    ways = {
        Hold.Then.WAIT: Then.STAY,
        Hold.Then.SKIP: Then.NEXT,
        Hold.Then.EXIT: Then.EXIT,
    }
    return Outcome(
        "held",
        candidates,
        ways[then],
        due_at=due_at,
        reason=reason,
        details={"reason": reason},
    )
