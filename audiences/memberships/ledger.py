"""
Write who enters and who leaves, of many audiences in one statement; twice is once.

The ledger knows the episode. Each change is told to the consumers that watch its audience,
in the same statement; who enters quietly is told to nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from audiences.models.membership import Cause
from contacts.background import ring_for


@dataclass(frozen=True)
class Difference:
    """How many entered and left."""

    entered: int = 0
    left: int = 0

    def __add__(self, other: "Difference") -> "Difference":
        return Difference(self.entered + other.entered, self.left + other.left)


@dataclass(frozen=True)
class News:
    """Why a contact is looked at: an event, a change, time, or what was told after the fact."""

    cause: Cause
    event_id: int | None = None
    receipt_id: int | None = None


@dataclass(frozen=True)
class Move:
    """A contact enters an audience or leaves it, and why."""

    contact_id: int
    audience_id: int
    enters: bool
    news: News
    # Nobody is told of it.
    is_quiet: bool = False


# Lets contacts enter and leave, writes the ledger, and a reaction for each consumer that
# watches. A contact who merges with another meanwhile is waited for, and one who is gone
# enters nowhere. Leans on in_an_audience_once, where a sum keeps the index of the audience out,
# which looks better until the tables are analyzed, and on membership_changes_once. The planner
# can't know how many move: full joins under conditions that it does not see through are a hash
# or a merge whatever it expects, where a loop would take the square.
MOVE = """
WITH move AS MATERIALIZED (
    SELECT * FROM unnest(
        %(contacts)s::bigint[], %(audiences)s::bigint[], %(enters)s::boolean[],
        %(causes)s::text[], %(events)s::bigint[], %(receipts)s::bigint[],
        %(quiet)s::boolean[]
    ) AS move (contact_id, audience_id, enters, cause, event_id, receipt_id, is_quiet)
), present AS MATERIALIZED (
    SELECT contact.id
    FROM contacts_contact AS contact
    WHERE contact.id IN (SELECT contact_id FROM move WHERE enters)
    ORDER BY contact.id
    FOR KEY SHARE
), entered AS (
    INSERT INTO audiences_membership (contact_id, audience_id, episode, entered_at)
    SELECT move.contact_id, move.audience_id, 1 + coalesce((
        SELECT earlier.episode
        FROM audiences_membershipchange AS earlier
        WHERE earlier.contact_id = move.contact_id
        AND earlier.audience_id = move.audience_id
        ORDER BY earlier.episode DESC
        LIMIT 1
    ), 0), %(now)s
    FROM move
    FULL JOIN present ON present.id = move.contact_id
    WHERE coalesce(move.enters AND present.id IS NOT NULL, FALSE)
    ON CONFLICT (contact_id, audience_id) DO NOTHING
    RETURNING contact_id, audience_id, episode
), departed AS (
    DELETE FROM audiences_membership AS member
    USING move
    WHERE member.contact_id = move.contact_id
    AND member.audience_id + 0 = move.audience_id
    AND NOT move.enters
    RETURNING member.contact_id, member.audience_id, member.episode
), difference AS (
    SELECT contact_id, audience_id, episode, 'entered' AS change FROM entered
    UNION ALL
    SELECT contact_id, audience_id, episode, 'left' FROM departed
), changed AS (
    INSERT INTO audiences_membershipchange (
        contact_id, audience_id, episode, change, changed_at, cause, event_id, receipt_id
    )
    SELECT contact_id, audience_id, difference.episode, difference.change, %(now)s,
        move.cause, move.event_id, move.receipt_id
    FROM difference
    FULL JOIN move USING (contact_id, audience_id)
    WHERE coalesce(difference.episode, 0) > 0
    RETURNING contact_id, audience_id, episode, change
), reacting AS (
    INSERT INTO audiences_membershipreaction
        (contact_id, consumer, audience_id, episode, change, changed_at, created_at)
    SELECT contact_id, watched.consumer, audience_id, changed.episode, changed.change,
        %(now)s, %(now)s
    FROM changed
    FULL JOIN move USING (contact_id, audience_id)
    JOIN audiences_watchedaudience AS watched USING (audience_id)
    WHERE coalesce(changed.episode > 0 AND NOT move.is_quiet, FALSE)
    RETURNING consumer
)
SELECT audience_id,
    count(*) FILTER (WHERE change = 'entered'),
    count(*) FILTER (WHERE change = 'left'),
    ARRAY(SELECT DISTINCT consumer FROM reacting)
FROM changed
GROUP BY audience_id
"""

# Tells of members who have been in it since before, once for each stay, as if they had entered
# now. Leans on membership_reaction_once.
TELL_AGAIN = """
WITH told AS (
    INSERT INTO audiences_membershipreaction
        (contact_id, consumer, audience_id, episode, change, changed_at, created_at)
    SELECT member.contact_id, watched.consumer, member.audience_id, member.episode,
        'entered', %(now)s, %(now)s
    FROM audiences_membership AS member
    JOIN audiences_watchedaudience AS watched USING (audience_id)
    WHERE member.audience_id = %(audience)s AND member.contact_id = ANY (%(contacts)s)
    ON CONFLICT (contact_id, consumer, audience_id, episode, change) DO NOTHING
    RETURNING consumer
)
SELECT ARRAY(SELECT DISTINCT consumer FROM told)
"""

# Sizes follow the ledger, and no later look may be overwritten by an earlier one.
KEEP_SIZES = """
UPDATE audiences_audience AS audience
SET size = audience.size + judged.growth, judged_at = %(now)s
FROM unnest(%(audiences)s::bigint[], %(growths)s::bigint[])
    AS judged (audience_id, growth)
WHERE audience.id = judged.audience_id
"""


def write(moves: Sequence[Move], *, now: datetime) -> dict[int, Difference]:
    """Write the moves of contacts; how many there really were, by audience."""
    if not moves:
        return {}
    values: dict[str, Any] = {
        "contacts": [move.contact_id for move in moves],
        "audiences": [move.audience_id for move in moves],
        "enters": [move.enters for move in moves],
        "causes": [move.news.cause.value for move in moves],
        "events": [move.news.event_id for move in moves],
        "receipts": [move.news.receipt_id for move in moves],
        "quiet": [
            move.enters and (move.is_quiet or move.news.cause == Cause.HISTORY)
            for move in moves
        ],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, values)
        rows = cursor.fetchall()
    ring_for({consumer for row in rows for consumer in row[3]})
    return {row[0]: Difference(row[1], row[2]) for row in rows}


def tell_again(audience_id: int, contact_ids: Iterable[int], *, now: datetime) -> None:
    """Tell of those of the contacts who are members, as if they entered now."""
    values: dict[str, Any] = {
        "audience": audience_id,
        "contacts": list(contact_ids),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(TELL_AGAIN, values)
        ring_for(cursor.fetchone()[0])


def keep_sizes(
    audience_ids: Iterable[int],
    differences: Mapping[int, Difference],
    *,
    now: datetime,
) -> None:
    """Bring sizes into line, and remember up to when the audiences have been judged."""
    ids = list(audience_ids)
    changed = [differences.get(pk, Difference()) for pk in ids]
    growths = [difference.entered - difference.left for difference in changed]
    with connection.cursor() as cursor:
        cursor.execute(KEEP_SIZES, {"audiences": ids, "growths": growths, "now": now})
