"""
Pause a campaign whose first mails meet complaints or bounces.

Only while its ramp goes on, and for a day after it, since complaints take their time. Counted are
the mails that were handed over since the start, or since it was last resumed: whoever resumes a
campaign has seen the numbers, and only new trouble stops it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Min, Q, QuerySet

from campaigns.engine.lifecycle import pause
from campaigns.engine.versions import version_of
from campaigns.flows.ramps import Brake, brake_of
from campaigns.flows.triggers import trigger_of
from campaigns.local_time import choose_zone, local_day
from campaigns.models import Campaign, CampaignChange
from contacts.background import Backlog

PERIOD = timedelta(minutes=1)
WORDS = {
    "complaints": "marked the mail as spam",
    "bounces": "have an address that does not work",
}

# Counts the mails of a campaign that were handed over since a moment, those of which complaints
# came, and those that came back for good. Leans on messages_of_campaign and
# one_fact_of_a_message.
COUNT = """
SELECT count(*),
    count(*) FILTER (WHERE fact.complained),
    count(*) FILTER (WHERE message.cause IN ('bounced', 'address_unknown', 'address_invalid'))
FROM campaigns_message AS message
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM campaigns_messagefact AS complaint
        WHERE complaint.contact_id = message.contact_id
            AND complaint.message_id = message.id AND complaint.kind = 'complained'
    ) AS complained
) AS fact
WHERE message.campaign_id = %s AND message.channel = 'email'
    AND (
        message.state = 'accepted'
        OR message.state = 'refused'
            AND message.cause IN ('bounced', 'address_unknown', 'address_invalid')
    )
    AND message.handed_over_at >= %s
"""


@dataclass(frozen=True)
class Counted:
    """The mails of a ramp: handed over, complained of, come back."""

    sent: int
    complaints: int
    bounces: int


def brake_ramps(*, now: datetime) -> int:
    """
    Look at the campaigns on a ramp that were not looked at for a minute.

    :returns: how many were looked at
    """
    return sum(_look(campaign_id, now) for campaign_id in list(_on_a_ramp(now)))


def to_brake(now: datetime) -> Backlog:
    """Say how many campaigns on a ramp are to be looked at; one query."""
    ids = list(_on_a_ramp(now))
    if not ids:
        return Backlog(0, None)
    found = Campaign.objects.filter(pk__in=ids).aggregate(
        count=Count("pk"), last=Min("ramp_checked_at")
    )
    return Backlog(found["count"], found["last"] + PERIOD if found["last"] else now)


def count_mails(campaign: Campaign, *, since: datetime) -> Counted:
    """Count what became of the mails since a moment."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [campaign.pk, since])
        return Counted(*cursor.fetchone())


def why_paused(campaign: Campaign) -> str:
    """Say why a campaign has paused itself; nothing if somebody has paused it. One query."""
    last = campaign.changes.filter(change=CampaignChange.Change.PAUSED)
    details = last.order_by("changed_at", "pk").values_list("details", flat=True).last()
    if campaign.state != Campaign.State.PAUSED or not (details or {}).get("because"):
        return ""
    assert details is not None  # noqa: S101 - it says why
    share = 100 * details["count"] / details["of"]
    return (
        f"{details['count']:,} of {details['of']:,} people {WORDS[details['because']]}:"
        f" {share:.2g}%, and the limit is {details['limit']:g}%."
    )


@transaction.atomic
def _look(campaign_id: int, now: datetime) -> int:
    """Look at one campaign, unless somebody else has just done so."""
    running = _unlooked(now).filter(pk=campaign_id)
    if not running.update(ramp_checked_at=now):
        return 0
    campaign = Campaign.objects.defer("draft").get(pk=campaign_id)
    assert campaign.started_at is not None  # noqa: S101 - it runs
    brake = _brake_of(campaign.published_id, campaign.started_at, now)
    if brake is None:
        return 1
    resumed = campaign.changes.filter(change=CampaignChange.Change.RESUMED)
    last = resumed.order_by("changed_at").values_list("changed_at", flat=True).last()
    counted = count_mails(campaign, since=last or campaign.started_at)
    details = _details(brake, counted)
    if details:
        pause(campaign=campaign, user=None, now=now, details=details)
    return 1


def _details(brake: Brake, counted: Counted) -> dict[str, Any]:
    """Keep the numbers that stop a campaign; nothing if they don't."""
    because = brake.reason(
        sent=counted.sent, complaints=counted.complaints, bounces=counted.bounces
    )
    if because == "complaints":
        count, total, limit = (
            counted.complaints,
            counted.sent - counted.bounces,
            brake.most_complaints,
        )
    else:
        count, total, limit = counted.bounces, counted.sent, brake.most_bounces
    values = {"because": because, "count": count, "of": total, "limit": limit}
    return values if because else {}


def _on_a_ramp(now: datetime) -> Iterator[int]:
    """Name the running campaigns on a ramp with a brake whose time to be looked at has come."""
    rows = _unlooked(now).order_by("pk").values_list("pk", "published_id", "started_at")
    for campaign_id, version_id, started_at in rows:
        if version_id and started_at and _brake_of(version_id, started_at, now):
            yield campaign_id


def _unlooked(now: datetime) -> QuerySet[Campaign]:
    """Select the running campaigns that were not looked at for a minute."""
    unlooked = Q(ramp_checked_at=None) | Q(ramp_checked_at__lte=now - PERIOD)
    return Campaign.objects.filter(unlooked, state=Campaign.State.RUNNING)


def _brake_of(
    version_id: int | None, started_at: datetime, now: datetime
) -> Brake | None:
    """Give the brake of a ramp that goes on, or ended yesterday; None otherwise."""
    if version_id is None:
        return None
    document = version_of(version_id).definition
    ramp = trigger_of(document)["ramp"]
    brake = brake_of(ramp)
    if brake is None:
        return None
    zone = choose_zone("", document["settings"]["time_zone"])
    number = (local_day(now, zone) - local_day(started_at, zone)).days
    return brake if number <= len(ramp["days"]) else None
