"""
Who would enter a campaign that starts now, and who of them would be held now, and why.

The same members, the same exclusions as ``engine.enroll``, and the same rules in the same order
as the guardrails, counted in SQL because an audience may hold millions. Whether it is night is
worked out once per zone, for those whom nothing else holds.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from audiences.conditions.errors import ConditionError
from audiences.conditions.sql import TRUE, Fragment
from audiences.selection import predicate
from campaigns.engine.enroll import key_of_members
from campaigns.flows.definition import Document, walk_steps
from campaigns.flows.service import is_service
from campaigns.flows.triggers import takes_existing, trigger_of
from campaigns.guardrails.clock import Clock, clock_for
from campaigns.guardrails.purpose import purpose_of
from campaigns.guardrails.reasons import (
    CAP,
    NEVER,
    NO_ADDRESS,
    NO_CONSENT,
    ORDER,
    QUIET_HOURS,
    SNOOZED,
    SUPPRESSED,
    UNSUBSCRIBED,
)
from campaigns.guardrails.signs import look_up
from campaigns.models import Campaign
from campaigns.triggers.registry import trigger_kind
from contacts.models import Contact

SAMPLE = 20

# Those of whom the trigger speaks who are not refused: as in engine.enroll and engine.entry.
# Leans on members_of_audience and one_enrollment_per_moment.
ENTERING = """
FROM ({population}) AS member
JOIN contacts_contact AS contact ON contact.id = member.contact_id
WHERE contact.erased_at IS NULL AND ({condition})
    AND NOT EXISTS (
        SELECT FROM campaigns_enrollment AS earlier
        WHERE earlier.contact_id = member.contact_id AND earlier.campaign_id = %(campaign)s
            AND (earlier.entry_key = {key} OR earlier.state = 'active')
    )
