"""
Asks that another tool sends: we enroll, make the links, and send nothing, so nobody gets two.

What that tool needs is on the contact as attributes, and in an event that destinations pass on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from campaigns.event_names import ASK_READY
from campaigns.flows.ladder import ELSEWHERE
from campaigns.messaging.letters import find_advocates
from campaigns.messaging.links import links_for
from campaigns.messaging.outbox import tell_delivered
from campaigns.models import Ask, Campaign, Message
from contacts import events
from contacts.attributes.journal import assert_attributes
from contacts.attributes.statements import Assertion

# The attributes that another tool's templates may use.
LINK = "referral_link"
SHARE_PAGE = "referral_share_page"
ASK_PAGE = "referral_ask_page"
CAUSE = "campaign"


def hand_to_another_tool(
    campaign: Campaign, asks: Mapping[int, int], *, now: datetime
) -> None:
    """
    Hand asks to the tool that sends them, by contact; they count as delivered.

    A handful of queries, whatever the number.
    """
    contact_ids, ask_ids = list(asks), list(asks.values())
    own = Message.objects.filter(
        contact_id__in=contact_ids, ask_id__in=ask_ids, channel=ELSEWHERE
    )
    own.filter(state=Message.State.WAITING).update(
        state=Message.State.ACCEPTED, handed_over_at=now, finished_at=now
    )
    Ask.objects.filter(
        contact_id__in=contact_ids, pk__in=ask_ids, delivered_at=None
    ).update(delivered_at=now)
    tell_delivered(*own.select_related("campaign").defer("campaign__draft"), now=now)
    told = _values(campaign, asks)
    assert_attributes(
        [
            Assertion(contact_id, now, f"~ask:{asks[contact_id]}", values, CAUSE)
            for contact_id, values in told.items()
        ],
        now=now,
    )
    events.record_many(_facts(campaign, asks, told, now), now=now)


def _values(campaign: Campaign, asks: Mapping[int, int]) -> dict[int, dict[str, str]]:
    """Make the links of each contact."""
    advocates = find_advocates(list(asks), [campaign.program_id])
    told = {}
    for contact_id, ask_id in asks.items():
        advocate = advocates[contact_id, campaign.program_id]
        links = links_for(advocate, ask_id=ask_id, message_id=0, via=ELSEWHERE)
        told[contact_id] = {
            LINK: links.link,
            SHARE_PAGE: links.share_page,
            ASK_PAGE: links.ask,
        }
    return told


def _facts(
    campaign: Campaign,
    asks: Mapping[int, int],
    told: Mapping[int, dict[str, str]],
    now: datetime,
) -> Sequence[events.Fact]:
    """Say on each timeline that the ask is ready to be sent."""
    return [
        events.Fact(
            contact_id,
            ASK_READY,
            now,
            str(asks[contact_id]),
            {
                "campaign": campaign.name,
                "campaign_id": campaign.pk,
                "program_id": campaign.program_id,
                "ask": asks[contact_id],
                **values,
            },
        )
        for contact_id, values in told.items()
    ]
