"""All facts about the people of messages that have been written and may leave."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from audiences.conditions.sql import Fragment
from campaigns.flows.definition import Step, find_step
from campaigns.flows.ladder import is_plain
from campaigns.flows.service import is_service
from campaigns.guardrails.facts import Facts, read_facts, with_numbers
from campaigns.guardrails.fresh import Pass, fresh_until
from campaigns.guardrails.purpose import purpose_of
from campaigns.guardrails.signs import look_up
from campaigns.models import Ask, Message

AT_ONCE = timedelta()


def facts_in_hand(
    messages: Sequence[Message], *, now: datetime, ahead: timedelta = AT_ONCE
) -> tuple[dict[int, Facts], Fragment]:
    """
    Read the facts for messages of one step of one version; who is gone is left out.

    ``ahead`` asks the conditions for so much later, so that what happens meanwhile counts.

    :returns: the facts by message, and what must not come to hold afterwards, over ``contact``
    """
    first = messages[0]
    definition = first.version.definition
    is_ask = first.ask_id is not None
    step = find_step(definition, first.step_key)
    is_news = step is not None and is_service(step)
    purpose = purpose_of(
        first.campaign,
        definition,
        is_ask=is_ask,
        channel=first.channel,
        is_service=is_news,
    )
    contact_ids = sorted({message.contact_id for message in messages})
    facts_read = read_facts(contact_ids, channel=first.channel, is_service=is_news)
    known = with_numbers(facts_read, step or {})
    signs = look_up(purpose, now=now, ahead=ahead)
    held = signs.objections(contact_ids)
    fresh = fresh_until(
        step if step and is_ask else {},
        [
            Pass(one.enrollment_id, one.contact_id, one.visit, one.created_at)
            for one in _beginnings(messages, step if is_ask else None)
        ],
    )
    facts = {
        message.pk: replace(
            known[message.contact_id],
            signs=held.get(message.contact_id, ()),
            fresh_until=fresh.get(message.enrollment_id),
        )
        for message in messages
        if message.contact_id in known
    }
    return facts, signs.since()


def _beginnings(messages: Sequence[Message], step: Step | None) -> list[Message]:
    """
    Keep the messages with which an ask begins: what follows goes on, however late it is.

    One query, if the moment of the step passes and an ask may have more messages.
    """
    if not step or not step.get("freshness_hours") or is_plain(step):
        return list(messages)
    asks = Ask.objects.filter(
        contact_id__in=[one.contact_id for one in messages],
        pk__in=[one.ask_id for one in messages],
    )
    began = dict(asks.values_list("pk", "asked_at"))
    return [one for one in messages if one.created_at <= began[one.ask_id or 0]]
