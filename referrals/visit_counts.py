"""
How many visits there were, also where there are many millions.

Days that are long over are counted once and kept in ``VisitCount``; what came since, and the
parts of days at the edges of a period, is counted from the rows. Both in one statement, and no
visit is in both, so the sum is that of the rows, whenever the counting goes on.
"""

from collections import Counter
from datetime import UTC, datetime, time, timedelta

from django.db import connection, transaction

from contacts.background import Backlog
from referrals.models import Visit, VisitCount, VisitCounting, WaitingVisit

# Nobody records a visit so long after it.
SETTLED = timedelta(days=1)

# Counts the visits of some days. Leans on visits_by_time.
COUNT = """
INSERT INTO referrals_visitcount (program_id, day, channel, kind, visits)
SELECT program_id, (visited_at AT TIME ZONE 'UTC')::date, channel, kind, count(*)
FROM referrals_visit
WHERE visited_at < %(until)s AND (%(since)s::timestamptz IS NULL OR visited_at >= %(since)s)
GROUP BY 1, 2, 3, 4
"""
# Adds up the days that were counted, the row by row between them and the edges of the period.
ADD_UP = """
SELECT program_id, channel, kind, sum(visits)::bigint
FROM (
    SELECT program_id, channel, kind, visits
    FROM referrals_visitcount
    WHERE day >= %(first)s AND day < %(last)s
    UNION ALL
    SELECT program_id, channel, kind, count(*)
    FROM referrals_visit
    WHERE visited_at >= %(since)s AND visited_at < %(first_at)s
    GROUP BY program_id, channel, kind
    UNION ALL
    SELECT program_id, channel, kind, count(*)
    FROM referrals_visit
    WHERE visited_at >= %(last_at)s AND visited_at < %(until)s
    GROUP BY program_id, channel, kind
) AS counted
GROUP BY program_id, channel, kind
"""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def count_visits(
    *, since: datetime | None, until: datetime
) -> Counter[tuple[int, str, str]]:
    """Count the visits of a period by program, way of sharing and kind; two queries."""
    since = since or BEGINNING
    counted_until = _counted_until() or BEGINNING
    first_at = _next_midnight(since)
    last_at = max(min(counted_until, _midnight(until)), first_at)
    values = {
        "since": since,
        "until": until,
        "first": first_at.date(),
        "last": last_at.date(),
        # A period within one day has no edges: all of it is counted by the row.
        "first_at": min(first_at, until),
        "last_at": min(last_at, until),
    }
    with connection.cursor() as cursor:
        cursor.execute(ADD_UP, values)
        return Counter(
            {
                (program_id, channel, kind): visits
                for program_id, channel, kind, visits in cursor.fetchall()
            }
        )


@transaction.atomic
def keep_count(*, now: datetime) -> int:
    """
    Count the days that are settled; one at a time does it.

    :returns: how many rows of counts were written
    """
    VisitCounting.objects.get_or_create(pk=1)
    counting = VisitCounting.objects.select_for_update().get(pk=1)
    until = _settled_until(now)
    if counting.counted_until and counting.counted_until >= until:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"since": counting.counted_until, "until": until})
        written = cursor.rowcount
    counting.counted_until = until
    counting.save(update_fields=["counted_until"])
    return written


@transaction.atomic
def recount_visits(*, now: datetime) -> int:
    """
    Forget the counts and count all settled days anew; what is read meanwhile is as before.

    :returns: how many rows of counts were written
    """
    VisitCounting.objects.get_or_create(pk=1)
    list(VisitCounting.objects.select_for_update().filter(pk=1))
    VisitCount.objects.all().delete()
    VisitCounting.objects.filter(pk=1).update(counted_until=None)
    return keep_count(now=now)


def counts_backlog(now: datetime) -> Backlog:
    """Say whether there are settled days that nobody has counted, and since when."""
    until = _settled_until(now)
    counted_until = _counted_until()
    if counted_until and counted_until >= until:
        return Backlog(0, None)
    visits = Visit.objects.filter(visited_at__lt=until)
    if counted_until:
        visits = visits.filter(visited_at__gte=counted_until)
    return Backlog(1, now) if visits.exists() else Backlog(0, None)


def _counted_until() -> datetime | None:
    """Say up to where visits are counted."""
    rows = VisitCounting.objects.filter(pk=1).values_list("counted_until", flat=True)
    return rows.first()


def _settled_until(now: datetime) -> datetime:
    """Say up to where nobody records a visit any more; what still waits is not settled."""
    waiting = WaitingVisit.objects.order_by("pk").values_list("arrived_at", flat=True)
    oldest = waiting.first() or now
    return _midnight(min(now - SETTLED, oldest))


def _midnight(at: datetime) -> datetime:
    """Give the beginning of the day, by UTC."""
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)


def _next_midnight(at: datetime) -> datetime:
    """Give the end of the day, by UTC; of a day's first moment that moment."""
    midnight = _midnight(at)
    return midnight if midnight == at else midnight + timedelta(days=1)
