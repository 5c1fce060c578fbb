"""Let go who has reached the goal or met the exit condition, before any step moves."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from campaigns.asks.holds import Candidate
from campaigns.engine import ending, reaching
from campaigns.engine.versions import version_of
from campaigns.event_names import CAMPAIGN_CONVERTED
from campaigns.goals import find_reached
from campaigns.guardrails.reasons import EXIT_MET, GOAL_MET
from campaigns.models import Campaign, Enrollment
from contacts import events


def let_go(
    campaign: Campaign, claimed: Sequence[Candidate], *, now: datetime
) -> set[int]:
    """
    End the passes whose goal is reached or whose exit condition holds.

    Two queries per version that has them. Unclaimed messages are canceled.

    :returns: ids of the enrollments that are over
    """
    gone: set[int] = set()
    by_version: dict[int, list[Candidate]] = defaultdict(list)
    for one in claimed:
        by_version[one.version_id].append(one)
    for version_id, group in by_version.items():
        document = version_of(version_id).definition
        if not (document["goal"]["condition"] or document["exit"]["condition"]):
            continue
        reached = find_reached(
            document=document,
            enrollment_ids=[one.enrollment_id for one in group],
            contact_ids=[one.contact_id for one in group],
            now=now,
        )
        converted = [one for one in group if one.enrollment_id in reached.goal]
        left = [one for one in group if one.enrollment_id in reached.exit]
        convert(campaign, converted, now=now)
        leave(left, now=now)
        gone |= reached.goal | reached.exit
    return gone


def convert(campaign: Campaign, claimed: Sequence[Candidate], *, now: datetime) -> None:
    """End passes at their goal, and tell it to the timeline and the audiences."""
    if not claimed:
        return
    reaching.note_converted(claimed, now=now)
    ended = ending.end_enrollments(
        enrollment_ids=[one.enrollment_id for one in claimed],
        contact_ids=[one.contact_id for one in claimed],
        state=Enrollment.State.CONVERTED,
        reason=ending.GOAL,
        cause=GOAL_MET,
        now=now,
    )
    events.record_many(
        [
            events.Fact(
                contact_id,
                CAMPAIGN_CONVERTED,
                now,
                str(enrollment_id),
                {"campaign": campaign.name, "campaign_id": campaign.pk},
            )
            for enrollment_id, contact_id in ended
        ],
        now=now,
    )


def leave(claimed: Sequence[Candidate], *, now: datetime) -> None:
    """End passes by the exit condition."""
    if claimed:
        ending.end_enrollments(
            enrollment_ids=[one.enrollment_id for one in claimed],
            contact_ids=[one.contact_id for one in claimed],
            state=Enrollment.State.EXITED,
            reason=ending.EXIT,
            cause=EXIT_MET,
            now=now,
        )
