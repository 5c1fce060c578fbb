"""
Let time pass: look again at those for whom a moment has come at which a rule may turn.

A head stands behind the present for each such moment that rules wait for, and reads what it
is counted from: an index of events by time, the ledger, dates of contacts. Nobody else is
looked at, and no row waits for a person. Who is judged and how far time has come are one
transaction, in which nobody else judges.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.db import connection, transaction

from audiences.conditions.kind import Clock
from audiences.conditions.sql import Fragment
from audiences.conditions.states import STATES
from audiences.memberships import hand
from audiences.memberships.heads import flip_of
from audiences.memberships.judge import Happening, judge
from audiences.memberships.ledger import News
from audiences.memberships.rules import is_woken, wakes_by_audience
from audiences.memberships.schedule import refresh_soon
from audiences.models import ClockHead
from audiences.models.membership import Cause
from contacts.background import Backlog

SLICE = "audiences.clock"
TASK = "audiences.tasks.let_time_pass"
# Of more contacts for one moment, as after a long stop or at nine o'clock where most of them
# live, the whole audience is refreshed, which is cheaper.
MOST = 5_000
# So many contacts are judged in one turn.
TURN = 10_000
# While moments come, one after the other, it looks so often: nobody judges meanwhile.
PACE_SECONDS = 0.4
DAY = timedelta(days=1)
LONGEST_YEAR = 366

# Reads for every head whom its moment has come to, the earliest first. Leans on event_by_name,
# event_came_early, newest_membership_changes, watched_date_by_time, watched_date_by_day and
# contact_time_zone, which has nobody of no zone: in order, so that nobody is read where nobody
# lives. Right after an event nothing turns, but where it came before its time.
PASSED = """
SELECT head.id, passed.contact_id, passed.moment
FROM audiences_clockhead AS head
CROSS JOIN LATERAL (
    SELECT event.contact_id, event.occurred_at + head.after AS moment
    FROM contacts_event AS event
    WHERE event.name = head.name
        AND event.occurred_at > head.passed_until - head.after
        AND event.occurred_at <= %(now)s - head.after
    ORDER BY event.occurred_at
    LIMIT %(most)s
) AS passed
WHERE head.clock = 'event' AND head.after > interval '0'
UNION ALL
SELECT head.id, passed.contact_id, passed.moment
FROM audiences_clockhead AS head
CROSS JOIN LATERAL (
    SELECT event.contact_id, event.occurred_at AS moment
    FROM contacts_event AS event
    WHERE event.name = head.name
        AND event.occurred_at > head.passed_until
        AND event.occurred_at <= %(now)s
        AND event.received_at < event.occurred_at
    ORDER BY event.occurred_at
    LIMIT %(most)s
) AS passed
WHERE head.clock = 'event' AND head.after = interval '0'
UNION ALL
SELECT head.id, passed.contact_id, passed.moment
FROM audiences_clockhead AS head
CROSS JOIN LATERAL (
    SELECT change.contact_id, change.changed_at + head.after AS moment
    FROM audiences_membershipchange AS change
    WHERE change.audience_id = CASE WHEN head.clock = 'change' THEN head.name::bigint END
        AND change.changed_at > head.passed_until - head.after
        AND change.changed_at <= %(now)s - head.after
    ORDER BY change.changed_at
    LIMIT %(most)s
) AS passed
WHERE head.clock = 'change'
UNION ALL
SELECT head.id, passed.contact_id, passed.moment
FROM audiences_clockhead AS head
CROSS JOIN LATERAL (
    SELECT watched.contact_id, watched.at + head.after AS moment
    FROM audiences_watcheddate AS watched
    WHERE watched.name = head.name
        AND watched.at > head.passed_until - head.after
        AND watched.at <= %(now)s - head.after
    ORDER BY watched.at
    LIMIT %(most)s
) AS passed
WHERE head.clock = 'date'
UNION ALL
SELECT head.id, passed.contact_id, day.moment
FROM unnest(%(day_heads)s::bigint[], %(days)s::smallint[], %(day_moments)s::timestamptz[])
    AS day (head_id, month_day, moment)
