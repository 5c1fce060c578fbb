"""Combine what two contacts both have in the tables of contacts."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from contacts.identities.by_hand import register_teller
from contacts.identities.combining import Merging, register_combiner
from contacts.models import Consent, ListMembership

# A no of either is the no of both: the strictest wins, with its time.
STRICTEST = """
WITH theirs AS (
    DELETE FROM contacts_consent AS merged
    USING contacts_consent AS kept
    WHERE merged.contact_id = %(merged)s AND kept.contact_id = %(survivor)s
        AND kept.channel = merged.channel
    RETURNING merged.channel, merged.state, merged.changed_at
)
UPDATE contacts_consent AS kept
SET state = CASE WHEN 'withdrawn' IN (kept.state, theirs.state) THEN 'withdrawn' ELSE kept.state END,
    changed_at = CASE
        WHEN kept.state = theirs.state THEN greatest(kept.changed_at, theirs.changed_at)
        WHEN theirs.state = 'withdrawn' THEN theirs.changed_at
        ELSE kept.changed_at
    END
FROM theirs
WHERE kept.contact_id = %(survivor)s AND kept.channel = theirs.channel
"""

# Who is on a list twice has been on it since the first time.
SINCE_FIRST = """
WITH theirs AS (
    DELETE FROM contacts_listmembership AS merged
    USING contacts_listmembership AS kept
    WHERE merged.contact_id = %(merged)s AND kept.contact_id = %(survivor)s
        AND kept.contact_list_id = merged.contact_list_id
    RETURNING merged.contact_list_id, merged.added_at
)
UPDATE contacts_listmembership AS kept
SET added_at = least(kept.added_at, theirs.added_at)
FROM theirs
WHERE kept.contact_id = %(survivor)s AND kept.contact_list_id = theirs.contact_list_id
"""


def combine_consents(merging: Merging) -> None:
    """Let the strictest permission of both count, for each channel."""
    execute(STRICTEST, merging)


def combine_lists(merging: Merging) -> None:
    """Put who remains on the lists of both."""
    execute(SINCE_FIRST, merging)


def execute(statement: str, merging: Merging) -> None:
    """Run a statement of a combiner."""
    values: dict[str, Any] = {
        "survivor": merging.survivor_id,
        "merged": merging.merged_id,
        "now": merging.now,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def tell(tables: Mapping[str, Any]) -> list[str]:
    """Say what a merge does to permissions."""
    consents = tables.get(Consent._meta.label_lower, {})
    states = {row["state"] for row in consents.get("before", {}).values()}
    if "withdrawn" in states:
        return ["One of them unsubscribed. That counts for both."]
    return []


def register() -> None:
    """Make these known; called in ``AppConfig.ready``."""
    register_combiner(combine_consents, Consent)
    register_combiner(combine_lists, ListMembership)
    register_teller(tell)
