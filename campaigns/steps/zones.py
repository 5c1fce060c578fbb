"""A batch, sorted by what the wall clock where its contacts live depends on."""

from collections import defaultdict
from datetime import timedelta

from django.db import connection

from campaigns.asks.holds import Candidate
from campaigns.steps.base import Batch

# The units that are exact; a day is 24 hours.
EXACT = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}

# Selects the zones of contacts, and an attribute. Leans on the primary key.
ZONES = """
SELECT id, time_zone, COALESCE(attributes ->> %s, '')
FROM contacts_contact
WHERE id = ANY (%s)
"""


def by_zone(
    batch: Batch, attribute: str = ""
) -> dict[tuple[str, str], list[Candidate]]:
    """Sort a batch by the zones that the contacts give, and what an attribute says."""
    ids = [one.contact_id for one in batch.candidates]
    with connection.cursor() as cursor:
        cursor.execute(ZONES, [attribute, ids])
        found = {pk: (zone, said) for pk, zone, said in cursor.fetchall()}
    groups: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for candidate in batch.candidates:
        groups[found.get(candidate.contact_id, ("", ""))].append(candidate)
    return groups
