"""
Keep the moments of contacts where time finds them: those that attributes hold, and what rules
have kept (``conditions.kept``).

Of whom something has changed they are read again when he is judged; of everybody when a rule
is filled or refreshed, part by part, while nobody judges.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max, Min

from audiences.conditions.kept import PREFIX, Kept, plain
from audiences.conditions.kind import Setting
from audiences.conditions.sql import Fragment, combine, value
from audiences.memberships import hand
from audiences.models import WatchedDate
from contacts.models import Contact

PART = 20_000

# Writes the moments that some contacts show under some names, and takes away those that they
# show no longer.
KEEP = """
WITH shown AS MATERIALIZED (
    SELECT DISTINCT contact.id AS contact_id, shown.name, shown.at
    FROM contacts_contact AS contact
    CROSS JOIN LATERAL ({}) AS shown
    WHERE {} AND contact.erased_at IS NULL AND shown.at IS NOT NULL
), gone AS (
    DELETE FROM audiences_watcheddate AS watched
    WHERE {} AND watched.name = ANY ({}) AND NOT EXISTS (
        SELECT FROM shown
        WHERE shown.contact_id = watched.contact_id AND shown.name = watched.name
            AND shown.at = watched.at
    )
)
INSERT INTO audiences_watcheddate (contact_id, name, at, month_day)
SELECT contact_id, name, at,
    extract(month FROM at AT TIME ZONE 'UTC') * 100
        + extract(day FROM at AT TIME ZONE 'UTC')
FROM shown
ORDER BY contact_id, name, at
ON CONFLICT (contact_id, name, at) DO NOTHING
"""


def moments_of(
    names: Iterable[str], kept: Mapping[str, Kept], *, now: datetime
) -> dict[str, Fragment]:
    """Say how the moments of some names are found; what no rule knows any more is left out."""
    setting = Setting(as_of=now, few=True)
    return {
        name: kept[name].rows(setting) if name in kept else plain(name)
        for name in names
        if name in kept or not name.startswith(PREFIX)
    }


def keep(moments: Mapping[str, Fragment], contact_ids: Sequence[int]) -> None:
    """Read moments of some contacts again; the caller holds the hand of the clock."""
    if moments and contact_ids:
        ids = value(list(contact_ids), "bigint[]")
        _keep(
            moments,
            ids.format("contact.id = ANY ({})"),
            ids.format("watched.contact_id = ANY ({})"),
        )


def keep_everybody(moments: Mapping[str, Fragment]) -> None:
    """Read the moments of everybody again, part by part, and forget all others."""
    WatchedDate.objects.exclude(name__in=list(moments)).delete()
    if not moments:
        return
    ends = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    for start in range(ends["first"], ends["last"] + 1, PART):
        between = combine("{} AND {}", value(start), value(start + PART - 1))
        with transaction.atomic():
            hand.take()
            _keep(
                moments,
                between.format("contact.id BETWEEN {}"),
                between.format("watched.contact_id BETWEEN {}"),
            )


def _keep(moments: Mapping[str, Fragment], contacts: Fragment, dates: Fragment) -> None:
    """Write and take away."""
    shown = [
        combine(
            "SELECT {} AS name, held.at FROM ({}) AS held", value(name, "text"), rows
        )
        for name, rows in moments.items()
    ]
    rows = combine(" UNION ALL ".join(["{}"] * len(shown)), *shown)
    names = value(list(moments), "text[]")
    statement = combine(KEEP, rows, contacts, dates, names)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
