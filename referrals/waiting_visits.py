"""
Visits that are committed before the friend is led on, and looked at a moment later.

A web process writes a visit with one statement, which also asks whether the link still leads
where it did. A slice judges what waits, in the order in which it came, with
``visits.record_visits``, in the transaction that takes it away: so each visit counts once,
whenever a process is killed. Whoever needs to know at once, as a sign-up that names its click,
has the visits of that link judged first.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from contacts.background import Backlog, backlog_of
from contacts.prepared import prepared
from referrals.arrivals import Arrival, keep, kept
from referrals.models import Advocate, WaitingVisit
from referrals.visits import Arrived, record_visits

AT_ONCE = 500

# Records a visit, unless the link has changed since it was looked up: the version of a program
# is the transaction that wrote it last.
WAIT = """
INSERT INTO referrals_waitingvisit (contact_id, program_id, click_id, arrived_at, arrival)
SELECT advocate.contact_id, advocate.program_id, %(click)s, %(at)s, %(arrival)s
FROM referrals_advocate AS advocate
JOIN contacts_contact AS contact
    ON contact.id = advocate.contact_id AND contact.erased_at IS NULL
JOIN referrals_program AS program
    ON program.id = advocate.program_id AND program.xmin::text = %(version)s
WHERE advocate.contact_id = %(contact)s AND advocate.id = %(advocate)s
    AND advocate.blocked_at IS NULL
    AND (program.expires_at IS NULL OR program.expires_at > %(at)s)
"""

VERSION = "SELECT xmin::text FROM referrals_program WHERE id = %s"

# Takes what waits, in the order in which it came; waits for who is at it already, whose visits
# come before.
TAKE = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM referrals_waitingvisit
    WHERE %(contacts)s::bigint[] IS NULL OR contact_id = ANY (%(contacts)s)
    ORDER BY id
    LIMIT %(most)s
    FOR UPDATE
)
DELETE FROM referrals_waitingvisit AS waiting
WHERE (waiting.contact_id, waiting.id) IN (SELECT contact_id, id FROM picked)
RETURNING waiting.contact_id, waiting.program_id, waiting.click_id, waiting.arrived_at,
    waiting.arrival
"""


def version_of(program_id: int) -> str:
    """Name the version of a program as it stands; any change makes another one."""
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [program_id])
        row = cursor.fetchone()
    return row[0] if row else ""


def let_wait(
    *,
    contact_id: int,
    advocate_id: int,
    version: str,
    click_id: str,
    arrival: Arrival,
    now: datetime,
) -> bool:
    """Record a visit for good, in one statement; False if the link is not what it was."""
    values = {
        "contact": contact_id,
        "advocate": advocate_id,
        "version": version,
        "click": click_id,
        "at": now,
        "arrival": json.dumps(keep(arrival)),
    }
    return prepared(WAIT, values).rowcount == 1


def backlog(now: datetime) -> Backlog:
    """See how many visits wait."""
    return backlog_of(WaitingVisit.objects.filter(arrived_at__lte=now), "arrived_at")


@transaction.atomic
def judge_waiting(*, now: datetime, contact_ids: Collection[int] | None = None) -> int:
    """
    Judge and tell the visits that have waited longest, or those of some advocates.

    What is left of an advocate who is gone is let go. :returns: how many there were
    """
    wanted = None if contact_ids is None else sorted(contact_ids)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"contacts": wanted, "most": AT_ONCE})
        rows = cursor.fetchall()
    if rows:
        _record(rows, now)
    return len(rows)


def judge_before(contact_id: int, *, now: datetime) -> None:
    """Judge what waits of one advocate, so that what comes now comes behind it."""
    if WaitingVisit.objects.filter(contact=contact_id).exists():
        judge_waiting(now=now, contact_ids=[contact_id])


def judge_clicks(click_ids: Collection[str], *, now: datetime) -> None:
    """Judge the visits of links that these clicks came through, if they still wait."""
    clicked = WaitingVisit.objects.filter(click_id__in=click_ids)
    while owners := set(clicked.values_list("contact_id", flat=True)):
        judge_waiting(now=now, contact_ids=owners)


def _record(rows: Sequence[tuple[Any, ...]], now: datetime) -> None:
    """Make visits of what has waited."""
    found = Advocate.objects.filter(
        contact__in={row[0] for row in rows}, program__in={row[1] for row in rows}
    )
    advocates = {
        (one.contact_id, one.program_id): one for one in found.select_related("program")
    }
    arrivals = [
        Arrived(
            advocate=advocates[contact_id, program_id],
            arrival=kept(arrival if isinstance(arrival, dict) else json.loads(arrival)),
            at=at,
            click_id=click_id,
        )
        for contact_id, program_id, click_id, at, arrival in rows
        if (contact_id, program_id) in advocates
    ]
    record_visits(arrivals, now=now)
