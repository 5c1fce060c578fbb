"""Wake those who wait for something that has come true, before their time is over."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection, transaction

from audiences.conditions.sql import combine, value
from campaigns.asks.holds import Candidate
from campaigns.engine.running import hold_running
from campaigns.engine.versions import version_of
from campaigns.flows.definition import find_step, walk_steps
from campaigns.models import CampaignVersion
from campaigns.steps.wait_until import condition_of, met_by

# Selects where contacts stay; whoever calls it has locked them.
# Leans on one_enrollment_per_moment, which begins with the contact.
STAYING = """
SELECT id, contact_id, visit, version_id, step_key
FROM campaigns_enrollment
WHERE contact_id = ANY (%s) AND campaign_id = ANY (%s) AND state = 'active'
    AND began_at IS NOT NULL AND due_at > %s
ORDER BY contact_id, id
"""

# Locks some of those who wait at a step for which its condition holds; skips those that a
# batch has in hand, which looks itself. Leans on enrollments_that_stay.
MET = """
SELECT enrollment.id, enrollment.contact_id
FROM campaigns_enrollment AS enrollment
JOIN contacts_contact AS contact ON contact.id = enrollment.contact_id
WHERE enrollment.campaign_id = {} AND enrollment.version_id = {}
    AND enrollment.step_key = {} AND enrollment.state = 'active'
    AND enrollment.began_at IS NOT NULL AND enrollment.due_at > {} AND ({})
ORDER BY enrollment.contact_id
LIMIT 2000
FOR UPDATE OF enrollment SKIP LOCKED
"""

# Makes enrollments due.
WAKE = """
UPDATE campaigns_enrollment SET due_at = %s
WHERE contact_id = ANY (%s) AND id = ANY (%s) AND state = 'active'
"""


def wake_contacts(
    contact_ids: Collection[int], campaign_ids: Collection[int], *, now: datetime
) -> None:
    """Wake those of some contacts, locked before, for whom what they wait for holds now."""
    with connection.cursor() as cursor:
        cursor.execute(STAYING, [list(contact_ids), list(campaign_ids), now])
        rows = cursor.fetchall()
    waiting: dict[tuple[int, str], list[Candidate]] = defaultdict(list)
    for *claimed, step_key in rows:
        candidate = Candidate(*claimed)
        waiting[candidate.version_id, step_key].append(candidate)
    for (version_id, step_key), candidates in sorted(waiting.items()):
        step = find_step(version_of(version_id).definition, step_key)
        if step is None or step["kind"] != "wait_until":
            continue
        met = met_by(step, candidates, now=now)
        _wake([(pk, one) for pk, one, *_ in candidates if pk in met], now=now)


def wake_everybody(version: CampaignVersion, *, now: datetime) -> None:
    """Wake everybody in a version who waits for what holds now, some at a time."""
    for step in walk_steps(version.definition["steps"]):
        if step["kind"] == "wait_until":
            while _wake_some(version, step["key"], now=now):
                pass


@transaction.atomic
def _wake_some(version: CampaignVersion, step_key: str, *, now: datetime) -> bool:
    """Wake some of those at one step; False when there are none left."""
    step = find_step(version.definition, step_key)
    condition = condition_of(step, now) if step else None
    if condition is None or not hold_running(version.campaign_id):
        return False
    statement = combine(
        MET,
        value(version.campaign_id),
        value(version.pk),
        value(step_key),
        value(now),
        condition,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        rows = cursor.fetchall()
    _wake(rows, now=now)
    return bool(rows)


def _wake(rows: Sequence[tuple[int, int]], *, now: datetime) -> None:
    """Make (enrollment, contact) pairs due."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                WAKE, [now, [row[1] for row in rows], [row[0] for row in rows]]
            )
