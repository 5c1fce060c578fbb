"""
What came through a link: recorded each time, people told apart from machines.

Many visits are recorded by as few statements as one. A person's first within the hour is an
event on the advocate's contact. One that comes from a mail of ours is told after a while only:
the scanner of a mail server may turn out to have made it (``referrals.traps``).
"""

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from contacts.background import Backlog, backlog_of
from contacts.events import Fact, record_many
from contacts.prepared import prepared, prepared_in_turn
from referrals.arrivals import Arrival, hash_of
from referrals.event_names import LINK_VISITED
from referrals.links import clean_channel, clean_word
from referrals.models import Advocate, Program, Visit
from referrals.robots import HUMAN, SCANNER, classify
from referrals.traps import LONG, NEAR, TRAPPED, take_back

__all__ = ["Arrival", "hash_of", "record_visit", "record_visits", "tell_visits"]

# The same browser within this time is the same visit.
REPEAT = timedelta(hours=1)
# A link in a mail that is opened so soon after it left is opened by a scanner.
TOO_SOON = timedelta(minutes=2)
# How long a visit from a mail of ours waits before it is told.
SETTLED = timedelta(minutes=3)
ASKED_HEAD = "asked for the heads of pages as well"
QUICK = "within two minutes of the mail"
TOLD_AT_ONCE = 500

# Locks the advocates whose visits are judged, in order, so that two requests at the same time
# are not both the first.
LOCK = """
SELECT advocate.id
FROM referrals_advocate AS advocate
JOIN (
    SELECT DISTINCT * FROM unnest(%(contacts)s::bigint[], %(advocates)s::bigint[])
        AS wanted (contact_id, id)
) AS wanted ON wanted.contact_id = advocate.contact_id AND wanted.id = advocate.id
ORDER BY advocate.contact_id, advocate.id
FOR NO KEY UPDATE OF advocate
"""

# What is known of each visitor: earlier visits to the same link, and traps. A statement of its
# own behind LOCK, for only so does it see what was committed while the lock was waited for.
# Leans on visits_of_advocate and trap_hits_of_contact.
SEEN = """
SELECT arrived.place, seen.kind, seen.at
FROM unnest(
    %(places)s::int[], %(contacts)s::bigint[], %(advocates)s::bigint[], %(visitors)s::text[],
    %(addresses)s::text[], %(ats)s::timestamptz[]
) AS arrived (place, contact_id, advocate_id, visitor_key, address_hash, at)
CROSS JOIN LATERAL (
    SELECT visit.kind AS kind, visit.visited_at AS at
    FROM referrals_visit AS visit
    WHERE visit.contact_id = arrived.contact_id AND visit.advocate_id = arrived.advocate_id
        AND visit.visited_at > arrived.at - %(repeat)s::interval
        AND visit.visited_at <= arrived.at
        AND visit.visitor_key = arrived.visitor_key
    UNION ALL
    SELECT 'trap', trap.hit_at
    FROM referrals_traphit AS trap
    WHERE trap.contact_id = arrived.contact_id
        AND trap.hit_at > arrived.at - %(long)s::interval
        AND trap.hit_at <= arrived.at + %(near)s::interval
        AND (
            trap.visitor_key = arrived.visitor_key
            OR arrived.address_hash <> '' AND trap.address_hash = arrived.address_hash
                AND trap.hit_at > arrived.at - %(near)s::interval
        )
) AS seen
"""

# Writes visits and their click ids; one that is known by its click id is left as it is.
WRITE = """
WITH arrived AS (
    SELECT * FROM jsonb_to_recordset(%s) AS arrived (
        contact_id bigint, program_id bigint, advocate_id bigint, visited_at timestamptz,
        kind text, reason text, channel text, asset text, place text,
        ad_parameter text, user_agent text,
        referrer_host text, address_hash text, visitor_key text, click_id text,
        tell_due_at timestamptz
    )
), named AS (
    INSERT INTO referrals_clickid (click_id, contact_id)
    SELECT click_id, contact_id FROM arrived
    ON CONFLICT (click_id) DO NOTHING
)
INSERT INTO referrals_visit (
    contact_id, program_id, advocate_id, visited_at, kind, reason, channel, asset, place,
    ad_parameter, user_agent, referrer_host, address_hash, visitor_key, click_id, tell_due_at
)
SELECT
    contact_id, program_id, advocate_id, visited_at, kind, reason, channel, asset, place,
    ad_parameter, user_agent, referrer_host, address_hash, visitor_key, click_id, tell_due_at
FROM arrived
ON CONFLICT (contact_id, click_id) DO NOTHING
RETURNING id, click_id
"""

