"""Put campaigns that do nothing out of sight, and take them back; nothing is deleted."""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from campaigns.engine.history import WrongState, lock, note
from campaigns.models import Campaign, CampaignChange

RESTING = (Campaign.State.DRAFT, *Campaign.OVER)


@transaction.atomic
def archive(
    *, campaign: Campaign, user: AbstractBaseUser | None, now: datetime
) -> None:
    """
    Leave a campaign out of lists; its numbers go on counting.

    :raises WrongState: if it is at work, or in the archive already
    """
    campaign = lock(campaign)
    if campaign.state not in RESTING or campaign.archived_at is not None:
        raise WrongState(
            f"“{campaign}” can't be archived: it is at work, or in the archive already."
        )
    campaign.archived_at = now
    campaign.save(update_fields=["archived_at"])
    note(campaign, CampaignChange.Change.ARCHIVED, user, now, {})


@transaction.atomic
def restore(
    *, campaign: Campaign, user: AbstractBaseUser | None, now: datetime
) -> None:
    """
    Take a campaign back out of the archive.

    :raises WrongState: if it is not there
    """
    campaign = lock(campaign)
    if campaign.archived_at is None:
        raise WrongState(f"“{campaign}” is not in the archive.")
    campaign.archived_at = None
    campaign.save(update_fields=["archived_at"])
    note(campaign, CampaignChange.Change.RESTORED, user, now, {})
