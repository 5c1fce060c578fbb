"""One person through the draft, or through what is published, from any start time."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.flows.findings import Finding
from campaigns.local_time import choose_zone
from campaigns.models import Campaign, CampaignVersion
from campaigns.readiness import review
from campaigns.seeing.journey import Journey, begin, draft_version, travel
from campaigns.seeing.rewind import rewind
from campaigns.seeing.scratch import scratch
from contacts.models import Contact


@dataclass(frozen=True)
class Preview:
    """
    What would happen, and whose clock shows it.

    ``findings`` are what has to be mended in the draft before anybody can go through it; then
    there is no journey.
    """

    zone: str
    zone_is_own: bool
    journey: Journey | None = None
    findings: tuple[Finding, ...] = ()


def preview(
    *,
    campaign: Campaign,
    version: CampaignVersion | None,
    contact: Contact,
    start_at: datetime,
    now: datetime,
    answer: str = "",
) -> Preview:
    """
    Let a person enter at a moment and go through a version, or the draft; writes nothing.

    Of a past moment he is as he was then, and nothing of what he did later has happened.

    :raises Busy: if a worker is at this person at this moment
    """
    document = version.definition if version else campaign.draft
    zone = choose_zone(contact.time_zone, document["settings"]["time_zone"])
    name, is_own = str(zone), str(zone) == contact.time_zone
    blocking = [] if version else [one for one in review(document) if one.blocks]
    # Whom it lets in does not matter here: this person is in it.
    findings = tuple(one for one in blocking if one.part != "trigger")
    if findings:
        return Preview(name, is_own, findings=findings)
    with scratch(contact.pk):
        person = rewind(contact, at=start_at) if start_at < now else contact
        going = begin(version or draft_version(campaign, now=now), person, at=start_at)
        journey = travel(campaign, going, now=start_at, answer=answer)
    return Preview(name, is_own, journey)