# Takes visits whose time to be told has come; skips those in another worker's hands. Leans on
# visits_to_tell.
TAKE = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM referrals_visit
    WHERE tell_due_at <= %s
    ORDER BY tell_due_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
UPDATE referrals_visit AS visit
SET tell_due_at = NULL
WHERE (visit.contact_id, visit.id) IN (SELECT contact_id, id FROM picked)
    AND visit.tell_due_at <= %s
RETURNING visit.contact_id, visit.program_id, visit.channel, visit.click_id,
    visit.visited_at, visit.kind
"""


@dataclass
class Arrived:
    """A visit that is about to be recorded: to whose link, by whom, when, under which id."""

    advocate: Advocate
    arrival: Arrival
    at: datetime
    click_id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    kind: str = ""
    reason: str = ""

    @property
    def is_judged(self) -> bool:
        """Whether it is a person's first visit, as far as the request tells, or another's."""
        return self.kind not in (Visit.Kind.HUMAN, "")

    @property
    def is_mailed(self) -> bool:
        """Whether the link left in a mail of ours; nobody can say that it will."""
        return bool(self.arrival.mailed_at and self.arrival.mailed_at <= self.at)


def record_visit(
    *,
    advocate: Advocate,
    arrival: Arrival,
    now: datetime,
    click_id: str = "",
) -> Visit:
    """Record that a link was opened, and by whom."""
    arrived = Arrived(advocate, arrival, now)
    if click_id:
        arrived.click_id = click_id
    [visit] = record_visits([arrived], now=now)
    return visit


@transaction.atomic
def record_visits(arrivals: Sequence[Arrived], *, now: datetime) -> list[Visit]:
    """
    Record visits, each once by its click id; those of people are told as events.

    1. Judge each by what its request says.
    2. Lock the advocates of those who seem to be people, and judge these by what came before.
    3. Write them, and tell.

    :returns: what was written, in the order of time
    """
    ordered = sorted(arrivals, key=lambda one: one.at)
    for one in ordered:
        _judge_request(one)
    _judge_people([one for one in ordered if not one.is_judged])
    rows = [_row_of(one) for one in ordered]
    new = dict(prepared(WRITE, [json.dumps(rows)]).fetchall())
    ids = {click_id: pk for pk, click_id in new.items()}
    written = [one for one in ordered if one.click_id in ids]
    _tell_of(
        (
            (one.advocate.contact_id, one.advocate.program, one)
            for one in written
            if one.kind == Visit.Kind.HUMAN and not one.is_mailed
        ),
        now,
    )
    for one in written:
        if one.arrival.method == "HEAD":
            take_back(
                contact_id=one.advocate.contact_id,
                arrival=one.arrival,
                reason=ASKED_HEAD,
                now=one.at,
            )
    return [
        Visit(pk=ids[one.click_id], **row | {"visited_at": one.at, "tell_due_at": None})
        for one, row in zip(ordered, rows, strict=True)
        if one.click_id in ids
    ]


def _judge_request(one: Arrived) -> None:
    """Judge a visit by its request alone."""
    arrival = one.arrival
    verdict = classify(
        method=arrival.method,
        headers=arrival.headers,
        referrer_host=arrival.referrer_host,
    )
    one.kind, one.reason = verdict.kind, verdict.reason
    if one.kind != HUMAN:
        return
    if arrival.is_own_browser:
        one.kind = Visit.Kind.SELF
    elif one.is_mailed and arrival.mailed_at and one.at - arrival.mailed_at < TOO_SOON:
        one.kind, one.reason = SCANNER, QUICK


def _judge_people(people: Sequence[Arrived]) -> None:
    """Tell first visits from repeated ones, and from those of machines that look like people."""
    if not people:
        return
    values: dict[str, Any] = {
        "places": list(range(len(people))),
        "contacts": [one.advocate.contact_id for one in people],
        "advocates": [one.advocate.pk for one in people],
        "visitors": [one.arrival.visitor_key for one in people],
        "addresses": [one.arrival.address_hash for one in people],
        "ats": [one.at for one in people],
        "repeat": REPEAT,
        "long": LONG,
        "near": NEAR,
    }
    seen: dict[int, set[str]] = {place: set() for place in values["places"]}
    for place, kind, at in prepared_in_turn([(LOCK, values), (SEEN, values)])[1]:
        if kind != Visit.Kind.BOT or people[place].at - at <= NEAR:
            seen[place].add(kind)
    # Those of this very batch, which are in no table yet.
    firsts: dict[tuple[int, str], datetime] = {}
    for place, one in enumerate(people):
        key = (one.advocate.pk, one.arrival.visitor_key)
        if "trap" in seen[place]:
            one.kind, one.reason = SCANNER, TRAPPED
        elif Visit.Kind.BOT in seen[place]:
            one.kind, one.reason = SCANNER, ASKED_HEAD
        elif Visit.Kind.HUMAN in seen[place] or (
            key in firsts and one.at - firsts[key] < REPEAT
        ):
            one.kind = Visit.Kind.DUPLICATE
        else:
            firsts[key] = one.at


def _row_of(one: Arrived) -> dict[str, Any]:
    """Write a visit as the columns of its table."""
    arrival = one.arrival
    is_waiting = one.kind == Visit.Kind.HUMAN and one.is_mailed
    return {
        "contact_id": one.advocate.contact_id,
        "program_id": one.advocate.program_id,
        "advocate_id": one.advocate.pk,
        "visited_at": one.at.isoformat(),
        "kind": str(one.kind),
        "reason": one.reason[:60],
        "channel": clean_channel(arrival.channel),
        "asset": clean_word(arrival.asset),
        "place": clean_word(arrival.place),
        "ad_parameter": arrival.ad_parameter,
        "user_agent": arrival.user_agent,
        "referrer_host": arrival.referrer_host,
        "address_hash": arrival.address_hash,
        "visitor_key": arrival.visitor_key,
        "click_id": one.click_id,
        "tell_due_at": (one.at + SETTLED).isoformat() if is_waiting else None,
    }


def _tell_of(told: Iterable[tuple[int, Program, Arrived]], now: datetime) -> None:
    """Record the events of visits on the advocates' contacts."""
    record_many(
        [
            _fact(
                contact_id,
                program,
                channel=clean_channel(one.arrival.channel),
                click_id=one.click_id,
                at=one.at,
            )
            for contact_id, program, one in told
        ],
        now=now,
    )


def _fact(
    contact_id: int, program: Program, *, channel: str, click_id: str, at: datetime
) -> Fact:
    """Write the event of a visit."""
    properties = {
        "program": program.name,
        "program_id": program.pk,
        "channel": channel,
    }
    return Fact(contact_id, LINK_VISITED, at, f"visit:{click_id}", properties)


@transaction.atomic
def tell_visits(*, now: datetime) -> int:
    """
    Tell the visits of people that came from mails of ours and were found to be no scanner's.

    :returns: how many visits were looked at
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [now, TOLD_AT_ONCE, now])
        rows = cursor.fetchall()
    programs = Program.objects.in_bulk({row[1] for row in rows})
    facts = [
        _fact(
            contact_id, programs[program_id], channel=channel, click_id=click_id, at=at
        )
        for contact_id, program_id, channel, click_id, at, kind in rows
        if kind == Visit.Kind.HUMAN
    ]
    record_many(sorted(facts, key=lambda fact: fact.contact_id), now=now)
    return len(rows)


def visits_to_tell(now: datetime) -> Backlog:
    """See how many visits are to be told."""
    due = Visit.objects.filter(tell_due_at__lte=now)
    return backlog_of(due, "tell_due_at")
