"""
One look at a whole batch of messages, so that the last look at each can be short.

Who passes here is handed over if nothing of what was seen has changed at that instant, which
one statement can tell. Everybody else is judged one by one (``recheck``), with the reason.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from campaigns.flows.definition import find_step
from campaigns.flows.service import is_service
from campaigns.goals import find_reached
from campaigns.guardrails.clock import clock_for
from campaigns.guardrails.facts import Facts
from campaigns.guardrails.gate import judge
from campaigns.guardrails.in_hand import facts_in_hand
from campaigns.guardrails.recheck import guardrails_for, objections_to
from campaigns.models import Enrollment, Message

# What happens while a look lasts must not lie after the moment for which it asks.
AHEAD = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Look:
    """
    What was seen about a message that may leave, and when.

    ``unless`` is SQL over the alias ``contact``, with its values in it: what must not have come
    to hold since.
    """

    facts: Facts
    enrollment_state: str
    end_reason: str
    at: datetime
    unless: str


def look_at(messages: Sequence[Message], *, now: datetime) -> dict[int, Look]:
    """
    Look at messages; those against which something speaks are left out.

    One query for the passes; those of ``look_up``, and three at most, for each step; and two for
    each version that has a goal and an exit condition.
    """
    enrollments = Enrollment.objects.filter(
        pk__in=[message.enrollment_id for message in messages],
        contact_id__in={message.contact_id for message in messages},
    )
    passes_by_id = enrollments.only("pk", "contact_id", "state", "end_reason").in_bulk()
    over = _over(messages, now)
    looks: dict[int, Look] = {}
    for group in _by_step(messages):
        # Its law is another one than the short look's: it is judged one by one.
        if tells_news(group[0]):
            continue
        seen, unless = _look_at_step(group, now)
        for message in group:
            enrollment = passes_by_id.get(message.enrollment_id)
            facts = seen.get(message.pk)
            if enrollment is None or facts is None:
                continue
            if enrollment.pk in over or objections_to(enrollment):
                continue
            look = Look(facts, enrollment.state, enrollment.end_reason, now, unless)
            if passes(message, look, now=now):
                looks[message.pk] = look
    return looks


def tells_news(message: Message) -> bool:
    """Whether it is a service message."""
    step = find_step(message.version.definition, message.step_key)
    return step is not None and is_service(step)


def passes(message: Message, look: Look, *, now: datetime) -> bool:
    """Whether no guardrail objects to a message now, by what was seen; no query."""
    clock = clock_for(message.version.definition["settings"], now)
    return not judge(look.facts, clock, guardrails_for(message)).objections


def _look_at_step(
    messages: Sequence[Message], now: datetime
) -> tuple[dict[int, Facts], str]:
    """Read the facts, and write what must not come to hold as text."""
    facts, since = facts_in_hand(messages, now=now, ahead=AHEAD)
    written = connection.ops.compose_sql(since.text, since.params)  # type: ignore[attr-defined]
    # The text goes into a statement that has values of its own.
    return facts, written.replace("%", "%%")


def _by_step(messages: Sequence[Message]) -> list[list[Message]]:
    """Group messages by what they are for."""
    groups: dict[tuple[object, ...], list[Message]] = defaultdict(list)
    for message in messages:
        key = (message.version_id, message.step_key, message.ask_id is None)
        groups[key, message.channel].append(message)
    return list(groups.values())


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
