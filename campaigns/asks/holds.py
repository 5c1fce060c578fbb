"""Write down whom a guardrail has held, why, and what happens then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from campaigns.guardrails.gate import Verdict
from campaigns.guardrails.reasons import GONE
from campaigns.models import Hold


class Candidate(NamedTuple):
    """An enrollment that stands before a step, and the version that it began with."""

    enrollment_id: int
    contact_id: int
    visit: int
    version_id: int


@dataclass(frozen=True)
class Held:
    """A candidate who gets nothing now, and what the flow does about it."""

    candidate: Candidate
    verdict: Verdict
    then: Hold.Then


def hold(candidate: Candidate, verdict: Verdict, policy: str) -> Held:
    """
    Apply the step's policy to a verdict.

    Where only the hour is wrong everybody waits. Who would have to wait for something that
    time does not bring leaves instead.
    """
    then = Hold.Then(policy)
    if verdict.is_timing:
        then = Hold.Then.WAIT
    elif (
        verdict.reason == GONE or then == Hold.Then.WAIT and verdict.possible_at is None
    ):
        then = Hold.Then.EXIT
    return Held(candidate, verdict, then)


def write_holds(
    held: Sequence[Held], *, campaign_id: int, step_key: str, now: datetime
) -> None:
    """Write a hold for each; one insert per thousand."""
    Hold.objects.bulk_create(
        [
            Hold(
                contact_id=one.candidate.contact_id,
                campaign_id=campaign_id,
                enrollment_id=one.candidate.enrollment_id,
                step_key=step_key,
                visit=one.candidate.visit,
                reason=one.verdict.reason,
                details=details_of(one.verdict),
                held_at=now,
                until=one.verdict.possible_at,
                then=one.then,
            )
            for one in held
        ],
        batch_size=1_000,
        ignore_conflicts=True,
    )


def details_of(verdict: Verdict) -> dict[str, Any]:
    """Keep every objection, the first one first, with what it was based on."""
    return {
        "objections": [
            {
                "reason": objection.reason,
                "until": objection.until.isoformat() if objection.until else None,
                **objection.details,
            }
            for objection in verdict.objections
        ],
    }
