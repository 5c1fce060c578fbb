"""What came of a rehearsal, read from its world: counts for the page, and the people."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from campaigns.local_time import choose_zone, local_day
from campaigns.models import Campaign, RehearsedPerson
from campaigns.rehearsal.tables import fetch
from campaigns.rehearsal.world import Plan, Progress

What = RehearsedPerson.What
ONE_DAY = timedelta(days=1)

# The asks of the draft, each with what the campaign really did for the person in the period,
# and who really asked within the ninety days after.
ASKED = """
SELECT ask.contact_id, ask.asked_at, contact.time_zone, ask.step_key,
    (SELECT min(own_ask.asked_at) FROM own_ask
        WHERE own_ask.contact_id = ask.contact_id AND own_ask.asked_at <= %(until)s),
    next.name, next.asked_at
FROM campaigns_ask AS ask
JOIN contacts_contact AS contact ON contact.id = ask.contact_id
LEFT JOIN LATERAL (
    SELECT other.asked_at, rival.name
    FROM real.campaigns_ask AS other
    JOIN real.campaigns_campaign AS rival ON rival.id = other.campaign_id
    WHERE other.contact_id = ask.contact_id AND other.campaign_id <> %(campaign)s
        AND other.asked_at > ask.asked_at
        AND other.asked_at < ask.asked_at + interval '90 days'
        AND other.refunded_at IS NULL
    ORDER BY other.asked_at
    LIMIT 1
) AS next ON TRUE
WHERE ask.campaign_id = %(campaign)s AND ask.id >= %(first)s AND ask.refunded_at IS NULL
ORDER BY ask.asked_at, ask.contact_id
"""
# Who was held, the first time for each reason.
HELD = """
SELECT DISTINCT ON (hold.contact_id, hold.reason)
    hold.contact_id, hold.held_at, contact.time_zone, hold.step_key, hold.reason
FROM campaigns_hold AS hold
JOIN contacts_contact AS contact ON contact.id = hold.contact_id
WHERE hold.campaign_id = %(campaign)s
    AND hold.id >= %(first)s
ORDER BY hold.contact_id, hold.reason, hold.held_at
"""
REFUSED = """
SELECT DISTINCT ON (refusal.contact_id, refusal.reason)
    refusal.contact_id, refusal.refused_at, contact.time_zone, '', refusal.reason
FROM campaigns_refusal AS refusal
JOIN contacts_contact AS contact ON contact.id = refusal.contact_id
WHERE refusal.campaign_id = %(campaign)s AND refusal.id >= %(first)s
ORDER BY refusal.contact_id, refusal.reason, refusal.refused_at
"""
# Whom the campaign really asked in the period, and the draft did not.
MISSED = """
SELECT own_ask.contact_id, min(own_ask.asked_at), contact.time_zone
FROM own_ask
JOIN contacts_contact AS contact ON contact.id = own_ask.contact_id
WHERE own_ask.asked_at <= %(until)s AND NOT EXISTS (
    SELECT FROM campaigns_ask AS ask
    WHERE ask.contact_id = own_ask.contact_id AND ask.campaign_id = %(campaign)s
        AND ask.id >= %(first)s
)
GROUP BY own_ask.contact_id, contact.time_zone
"""
COUNTS = """
SELECT
    (SELECT count(*) FROM contacts_contact),
    (SELECT count(*) FROM campaigns_enrollment
        WHERE campaign_id = %(campaign)s AND id >= %(first)s),
    (SELECT count(*) FROM campaigns_refusal
        WHERE campaign_id = %(campaign)s AND id >= %(first)s),
    (SELECT count(*) FROM campaigns_moment
        WHERE campaign_id = %(campaign)s AND waits_for NOT IN ('date', 'snooze', 'answer')),
    (SELECT count(*) FROM campaigns_enrollment
        WHERE campaign_id = %(campaign)s AND (state = 'failed' OR error <> '')),
    (SELECT count(*) FROM campaigns_enrollment
        WHERE campaign_id = %(campaign)s AND state = 'converted' AND id >= %(first)s),
    (SELECT count(DISTINCT contact_id) FROM own_ask WHERE asked_at <= %(until)s)