"""

# Counts those who would enter by the first guardrail that objects; if none does, the reason is
# blank and they are counted by their zone.
# ``today`` holds the day of the calendar in each zone that differs from the campaign's own.
VERDICTS = """
WITH today AS (
    SELECT * FROM unnest(%(zones)s::text[], %(days)s::date[]) AS today (zone, day)
), judged AS (
    SELECT contact.time_zone, CASE
        {cases}
        ELSE ''
    END AS reason
    FROM contacts_contact AS contact
    LEFT JOIN contacts_consent AS consent
        ON consent.contact_id = contact.id AND consent.channel = 'email'
    LEFT JOIN contacts_suppression AS suppression
        ON suppression.digest = sha256(convert_to(%(secret)s || ':' || contact.email, 'UTF8'))
    LEFT JOIN referrals_askpreference AS preference ON preference.contact_id = contact.id
    LEFT JOIN campaigns_askbudget AS budget ON budget.contact_id = contact.id
    LEFT JOIN today ON today.zone = contact.time_zone
    WHERE contact.id IN (SELECT contact.id {entering})
)
SELECT reason, CASE WHEN reason = '' THEN time_zone ELSE '' END AS zone, count(*)
FROM judged
GROUP BY 1, 2
"""

# When each guardrail objects that is asked of rows; the same as in the guardrails themselves.
LAW = {
    NO_ADDRESS: "contact.email = ''",
    SUPPRESSED: "suppression.reason <> 'unsubscribed'",
    UNSUBSCRIBED: "suppression.reason = 'unsubscribed' OR consent.state = 'withdrawn'",
    NO_CONSENT: "consent.state IS DISTINCT FROM 'granted'",
}
# Of news of the person's own.
OF_SERVICE = {
    NO_ADDRESS: LAW[NO_ADDRESS],
    SUPPRESSED: LAW[SUPPRESSED],
    UNSUBSCRIBED: """EXISTS (
        SELECT FROM contacts_consent AS stopped
        WHERE stopped.contact_id = contact.id AND stopped.channel = 'service'
            AND stopped.state = 'withdrawn'
    )""",
}
OF_ASKS = {
    NEVER: "preference.never_since IS NOT NULL",
    SNOOZED: "preference.snoozed_until > %(now)s",
    CAP: "COALESCE(today.day, %(today)s) < budget.next_on",
}

COUNT = "SELECT count(*) FROM ({population}) AS member"

# The zones of those whose budget is used up: for nobody else the day matters.
ZONES = """
SELECT DISTINCT contact.time_zone
FROM campaigns_askbudget AS budget
JOIN contacts_contact AS contact ON contact.id = budget.contact_id
JOIN ({population}) AS member ON member.contact_id = contact.id
WHERE budget.next_on IS NOT NULL
"""


@dataclass(frozen=True)
class Forecast:
    """
    What a start would do now.

    ``members`` are those of whom the trigger speaks: members of the audience, or who would
    have come in the last 30 days (for a date: will come in the next 30). ``entering`` enter at
    the start; ``refused`` are members who have been, or are, in the campaign, or do not meet
    its condition. ``held`` counts those of the others who could not be asked now, by the first
    reason; ``askable`` are the rest.
    """

    members: int
    entering: int
    refused: int
    askable: int
    held: dict[str, int]
    sample: list[Contact]


def who_would_enter(
    campaign: Campaign,
    *,
    now: datetime,
    document: Document | None = None,
    people: Fragment | None = None,
) -> Forecast:
    """
    Count who would enter by the draft, or by a document. Four queries, and the signs'.

    ``people`` selects whom somebody lets in by hand, instead of those whom the trigger means.
    """
    document = document or campaign.draft
    trigger = trigger_of(document)
    try:
        population = people or trigger_kind(trigger).population(trigger, now)
        condition = (
            predicate(trigger["condition"], as_of=now) if trigger["condition"] else TRUE
        )
    except ConditionError:
        # The review says what is wrong with it.
        population = None
    if population is None:
        return Forecast(0, 0, 0, 0, {}, [])
    chosen, known = named(population, "population")
    meets, more = named(condition, "condition")
    key = key_of_members(trigger["frequency"])
    entering = ENTERING.format(population=chosen, condition=meets, key=key)
    clock = clock_for(document["settings"], now)
    zones = _zones(chosen, known)
    values = {**values_of(campaign, document, clock, zones), **known, **more}
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(population=chosen), known)
        members = cursor.fetchone()[0]
        cursor.execute(verdicts_on(entering, campaign, document, now=now), values)
        counted = count_by_reason(cursor.fetchall(), clock)
        cursor.execute(
            f"SELECT contact.id {entering} ORDER BY contact.id DESC LIMIT {SAMPLE}",
            values,
        )
        sample = [row[0] for row in cursor.fetchall()]
    possible = sum(counted.values())
    return Forecast(
        members=members,
        entering=possible if takes_existing(trigger) else 0,
        refused=members - possible,
        askable=counted.pop("", 0),
        held=dict(sorted(counted.items(), key=lambda pair: ORDER[pair[0]])),
        sample=list(Contact.objects.filter(pk__in=sample).order_by("-pk")),
    )


def count_by_reason(rows: list[tuple[str, str, int]], clock: Clock) -> dict[str, int]:
    """Add up by reason; whom only the night holds, by the clock of the zone, is counted so."""
    counted: dict[str, int] = {}
    for reason, zone, count in rows:
        if not reason and clock.opening(zone):
            reason = QUIET_HOURS
        counted[reason] = counted.get(reason, 0) + count
    return counted


def verdicts_on(
    entering: str, campaign: Campaign, document: Document, *, now: datetime
) -> str:
    """Write the statement that counts some people, ``entering``, by the first objection."""
    cases = _cases(campaign, document, now)
    return VERDICTS.replace("{entering}", entering).replace("{cases}", cases)


def _cases(campaign: Campaign, document: Document, now: datetime) -> str:
    """Write when each guardrail objects, in their order."""
    is_ask = has_asks(document)
    purpose = purpose_of(campaign, document, is_ask=is_ask)
    law = OF_SERVICE if tells_news_only(document) else LAW
    found = {**law, **(OF_ASKS if is_ask else {})}
    for reason, condition in look_up(purpose, now=now, few=False).conditions():
        # Values go into the text, which has values of its own.
        written = connection.ops.compose_sql(condition.text, condition.params)  # type: ignore[attr-defined]
        own = written.replace("%", "%%")
        found[reason] = f"{found[reason]} OR ({own})" if reason in found else own
    ordered = sorted(found, key=lambda reason: ORDER[reason])
    return "\n".join(f"WHEN {found[reason]} THEN '{reason}'" for reason in ordered)


def tells_news_only(document: Document) -> bool:
    """Whether all mails in the flow are service messages."""
    mails = [one for one in walk_steps(document["steps"]) if one["kind"] == "email"]
    return bool(mails) and all(is_service(one) for one in mails)


def has_asks(document: Document) -> bool:
    """Whether anything in the flow is an ask."""
    return any(step.get("ask") for step in walk_steps(document["steps"]))


def named(fragment: Fragment, prefix: str) -> tuple[str, dict[str, Any]]:
    """Give the values of a fragment names, for statements that name theirs."""
    values: dict[str, Any] = {}
    waiting = iter(fragment.params)

    def name(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return found[0]
        key = f"{prefix}_{len(values)}"
        values[key] = next(waiting)
        return f"%({key})s"

    return re.sub("%%|%s", name, fragment.text), values


def _zones(people: str, known: dict[str, Any]) -> list[str]:
    """List the zones of those whose budget is used up."""
    with connection.cursor() as cursor:
        cursor.execute(ZONES.format(population=people), known)
        return [row[0] for row in cursor.fetchall()]


def values_of(
    campaign: Campaign, document: Document, clock: Clock, zones: list[str]
) -> dict[str, Any]:
    """Gather the values of the statements."""
    return {
        "audience": document["trigger"]["audience"],
        "campaign": campaign.pk,
        "zones": zones,
        "days": [clock.today(zone) for zone in zones],
        "today": clock.today(""),
        "secret": settings.SUPPRESSION_KEY,
        "now": clock.now,
    }
