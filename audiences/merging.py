"""What becomes of memberships when two contacts become one, and when that is undone."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db import connection, transaction

from audiences.models import Membership, MembershipChange
from contacts.identities.combine import execute
from contacts.identities.combining import Merging, register_combiner, register_parting

# Of stays with the same number, the ledger keeps those of who remains.
SAME_STAYS = """
DELETE FROM audiences_membershipchange AS merged
USING audiences_membershipchange AS kept
WHERE merged.contact_id = %(merged)s AND kept.contact_id = %(survivor)s
    AND kept.audience_id = merged.audience_id
    AND kept.episode = merged.episode
"""

# A stay of the other one that is in the ledger, and does not go on as it is, ends here.
CLOSE = """
INSERT INTO audiences_membershipchange
    (contact_id, audience_id, episode, change, changed_at, cause)
SELECT merged.contact_id, merged.audience_id, merged.episode, 'left', %(now)s, 'merged'
FROM audiences_membership AS merged
JOIN audiences_membershipchange AS entry
    ON entry.contact_id = merged.contact_id AND entry.audience_id = merged.audience_id
    AND entry.episode = merged.episode AND entry.change = 'entered'
WHERE merged.contact_id = %(merged)s AND EXISTS (
    SELECT FROM audiences_membershipchange AS kept
    WHERE kept.contact_id = %(survivor)s AND kept.audience_id = merged.audience_id
)
ON CONFLICT DO NOTHING
"""

# Who remains enters where only the other one was, in a new stay if he has stayed there before.
ENTER = """
WITH theirs AS (
    DELETE FROM audiences_membership AS merged
    WHERE merged.contact_id = %(merged)s AND EXISTS (
        SELECT FROM audiences_membershipchange AS kept
        WHERE kept.contact_id = %(survivor)s AND kept.audience_id = merged.audience_id
    )
    RETURNING merged.audience_id, merged.entered_at
), entered AS (
    INSERT INTO audiences_membership (contact_id, audience_id, episode, entered_at)
    SELECT %(survivor)s, theirs.audience_id, 1 + (
        SELECT max(earlier.episode) FROM audiences_membershipchange AS earlier
        WHERE earlier.contact_id IN (%(survivor)s, %(merged)s)
            AND earlier.audience_id = theirs.audience_id
    ), theirs.entered_at
    FROM theirs
    ON CONFLICT (contact_id, audience_id) DO NOTHING
    RETURNING audience_id, episode
)
INSERT INTO audiences_membershipchange
    (contact_id, audience_id, episode, change, changed_at, cause)
SELECT %(survivor)s, audience_id, episode, 'entered', %(now)s, 'merged' FROM entered
"""

# Where two members become one.
TWICE = """
SELECT merged.audience_id
FROM audiences_membership AS merged
JOIN audiences_membership AS kept
    ON kept.audience_id = merged.audience_id AND kept.contact_id = %(survivor)s
WHERE merged.contact_id = %(merged)s
"""

# In the order in which whoever judges locks audiences.
RESIZE = """
WITH locked AS MATERIALIZED (
    SELECT id FROM audiences_audience WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE
)
UPDATE audiences_audience AS audience SET size = greatest(audience.size + changed.members, 0)
FROM locked
JOIN unnest(%s::bigint[], %s::bigint[]) AS changed (id, members) ON changed.id = locked.id
WHERE locked.id = audience.id
"""


def combine_memberships(merging: Merging) -> None:
    """
    Let who remains be where either was, with a ledger that still adds up.

    Where only the other one has ever been, his rows simply move.
    """
    with connection.cursor() as cursor:
        values = {"survivor": merging.survivor_id, "merged": merging.merged_id}
        cursor.execute(TWICE, values)
        twice = [row[0] for row in cursor.fetchall()]
    if twice:
        # Afterwards: who judges locks audiences first, and then contacts.
        fewer = dict.fromkeys(twice, -1)
        transaction.on_commit(partial(resize, fewer), robust=True)
    execute(SAME_STAYS, merging)
    execute(CLOSE, merging)
    execute(ENTER, merging)


def begin_parting(contact_ids: Sequence[int]) -> Callable[[datetime], None]:
    """See in which audiences two contacts are, to count who is there again afterwards."""
    before = _count_stays(contact_ids)

    def finish(now: datetime) -> None:
        """Count the members that are there again, or no more."""
        changes = _count_stays(contact_ids)
        changes.subtract(before)
        if any(changes.values()):
            transaction.on_commit(partial(resize, changes), robust=True)

    return finish


def _count_stays(contact_ids: Sequence[int]) -> Counter[int]:
    """Count who of some contacts is a member, by audience."""
    members = Membership.objects.filter(contact_id__in=contact_ids)
    return Counter(members.values_list("audience_id", flat=True))


def resize(changes: Mapping[int, int]) -> None:
    """Count so many members more or less; a check counts again, should this ever be lost."""
    with connection.cursor() as cursor:
        ids = list(changes)
        cursor.execute(RESIZE, [ids, ids, list(changes.values())])


def register() -> None:
    """Make it known; called in ``AppConfig.ready``."""
    register_combiner(combine_memberships, Membership, MembershipChange)
    register_parting(begin_parting)
