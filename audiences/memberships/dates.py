"""
Keep the moments that attributes hold where time finds them.

Of whom something has changed they are read again when he is judged; of everybody when a rule
is filled or refreshed, part by part, while nobody judges.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Max, Min

from audiences.conditions.sql import Fragment, combine, value
from audiences.conditions.subjects import contact_subject
from audiences.memberships import hand
from audiences.models import WatchedDate
from contacts.models import Contact

PART = 20_000

# Writes the moments that some contacts show, and takes away those that they show no longer.
KEEP = """
WITH shown AS MATERIALIZED (
    SELECT contact.id AS contact_id, shown.name, shown.at
    FROM contacts_contact AS contact
    CROSS JOIN LATERAL (VALUES {}) AS shown (name, at)
    WHERE {} AND contact.erased_at IS NULL AND shown.at IS NOT NULL
), gone AS (
    DELETE FROM audiences_watcheddate AS watched
    WHERE {} AND NOT EXISTS (
        SELECT FROM shown
        WHERE shown.contact_id = watched.contact_id AND shown.name = watched.name
    )
)
INSERT INTO audiences_watcheddate AS watched (contact_id, name, at, month_day)
SELECT contact_id, name, at,
    extract(month FROM at AT TIME ZONE 'UTC') * 100
        + extract(day FROM at AT TIME ZONE 'UTC')
FROM shown
ORDER BY contact_id, name
ON CONFLICT (contact_id, name) DO UPDATE
SET at = excluded.at, month_day = excluded.month_day
WHERE watched.at <> excluded.at
"""


def keep(names: Sequence[str], contact_ids: Sequence[int]) -> None:
    """Read the moments of some contacts again; the caller holds the hand of the clock."""
    if names and contact_ids:
        ids = value(list(contact_ids), "bigint[]")
        _keep(
            names,
            ids.format("contact.id = ANY ({})"),
            ids.format("watched.contact_id = ANY ({})"),
        )


def keep_everybody(names: Sequence[str]) -> None:
    """Read the moments of everybody again, part by part."""
    WatchedDate.objects.exclude(name__in=names).delete()
    if not names:
        return
    ends = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    for start in range(ends["first"], ends["last"] + 1, PART):
        between = combine("{} AND {}", value(start), value(start + PART - 1))
        with transaction.atomic():
            hand.take()
            _keep(
                names,
                between.format("contact.id BETWEEN {}"),
                between.format("watched.contact_id BETWEEN {}"),
            )


def _keep(names: Sequence[str], contacts: Fragment, dates: Fragment) -> None:
    """Write and take away."""
    shown = [
        combine("({}, {})", value(name, "text"), contact_subject(name).moment)
        for name in names
    ]
    rows = combine(", ".join(["{}"] * len(shown)), *shown)
    statement = combine(KEEP, rows, contacts, dates)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
