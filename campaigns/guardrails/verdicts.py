"""What the guardrails would say of people now, whether or not they stand before an ask."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from campaigns.flows.definition import Document
from campaigns.guardrails.clock import clock_for
from campaigns.guardrails.facts import read_facts
from campaigns.guardrails.gate import FOR_ASKS, Verdict, judge
from campaigns.guardrails.purpose import purpose_of
from campaigns.guardrails.signs import look_up
from campaigns.models import Campaign


def verdicts_of(
    contact_ids: Collection[int],
    *,
    campaign: Campaign,
    document: Document,
    now: datetime,
    channel: str = "email",
) -> dict[int, Verdict]:
    """
    Judge an ask of each of some contacts by a campaign at a moment; who is gone, too.

    How fresh a moment is, is not asked: that is a matter of a pass.
    """
    purpose = purpose_of(campaign, document, is_ask=True, channel=channel)
    facts = read_facts(contact_ids, channel=channel)
    held = look_up(purpose, now=now).objections(contact_ids)
    clock = clock_for(document["settings"], now)
    return {
        contact_id: judge(
            replace(facts[contact_id], signs=held.get(contact_id, ()))
            if contact_id in facts
            else None,
            clock,
            FOR_ASKS,
        )
        for contact_id in contact_ids
    }