"""


@dataclass
class Results:
    """Counts, and a row for each person and what became of him."""

    counts: dict[str, Any] = field(default_factory=dict)
    people: list[RehearsedPerson] = field(default_factory=list)


def read_results(
    campaign: Campaign, plan: Plan, progress: Progress, *, first_id: int
) -> Results:
    """Read all that is kept, inside the world; six statements."""
    values = {
        "campaign": campaign.pk,
        "at": plan.starts_at,
        "until": plan.ends_at,
        "first": first_id,
    }
    fallback = plan.document["settings"]["time_zone"]

    def person(what: str, row: Sequence[Any], **more: Any) -> RehearsedPerson:
        zone = str(choose_zone(row[2], fallback))
        return RehearsedPerson(
            rehearsal_id=plan.number,
            contact_id=row[0],
            what=what,
            at=row[1],
            zone=zone,
            **more,
        )

    people = [
        person(
            What.ASKED,
            row,
            step_key=row[3],
            really_at=row[4],
            rival=row[5] or "",
            rival_at=row[6],
        )
        for row in fetch(ASKED, values)
    ]
    for what, statement in ((What.HELD, HELD), (What.REFUSED, REFUSED)):
        people += [
            person(what, row, step_key=row[3], reason=row[4])
            for row in fetch(statement, values)
        ]
    people += [person(What.MISSED, row) for row in fetch(MISSED, values)]
    return Results(_count(people, plan, progress, fetch(COUNTS, values)[0]), people)


def _count(
    people: Sequence[RehearsedPerson],
    plan: Plan,
    progress: Progress,
    counted: Sequence[int],
) -> dict[str, Any]:
    """Count what the page shows."""
    asked = [one for one in people if one.what == What.ASKED]
    contacts, enrolled, refused, waiting, failed, converted, really = counted
    zone = choose_zone("", plan.document["settings"]["time_zone"])
    asked_people = {one.contact_id for one in asked}
    held = _by_reason(people, What.HELD)
    return {
        "contacts": contacts,
        "enrolled": enrolled,
        "refused_count": refused,
        "waiting": waiting,
        "failed": failed,
        "converted": converted,
        "asked": len(asked),
        "asked_people": len(asked_people),
        "held": held,
        "held_people": len({one.contact_id for one in people if one.what == What.HELD}),
        "refused": _by_reason(people, What.REFUSED),
        "days": _by_day(
            (local_day(one.at, zone) for one in asked),
            local_day(plan.starts_at, zone),
            local_day(plan.ends_at - timedelta(seconds=1), zone),
        ),
        "hours": _by_hour(asked),
        "rivals": dict(Counter(one.rival for one in asked if one.rival).most_common()),
        "really": really,
        "both": len({one.contact_id for one in asked if one.really_at}),
        "missed": sum(1 for one in people if one.what == What.MISSED),
        "turns": progress.turns,
        "step_minutes": int(progress.step.total_seconds()) // 60,
        "was_running": plan.was_running,
    }


def _by_reason(people: Iterable[RehearsedPerson], what: str) -> dict[str, int]:
    """Count people by reason, the most frequent first."""
    return dict(Counter(one.reason for one in people if one.what == what).most_common())


def _by_day(days: Iterable[date], first: date, last: date) -> list[list[Any]]:
    """Count by day, days without any included."""
    counted = Counter(days)
    length = (last - first).days + 1
    every = [first + number * ONE_DAY for number in range(length)]
    return [[day.isoformat(), counted.get(day, 0)] for day in every]


def _by_hour(asked: Iterable[RehearsedPerson]) -> list[int]:
    """Count by the hour of the clock where people live."""
    counted = Counter(local_hour(one.at, one.zone) for one in asked)
    return [counted.get(hour, 0) for hour in range(24)]


def local_hour(at: datetime, zone: str) -> int:
    """Give the hour that a clock shows."""
    return at.astimezone(choose_zone(zone, "UTC")).hour
