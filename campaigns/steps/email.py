"""Send an email: a request for a referral, or one that asks for nothing."""

from collections import defaultdict
from datetime import datetime
from typing import ClassVar

from campaigns.asks.holds import Candidate
from campaigns.asks.make import Occasion, decide_batch
from campaigns.flows.definition import Step
from campaigns.models import Hold
from campaigns.steps.base import Batch, Outcome, Then

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
        decisions = decide_batch(occasion, batch.candidates)
        outcomes = []
        if decisions.made:
            word = "asked" if batch.step["ask"] else "sent"
            outcomes.append(Outcome(word, decisions.made))
        groups: dict[tuple[Hold.Then, str, datetime | None], list[Candidate]]
        groups = defaultdict(list)
        for held in decisions.held:
            key = (held.then, held.verdict.reason, held.due_at)
            groups[key].append(held.candidate)
        return outcomes + [_held(*key, group) for key, group in groups.items()]

    def describe(self, step: Step) -> str:
        """Say whether it asks, and what happens to who may not be asked."""
        if not step["ask"]:
            return "Send an email that asks for nothing"
        return (
            f"Ask for a referral; who may not be asked now {POLICIES[step['if_held']]}"
        )


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
