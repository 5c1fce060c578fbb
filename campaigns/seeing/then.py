"""What a campaign was at a moment: its state and the version that ran, from who did what."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Campaign, CampaignChange, CampaignVersion

Change = CampaignChange.Change
STATES = {
    Change.SCHEDULED: Campaign.State.SCHEDULED,
    Change.UNSCHEDULED: Campaign.State.DRAFT,
    Change.NOT_STARTED: Campaign.State.DRAFT,
    Change.STARTED: Campaign.State.RUNNING,
    Change.PAUSED: Campaign.State.PAUSED,
    Change.RESUMED: Campaign.State.RUNNING,
    Change.CLOSED: Campaign.State.STOPPING,
    Change.STOPPED: Campaign.State.STOPPED,
    Change.FINISHED: Campaign.State.FINISHED,
}

# What each state means to a person: whether it lets him through, and a sentence.
WORDS = {
    Campaign.State.DRAFT: ("no", "The campaign has not been started"),
    Campaign.State.SCHEDULED: ("wait", "The campaign has not started yet"),
    Campaign.State.RUNNING: ("yes", "The campaign runs"),
    Campaign.State.PAUSED: ("wait", "The campaign is paused, so nothing moves"),
    Campaign.State.STOPPING: (
        "yes",
        "The campaign lets nobody in; who is inside goes on",
    ),
    Campaign.State.STOPPED: ("no", "The campaign was stopped"),
    Campaign.State.FINISHED: ("no", "The campaign is finished"),
}
NOT_STARTED = "Not before the campaign is started"
# Why nobody enters.
SHUT = {
    Campaign.State.DRAFT: NOT_STARTED,
    Campaign.State.SCHEDULED: NOT_STARTED,
    Campaign.State.STOPPING: "Nobody enters a campaign that is stopping",
    Campaign.State.STOPPED: "Nobody enters a campaign that was stopped",
    Campaign.State.FINISHED: "Nobody enters a campaign that is finished",
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
        return self.state in Campaign.MOVES

    def says_no_to(self, *, is_inside: bool) -> str:
        """Say why it does not ask somebody; blank if it may."""
        if is_inside and self.state == Campaign.State.STOPPING:
            return ""
        return SHUT.get(Campaign.State(self.state), "")


def standing_now(campaign: Campaign) -> Standing:
    """Say how it stands; no query beyond the version that was fetched with it."""
    since = (
        campaign.stopped_at
        or campaign.paused_at
        or campaign.closed_at
        or campaign.started_at
    )
    return Standing(campaign.state, since, campaign.published)


def standing_at(campaign: Campaign, at: datetime) -> Standing:
    """Say how it stood; three queries."""
    changes = campaign.changes.filter(changed_at__lte=at, change__in=list(STATES))
    last = changes.order_by("changed_at", "pk").last()
    version = _version_at(campaign, at)
    if last is not None:
        # What is resumed goes on as what it was.
        state = last.details.get("state") or STATES[Change(last.change)]
        return Standing(state, last.changed_at, version)
    if campaign.started_at and campaign.started_at <= at:
        return Standing(Campaign.State.RUNNING, campaign.started_at, version)
    return Standing(Campaign.State.DRAFT, None, version)


def _version_at(campaign: Campaign, at: datetime) -> CampaignVersion | None:
    """Find the version that was published: the last one, unless that was taken back."""
    versions = campaign.versions.filter(published_at__lte=at)
    changed = campaign.changes.filter(
        changed_at__lte=at, change__in=[Change.PUBLISHED, Change.UNPUBLISHED]
    )
    last = changed.order_by("changed_at", "pk").last()
    if last is not None and "version" in last.details:
        number = last.details.get("back_to", last.details["version"])
        versions = versions.filter(number=number)
    return versions.order_by("published_at", "number").last()
