"""What another rule of an audience would do to the campaigns that begin with it."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.urls import reverse

from audiences.conditions.sql import Fragment
from audiences.models import Audience
from audiences.previews import effects
from audiences.previews.effects import Effect
from campaigns.engine.enroll import key_of_members
from campaigns.engine.forecast import count_by_reason, named, values_of, verdicts_on
from campaigns.flows.definition import Document
from campaigns.flows.triggers import AUDIENCE, trigger_of
from campaigns.guardrails.clock import clock_for
from campaigns.models import Campaign

# Those for whom the rule would hold and whom the campaign would not refuse: who enters, or
# with ``everyone`` also who is a member already.
# Leans on members_of_audience and one_enrollment_per_moment.
WHO_WOULD_BEGIN = """
FROM contacts_contact AS contact
LEFT JOIN audiences_membership AS member
    ON member.audience_id = %(audience)s AND member.contact_id = contact.id
WHERE ({fitting})
    AND (member.contact_id IS NULL OR %(everyone)s)
    AND NOT EXISTS (
        SELECT FROM campaigns_enrollment AS earlier
        WHERE earlier.contact_id = contact.id AND earlier.campaign_id = %(campaign)s
            AND (earlier.entry_key = {key} OR earlier.state = 'active')
    )
"""

# Counts who is in the campaign of those who would enter or leave the audience.
INSIDE = """
SELECT count(*)
FROM campaigns_enrollment AS enrollment
JOIN contacts_contact AS contact ON contact.id = enrollment.contact_id
LEFT JOIN audiences_membership AS member
    ON member.audience_id = %(audience)s AND member.contact_id = contact.id
WHERE enrollment.campaign_id = %(campaign)s AND enrollment.state = 'active'
    AND (({fitting}) IS TRUE) <> (member.contact_id IS NOT NULL)
"""

# The zones of those whose budget is used up: for nobody else the day matters.
ZONES = """
SELECT DISTINCT contact.time_zone
FROM campaigns_askbudget AS budget
JOIN contacts_contact AS contact ON contact.id = budget.contact_id
WHERE budget.next_on IS NOT NULL
"""


def register() -> None:
    """Let the page of an audience tell what a change does to campaigns."""
    effects.register(effects_on_campaigns)


def effects_on_campaigns(
    audience: Audience, fitting: Fragment, now: datetime
) -> list[Effect]:
    """Say of each campaign that waits for entries who is in it, and who would be asked."""
    rows = Campaign.objects.filter(
        state__in=Campaign.ALIVE, closed_at=None
    ).select_related("published")
    return [
        _effect(campaign, audience, fitting, now)
        for campaign in rows.order_by("name", "pk")
        if campaign.published and _begins_with(campaign.published.definition, audience)
    ]


def _begins_with(document: Document, audience: Audience) -> bool:
    """Whether a campaign waits for entries into the audience."""
    trigger = trigger_of(document)
    return trigger["kind"] == AUDIENCE and trigger["audience"] == audience.pk


def _effect(
    campaign: Campaign, audience: Audience, fitting: Fragment, now: datetime
) -> Effect:
    """Count for one campaign; four statements."""
    text, known = named(fitting, "fitting")
    known |= {"audience": audience.pk, "campaign": campaign.pk}
    with connection.cursor() as cursor:
        cursor.execute(INSIDE.format(fitting=text), known)
        inside = cursor.fetchone()[0]
        cursor.execute(ZONES)
        zones = [row[0] for row in cursor.fetchall()]
    entering, asks_entering = _count(campaign, text, known, zones, now, everyone=False)
    everyone, asks_everyone = _count(campaign, text, known, zones, now, everyone=True)
    return Effect(
        name=campaign.name,
        url=reverse("admin:campaigns_overview", args=[campaign.pk]),
        inside=inside,
        entering=entering,
        everyone=everyone,
        asks_entering=asks_entering,
        asks_everyone=asks_everyone,
    )


def _count(
    campaign: Campaign,
    fitting: str,
    known: dict[str, Any],
    zones: list[str],
    now: datetime,
    *,
    everyone: bool,
) -> tuple[int, int]:
    """Count who would begin, and who of them no guardrail would hold back now."""
    assert campaign.published is not None  # noqa: S101 - a database constraint says so
    document = campaign.published.definition
    clock = clock_for(document["settings"], now)
    who = WHO_WOULD_BEGIN.format(
        fitting=fitting, key=key_of_members(document["trigger"]["frequency"])
    )
    values = {**values_of(campaign, document, clock, zones), **known}
    statement = verdicts_on(who, campaign, document, now=now)
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, "everyone": everyone})
        counted = count_by_reason(cursor.fetchall(), clock)
    return sum(counted.values()), counted.get("", 0)
