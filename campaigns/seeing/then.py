"""What a campaign was at a moment: its state and the version that ran, from who did what."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Campaign, CampaignChange, CampaignVersion

Change = CampaignChange.Change
STATES = {
    Change.STARTED: Campaign.State.RUNNING,
    Change.PAUSED: Campaign.State.PAUSED,
    Change.RESUMED: Campaign.State.RUNNING,
    Change.STOPPED: Campaign.State.STOPPED,
}


@dataclass(frozen=True)
class Standing:
    """A campaign at a moment: its state, since when, and the version that let people in."""

    state: str
    since: datetime | None
    version: CampaignVersion | None

    @property
    def is_running(self) -> bool:
        """Whether people moved."""
        return self.state == Campaign.State.RUNNING


def standing_now(campaign: Campaign) -> Standing:
    """Say how it stands; no query beyond the version that was fetched with it."""
    since = campaign.stopped_at or campaign.paused_at or campaign.started_at
    return Standing(campaign.state, since, campaign.published)


def standing_at(campaign: Campaign, at: datetime) -> Standing:
    """Say how it stood; two queries."""
    changes = campaign.changes.filter(changed_at__lte=at, change__in=list(STATES))
    last = changes.order_by("changed_at", "pk").last()
    version = (
        campaign.versions.filter(published_at__lte=at)
        .order_by("published_at", "number")
        .last()
    )
    if last is not None:
        return Standing(STATES[Change(last.change)], last.changed_at, version)
    if campaign.started_at and campaign.started_at <= at:
        return Standing(Campaign.State.RUNNING, campaign.started_at, version)
    return Standing(Campaign.State.DRAFT, None, version)
