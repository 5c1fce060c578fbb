"""Write down whom a guardrail has held, why, and what happens then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from campaigns.guardrails.clock import Clock
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
    due_at: datetime | None = None


def hold(candidate: Candidate, verdict: Verdict, policy: str, clock: Clock) -> Held:
    """
    Apply the step's policy to a verdict.

    Where only the hour is wrong everybody waits. Who would have to wait for something that
    time does not bring, or until the moment has passed, leaves instead.
    """
    then = Hold.Then(policy)
    if verdict.is_timing:
        then = Hold.Then.WAIT
    elif verdict.reason == GONE or then == Hold.Then.WAIT and not verdict.may_end:
        then = Hold.Then.EXIT
    if then != Hold.Then.WAIT:
        return Held(candidate, verdict, then)
    due_at = verdict.look_again_at(candidate.contact_id, clock)
    return Held(candidate, verdict, then, due_at)


def write_holds(
    held: Sequence[Held], *, campaign_id: int, step_key: str, now: datetime
) -> None:
    """
    Write a hold for each; one insert per thousand.

    Who was looked at again and still waits for the same, with no end known, has his hold already.
    """
    known = _still_held(held)
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
            if (one.candidate.enrollment_id, one.verdict.reason) not in known
        ],
        batch_size=1_000,
        ignore_conflicts=True,
    )


def _still_held(held: Sequence[Held]) -> set[tuple[int, str]]:
    """Name who waits, as he did before; one query if anybody waits without an end."""
    endless = [
        one.candidate
        for one in held
        if one.then == Hold.Then.WAIT and one.verdict.possible_at is None
    ]
    if not endless:
        return set()
    visits = {one.enrollment_id: one.visit for one in endless}
    rows = Hold.objects.filter(
        contact_id__in=[one.contact_id for one in endless],
        enrollment_id__in=list(visits),
        then=Hold.Then.WAIT,
        until=None,
    ).values_list("enrollment_id", "reason", "visit")
    return {(pk, reason) for pk, reason, visit in rows if visits[pk] == visit}


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