JOIN audiences_clockhead AS head ON head.id = day.head_id
CROSS JOIN LATERAL (
    SELECT watched.contact_id
    FROM audiences_watcheddate AS watched
    WHERE watched.name = head.name AND watched.month_day = day.month_day
    LIMIT %(most)s
) AS passed
UNION ALL
SELECT zone.head_id, passed.contact_id, %(now)s
FROM unnest(%(zone_heads)s::bigint[], %(zones)s::text[]) AS zone (head_id, name)
CROSS JOIN LATERAL (
    SELECT contact.id AS contact_id
    FROM contacts_contact AS contact
    WHERE contact.time_zone BETWEEN zone.name AND zone.name AND contact.time_zone <> ''
    ORDER BY contact.time_zone
    LIMIT %(most)s
) AS passed
"""
# One more part for each state that time begins or ends.
ENDED = """
UNION ALL (
    SELECT {head}::bigint, ended.contact_id, ended.at
    FROM ({ends}) AS ended
    WHERE ended.at > {since} AND ended.at <= {now}
    ORDER BY ended.at
    LIMIT {most}
)
"""


def backlog(now: datetime) -> Backlog:
    """See whether a moment has come for anybody, and the first one."""
    rows = _passed(list(ClockHead.objects.all()), now=now, most=1)
    return Backlog(len(rows), min((moment for _, _, moment in rows), default=None))


@transaction.atomic
def pass_time(now: datetime) -> int:
    """
    Let time come to the present, and judge those for whom a moment has come.

    After a long stop it goes on in the next turn, head by head.

    :returns: how many moments have come; 0 if there is nothing to do
    """
    hand.take()
    heads = {head.pk: head for head in ClockHead.objects.all()}
    rows = _passed(list(heads.values()), now=now, most=MOST + 1)
    by_head: dict[int, list[int]] = {pk: [] for pk in heads}
    for pk, contact_id, _ in rows:
        by_head[pk].append(contact_id)
    crowded = [pk for pk, found in by_head.items() if len(found) > MOST]
    refresh_soon(_waiting_for([heads[pk] for pk in crowded]), now=now)
    happenings: list[Happening] = []
    come = list(crowded)
    for pk, found in by_head.items():
        if pk in crowded or len(happenings) + len(found) > TURN:
            continue
        happenings += _happenings(heads[pk], found)
        come.append(pk)
    if happenings:
        judge(happenings, now=now)
    if rows:
        behind = ClockHead.objects.filter(pk__in=come, passed_until__lt=now)
        behind.update(passed_until=now)
    return len(rows)


def _happenings(head: ClockHead, contact_ids: Iterable[int]) -> list[Happening]:
    """Say whom to look at because the moment of a head has come."""
    flip, news = flip_of(head), News(Cause.TIME)
    return [Happening(pk, flip, news) for pk in contact_ids]


def _waiting_for(heads: Sequence[ClockHead]) -> list[int]:
    """List the audiences that wait for the moments of some heads."""
    flips = {flip_of(head) for head in heads}
    keys = frozenset(flips | {replace(flip, of_account=True) for flip in flips})
    if not keys:
        return []
    return [pk for pk, wakes in wakes_by_audience().items() if is_woken(wakes, keys)]


def _passed(
    heads: Sequence[ClockHead], *, now: datetime, most: int
) -> list[tuple[int, int, datetime]]:
    """Read head, contact and moment, of at most so many for each head."""
    if not heads:
        return []
    days = [
        (head.pk, *day)
        for head in heads
        if head.clock == Clock.ANNIVERSARY
        for day in _days(head, now)
    ]
    zones = [
        (head.pk, zone)
        for head in heads
        if head.clock == Clock.LOCAL
        for zone in _zones(head, now)
    ]
    values: dict[str, Any] = {
        "now": now,
        "most": most,
        "day_heads": [day[0] for day in days],
        "days": [day[1] for day in days],
        "day_moments": [day[2] for day in days],
        "zone_heads": [zone[0] for zone in zones],
        "zones": [zone[1] for zone in zones],
    }
    text = PASSED
    for head in heads:
        if head.clock == Clock.STATE:
            text += _ended(head, values)
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall()


def _ended(head: ClockHead, values: dict[str, Any]) -> str:
    """Write the part for a state, whose placeholders get names."""
    state = STATES.get(head.name)
    if state is None or state.ends is None:
        return ""
    ends: Fragment = state.ends()
    names = [f"state_{head.pk}_{place}" for place in range(len(ends.params))]
    values.update(zip(names, ends.params, strict=True))
    text = ends.text
    for name in names:
        text = text.replace("%s", f"%({name})s", 1)
    values[f"head_{head.pk}"] = head.pk
    values[f"since_{head.pk}"] = head.passed_until
    return ENDED.format(
        head=f"%(head_{head.pk})s",
        ends=text,
        since=f"%(since_{head.pk})s",
        now="%(now)s",
        most="%(most)s",
    )


def _days(head: ClockHead, now: datetime) -> list[tuple[int, datetime]]:
    """List the days of the year whose turn has come, with the moment; 29 February on the 28th."""
    first = (head.passed_until - head.after).astimezone(UTC)
    last = (now - head.after).astimezone(UTC)
    day = datetime.combine(first.date(), time.min, UTC)
    if last - day > LONGEST_YEAR * DAY:
        day = datetime.combine(last.date(), time.min, UTC) - LONGEST_YEAR * DAY
    found = []
    while day <= last:
        if day > first:
            found.append((day.month * 100 + day.day, day + head.after))
            if (day.month, (day + DAY).day) == (2, 1):
                found.append((229, day + head.after))
        day += DAY
    return found


def _zones(head: ClockHead, now: datetime) -> tuple[str, ...]:
    """List the time zones in which clocks have come to the time of a head, or were moved."""
    minute = now.replace(second=0, microsecond=0)
    if head.passed_until >= minute:
        return ()
    return zones_between(time.fromisoformat(head.name), head.passed_until, minute)


@lru_cache(maxsize=1_000)
def zones_between(wanted: time, since: datetime, until: datetime) -> tuple[str, ...]:
    """List them for a time of the day; once for each minute, for there are hundreds."""
    return tuple(
        zone
        for zone in sorted(available_timezones())
        if _has_come(wanted, zone, since, until)
    )


def _has_come(wanted: time, zone: str, since: datetime, now: datetime) -> bool:
    """Say whether the clocks of a zone have come to a time of the day, or were moved."""
    before, after = (moment.astimezone(ZoneInfo(zone)) for moment in (since, now))
    if before.utcoffset() != after.utcoffset():
        return True
    candidate = datetime.combine(after.date(), wanted)
    here, there = before.replace(tzinfo=None), after.replace(tzinfo=None)
    return here < candidate <= there or here < candidate - DAY <= there
