"""Lock a campaign before its state changes, and remember who changed it."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from campaigns.models import Campaign, CampaignChange


class WrongState(ValueError):
    """The campaign is not in a state in which this can be done; the message says so."""


def lock(campaign: Campaign) -> Campaign:
    """Lock the row of a campaign, against batches and other users."""
    return (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("published")
        .get(pk=campaign.pk)
    )


def note(
    campaign: Campaign,
    change: CampaignChange.Change,
    user: AbstractBaseUser | None,
    now: datetime,
    details: dict[str, Any],
) -> None:
    """Keep who did it."""
    CampaignChange.objects.create(
        campaign=campaign,
        change=change,
        changed_at=now,
        changed_by_id=user.pk if user else None,
        details=details,
    )
