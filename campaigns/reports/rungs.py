"""By which way asks reached people, and which one got the Yes."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from campaigns.flows.ladder import LABELS
from campaigns.models import Answer, Campaign, Message
from campaigns.reports.groups import asks_in_period
from campaigns.reports.period import Period

HANDED_OVER = (Message.State.ACCEPTED, Message.State.UNKNOWN)


@dataclass(frozen=True)
class RungCount:
    """One way: how many asks took it, and how many of them it got a yes."""

    label: str
    handed_over: int
    yes: int


def count_rungs(campaign: Campaign, period: Period) -> list[RungCount]:
    """
    Count the asks of a period by the ways they took, in the order of the ladder.

    Nothing if all went by mail alone. Two queries.
    """
    asks = asks_in_period(period, campaign=campaign)
    messages = Message.objects.filter(
        campaign=campaign, ask_id__in=asks.values("pk"), state__in=HANDED_OVER
    )
    taken = _by(messages, "channel")
    answered = _by(asks.filter(answer=Answer.YES), "answered_via")
    return [
        RungCount(label, taken.get(channel, 0), answered.get(channel, 0))
        for channel, label in LABELS.items()
        if set(taken) - {"email"} and (channel in taken or channel in answered)
    ]


def _by(rows: QuerySet[Any], name: str) -> dict[str, int]:
    """Count rows by one of their fields."""
    return dict(rows.order_by(name).values_list(name).annotate(count=Count("pk")))
