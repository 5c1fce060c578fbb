"""Put a version in the place of another one."""

from datetime import datetime

from campaigns.engine import watch
from campaigns.engine.by_hand import look_up_dates
from campaigns.flows.triggers import DATE, is_one_shot, trigger_of
from campaigns.models import Campaign, CampaignVersion, Moment


def put_in_place(
    campaign: Campaign, version: CampaignVersion, *, now: datetime
) -> None:
    """Let a version be the one that is published; the campaign is locked."""
    before = campaign.published
    campaign.published = version
    campaign.is_one_shot = is_one_shot(trigger_of(version.definition))
    campaign.save(update_fields=["published", "is_one_shot"])
    if campaign.state in Campaign.ALIVE and campaign.closed_at is None:
        watch.watch_campaign(campaign)
        _plan_anew(campaign, before, version, now)


def _plan_anew(
    campaign: Campaign,
    before: CampaignVersion | None,
    version: CampaignVersion,
    now: datetime,
) -> None:
    """Look up the dates again if others are meant, and drop what another trigger planned."""
    old = trigger_of(before.definition) if before else None
    new = trigger_of(version.definition)
    if old and (old["kind"], old["date"]) == (new["kind"], new["date"]):
        return
    gone = Moment.objects.filter(campaign=campaign, waits_for__in=Moment.PLANNED)
    gone._raw_delete(gone.db)
    if new["kind"] == DATE:
        look_up_dates(campaign, now=now)
