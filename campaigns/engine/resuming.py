"""
What a pause does to those who wait: two ways to go on after it, and what each would mean.

Shifted, every wait is as much longer as the pause was. Kept, every wait ends when it would have
ended: what has become due in the pause goes on at once, or spread over some hours so that nobody's
mailbox sees a rush, and the guardrail for stale moments leaves out asks that come too late by
then.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F

from campaigns.flows.definition import walk_steps
from campaigns.guardrails.reasons import STALE_MOMENT
from campaigns.models import Campaign, Message

NOTHING = timedelta()

# Moves the waits of those who were in the campaign when it was paused by the length of the
# pause; since when somebody stays remains, for what happens in a pause counts.
# Leans on enrollment_due.
SHIFT = """
UPDATE campaigns_enrollment
SET due_at = due_at + %(length)s
WHERE campaign_id = %(campaign)s AND state = 'active' AND due_at > %(paused_at)s
    AND enrolled_at <= %(paused_at)s
"""

# What has become due in the pause, each with the moment at which it goes on, in the order in
# which it would have gone on. Leans on enrollment_due.
DAMMED = """
SELECT enrollment.id, enrollment.contact_id, enrollment.version_id, enrollment.step_key,
    enrollment.visit, enrollment.moment_at,
    %(now)s + %(spread)s * percent_rank() OVER (
        ORDER BY enrollment.due_at, enrollment.id
    ) AS goes_at
FROM campaigns_enrollment AS enrollment
WHERE enrollment.campaign_id = %(campaign)s AND enrollment.state = 'active'
    AND enrollment.due_at > %(paused_at)s AND enrollment.due_at <= %(now)s
    AND enrollment.enrolled_at <= %(paused_at)s
"""
SPREAD = f"""
UPDATE campaigns_enrollment AS enrollment
SET due_at = dammed.goes_at
FROM ({DAMMED}) AS dammed
WHERE enrollment.contact_id = dammed.contact_id AND enrollment.id = dammed.id
    AND enrollment.state = 'active'
"""  # noqa: S608 - texts of ours

# Counts those whose wait ends later, those who would have gone on meanwhile, and of these whose
# ask comes too late: as in guardrails.fresh. Leans on hold_once.
COUNT = f"""
SELECT
    (
        SELECT count(*) FROM campaigns_enrollment AS waiting
        WHERE waiting.campaign_id = %(campaign)s AND waiting.state = 'active'
            AND waiting.due_at > %(later)s
    ),
    count(*),
    count(*) FILTER (WHERE dammed.goes_at > (%(lasts)s::interval[]) [place.number]
        + CASE
            WHEN (%(from_moment)s::boolean[]) [place.number] THEN dammed.moment_at
            ELSE COALESCE((
                SELECT min(hold.held_at) FROM campaigns_hold AS hold
                WHERE hold.contact_id = dammed.contact_id
                    AND hold.enrollment_id = dammed.id AND hold.visit = dammed.visit
            ), dammed.goes_at)
        END)
FROM ({DAMMED}) AS dammed
LEFT JOIN unnest(%(versions)s::bigint[], %(steps)s::text[])
    WITH ORDINALITY AS place (version_id, step_key, number)
    ON place.version_id = dammed.version_id AND place.step_key = dammed.step_key
"""  # noqa: S608 - texts of ours


@dataclass(frozen=True)
class Resumption:
    """
    What a way to resume would mean, in people.

    ``waiting`` wait on; ``going`` would have gone on meanwhile, of whom ``stale`` are too late
    for their ask.
    """

    waiting: int
    going: int
    stale: int

    @property
    def fresh(self) -> int:
        """How many of those who go on are not too late."""
        return self.going - self.stale


def foresee(
    campaign: Campaign, *, now: datetime, spread: timedelta = NOTHING
) -> Resumption:
    """Count what it means to keep the original times of a paused campaign; two queries."""
    values = _values(campaign, now, spread)
    places = _limited_asks(campaign)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {
                **values,
                "later": now,
                "versions": [place.version_id for place in places],
                "steps": [place.step_key for place in places],
                "lasts": [place.lasts for place in places],
                "from_moment": [place.from_moment for place in places],
            },
        )
        return Resumption(*cursor.fetchone())


def count_shifted(campaign: Campaign) -> int:
    """Count whose wait a shift would make longer."""
    passes = campaign.enrollment_set.filter(
        state="active",
        due_at__gt=campaign.paused_at,
        enrolled_at__lte=campaign.paused_at,
    )
    return passes.count()


def shift(campaign: Campaign, *, now: datetime) -> int:
    """
    Make all waits as much longer as the pause was; messages have not grown stale by it.

    :returns: how many waits
    """
    assert campaign.paused_at is not None  # noqa: S101 - the caller has looked
    length = now - campaign.paused_at
    Message.objects.filter(campaign=campaign, state=Message.State.QUEUED).update(
        created_at=F("created_at") + length
    )
    values = _values(campaign, now, NOTHING)
    values["length"] = length
    with connection.cursor() as cursor:
        cursor.execute(SHIFT, values)
        return cursor.rowcount


def keep(campaign: Campaign, *, now: datetime, spread: timedelta) -> None:
    """Let what has become due in the pause go on now, or spread over a while."""
    if spread:
        with connection.cursor() as cursor:
            cursor.execute(SPREAD, _values(campaign, now, spread))


@dataclass(frozen=True)
class LimitedAsk:
    """An ask whose moment is fresh for a while only."""

    version_id: int
    step_key: str
    lasts: timedelta
    from_moment: bool


def _limited_asks(campaign: Campaign) -> list[LimitedAsk]:
    """List the asks of all versions that may come too late."""
    return [
        LimitedAsk(
            version.pk,
            step["key"],
            timedelta(hours=step["freshness_hours"]),
            step["fresh_from"] == "moment",
        )
        for version in campaign.versions.order_by("pk")
        if STALE_MOMENT not in version.definition["guardrails"]["off"]
        for step in walk_steps(version.definition["steps"])
        if step.get("ask") and step.get("freshness_hours")
    ]


def _values(campaign: Campaign, now: datetime, spread: timedelta) -> dict[str, Any]:
    """Gather what the statements share."""
    return {
        "campaign": campaign.pk,
        "paused_at": campaign.paused_at,
        "now": now,
        "spread": spread,
    }
