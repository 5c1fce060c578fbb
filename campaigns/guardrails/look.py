"""
One look at a whole batch of messages, so that the last look at each can be short.

Who passes here is handed over if nothing of what was seen has changed at that instant, which
one statement can tell. Everybody else is judged one by one (``recheck``), with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.goals import find_reached
from campaigns.guardrails.clock import clock_for
from campaigns.guardrails.facts import Facts, read_facts
from campaigns.guardrails.gate import judge
from campaigns.guardrails.recheck import guardrails_for, objections_to
from campaigns.models import Enrollment, Message


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen about a message that may leave, and when."""

    facts: Facts
    enrollment_state: str
    end_reason: str
    at: datetime


def look_at(messages: Sequence[Message], *, now: datetime) -> dict[int, Look]:
    """
    Look at messages; those against which something speaks are left out.

    Two queries, and two for each version that has a goal and an exit condition.
    """
    facts = read_facts({message.contact_id for message in messages})
    rows = Enrollment.objects.filter(
        pk__in=[message.enrollment_id for message in messages],
        contact_id__in=list(facts),
    ).only("pk", "contact_id", "state", "end_reason")
    enrollments = {enrollment.pk: enrollment for enrollment in rows}
    over = _over(messages, now)
    looks = {}
    for message in messages:
        enrollment = enrollments.get(message.enrollment_id)
        if enrollment is None or enrollment.pk in over or objections_to(enrollment):
            continue
        look = Look(
            facts[message.contact_id], enrollment.state, enrollment.end_reason, now
        )
        if passes(message, look, now=now):
            looks[message.pk] = look
    return looks


def passes(message: Message, look: Look, *, now: datetime) -> bool:
    """Whether no guardrail objects to a message now, by what was seen; no query."""
    clock = clock_for(message.version.definition["settings"], now)
    return not judge(look.facts, clock, guardrails_for(message)).objections


def _over(messages: Sequence[Message], now: datetime) -> set[int]:
    """Find the enrollments that have reached the goal or met the exit condition."""
    over: set[int] = set()
    for version_id in sorted({message.version_id for message in messages}):
        own = [message for message in messages if message.version_id == version_id]
        reached = find_reached(
            document=own[0].version.definition,
            enrollment_ids=[message.enrollment_id for message in own],
            contact_ids=[message.contact_id for message in own],
            now=now,
        )
        over |= reached.goal | reached.exit
    return over
