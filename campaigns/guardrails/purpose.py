"""What is to be done, of which the guardrails are asked."""

from dataclasses import dataclass

from campaigns.flows.definition import Document
from campaigns.guardrails.reasons import MAY_BE_OFF
from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class Purpose:
    """
    An ask, or a message that asks for nothing, of a campaign, on a channel.

    ``off`` holds the codes of the guardrails that the campaign does without.
    """

    campaign_id: int
    priority: int
    is_ask: bool
    channel: str = "email"
    off: frozenset[str] = frozenset()
    # News of the person's own: campaigns.flows.service.
    is_service: bool = False


def purpose_of(
    campaign: Campaign,
    document: Document,
    *,
    is_ask: bool,
    channel: str = "email",
    is_service: bool = False,
) -> Purpose:
    """Say what a campaign is up to, by the version that somebody is in."""
    off = frozenset(document["guardrails"]["off"])
    # Whatever a file says: law, and what a person has said, hold.
    may_be_off = off.intersection(MAY_BE_OFF)
    return Purpose(
        campaign.pk, campaign.priority, is_ask, channel, may_be_off, is_service
    )
