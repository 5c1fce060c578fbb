"""
Ways through people: who leads back to whom, over referrals and over what people share.

A way follows a referral from the advocate to his friend, and what two people share in either
direction, at most two such steps in a row. It has at most five steps and visits nobody twice. What more people share than a
crowd has is no step: see ``facts.CROWD``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from referrals.fraud.facts import CROWD, Hop

DEPTH = 5
# Steps over what people share that may follow one another: who shares much shares it with the
# same people, and every further step would try all of them again.
IN_A_ROW = 2
# What two people share only if they are one, or know each other well.
BINDING = ("mailbox", "device", "phone", "postal", "payment", "payout")
# More people than this around a referral are not drawn.
MOST_PEOPLE = 60

# For each referral the shortest ways that lead from the friend back to the advocate, and from
# the friend over shared things alone to other friends of the advocate. Each way knows its
# people, so that it never turns in a circle, and what it has passed over: within those who share
# one thing, one step reaches all. Leans on referrals_of_advocate, signal_once_per_person
# and signal_holders.
WAYS = """
WITH RECURSIVE binding AS MATERIALIZED (
    SELECT unnest(%(binding)s::text[]) AS kind
), way AS (
    SELECT referral.id AS referral_id, referral.program_id, referral.advocate_contact_id AS goal,
        referral.contact_id AS contact_id, ARRAY[referral.contact_id] AS people,
        ARRAY[]::text[] AS hops, ARRAY[]::text[] AS passed, 0 AS in_a_row,
        false AS has_referral
    FROM referrals_referral AS referral
    WHERE referral.id = ANY(%(referrals)s)
  UNION ALL
    SELECT way.referral_id, way.program_id, way.goal, step.contact_id,
        way.people || step.contact_id, way.hops || step.kind, way.passed || step.value,
        CASE WHEN step.kind = 'referral' THEN 0 ELSE way.in_a_row + 1 END,
        way.has_referral OR step.kind = 'referral'
    FROM way
    CROSS JOIN LATERAL (
        SELECT friend.contact_id, 'referral'::text AS kind, ''::text AS value
        FROM referrals_referral AS friend
        WHERE friend.advocate_contact_id = way.contact_id
            AND friend.program_id = way.program_id
      UNION ALL
        SELECT DISTINCT ON (theirs.contact_id) theirs.contact_id, own.kind, own.value
        FROM (
            SELECT signal.kind, signal.value
            FROM referrals_fraudsignal AS signal
            JOIN binding USING (kind)
            WHERE signal.contact_id = way.contact_id AND way.in_a_row < %(in_a_row)s
                AND signal.value <> ALL(way.passed)
                AND (
                    SELECT count(*) FROM (
                        SELECT FROM referrals_fraudsignal AS holder
                        WHERE holder.kind = signal.kind AND holder.value = signal.value
                        LIMIT %(crowd)s + 1
                    ) AS holder
                ) <= %(crowd)s
            OFFSET 0
        ) AS own
        JOIN referrals_fraudsignal AS theirs
            ON theirs.kind = own.kind AND theirs.value = own.value
        WHERE theirs.contact_id <> way.contact_id
    ) AS step
    WHERE cardinality(way.hops) < %(depth)s
        AND way.contact_id <> way.goal
        AND step.contact_id <> ALL(way.people)
), back AS (
    SELECT DISTINCT ON (referral_id) referral_id, 'back' AS what, people, hops
    FROM way
    WHERE contact_id = goal
    ORDER BY referral_id, cardinality(hops), people
), twin AS (
    SELECT DISTINCT ON (way.referral_id, way.contact_id)
        way.referral_id, 'twin' AS what, way.people, way.hops
    FROM way
    JOIN referrals_referral AS sibling
        ON sibling.contact_id = way.contact_id AND sibling.program_id = way.program_id
        AND sibling.advocate_contact_id = way.goal
    WHERE NOT way.has_referral AND cardinality(way.hops) > 0
    ORDER BY way.referral_id, way.contact_id, cardinality(way.hops), way.people
)
SELECT * FROM back UNION ALL SELECT * FROM twin
"""

# Everybody within five steps of two people, over referrals of the program in either direction
# and over what they share; each person once, with the fewest steps.
AROUND = """
WITH RECURSIVE binding AS MATERIALIZED (
    SELECT unnest(%(binding)s::text[]) AS kind
), reached AS (
    SELECT contact_id, 0 AS steps FROM unnest(%(people)s::bigint[]) AS start (contact_id)
  UNION
    SELECT step.contact_id, reached.steps + 1
    FROM reached
    CROSS JOIN LATERAL (
        SELECT theirs.contact_id
        FROM referrals_fraudsignal AS own
        JOIN binding USING (kind)
        JOIN referrals_fraudsignal AS theirs
            ON theirs.kind = own.kind AND theirs.value = own.value
        WHERE own.contact_id = reached.contact_id AND theirs.contact_id <> own.contact_id
            AND (
                SELECT count(*) FROM (
                    SELECT FROM referrals_fraudsignal AS holder
                    WHERE holder.kind = own.kind AND holder.value = own.value
                    LIMIT %(crowd)s + 1
                ) AS holder
            ) <= %(crowd)s
      UNION
        SELECT referral.advocate_contact_id FROM referrals_referral AS referral
        WHERE referral.contact_id = reached.contact_id
            AND referral.program_id = %(program)s
      UNION
        (SELECT friend.contact_id FROM referrals_referral AS friend
        WHERE friend.advocate_contact_id = reached.contact_id
            AND friend.program_id = %(program)s
        ORDER BY friend.lead_at DESC, friend.id DESC
        LIMIT %(most)s)
    ) AS step
    WHERE reached.steps < %(depth)s
)
SELECT contact_id, min(steps) FROM reached
GROUP BY contact_id
ORDER BY min(steps), contact_id
LIMIT %(most)s
"""

# What links people of a set: referrals, and what they share.
LINKS = """
SELECT advocate_contact_id, contact_id, 'referral', id
FROM referrals_referral
WHERE contact_id = ANY(%(people)s) AND advocate_contact_id = ANY(%(people)s)
    AND program_id = %(program)s
UNION ALL
SELECT DISTINCT one.contact_id, other.contact_id, one.kind, 0
FROM referrals_fraudsignal AS one
JOIN referrals_fraudsignal AS other
    ON other.kind = one.kind AND other.value = one.value
    AND other.contact_id > one.contact_id
WHERE one.contact_id = ANY(%(people)s) AND other.contact_id = ANY(%(people)s)
    AND one.kind = ANY(%(kinds)s)
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True)
class Link:
    """What links two people; the referral's id if it is one, which leads from one to the other."""

    from_id: int
    to_id: int
    by: str
    referral_id: int = 0


@dataclass(frozen=True)
class Ways:
    """What was found around one referral."""

    back: tuple[Hop, ...] = ()
    twins: tuple[Hop, ...] = ()


def find_ways(referral_ids: Sequence[int]) -> dict[int, Ways]:
    """Walk from each friend; one statement for all referrals."""
    values: dict[str, Any] = {
        "referrals": list(referral_ids),
        "binding": list(BINDING),
        "in_a_row": IN_A_ROW,
        "crowd": CROWD,
        "depth": DEPTH,
    }
    with connection.cursor() as cursor:
        cursor.execute(WAYS, values)
        rows = cursor.fetchall()
    back: dict[int, tuple[Hop, ...]] = {}
    twins: dict[int, list[Hop]] = defaultdict(list)
    for referral_id, what, people, hops in rows:
        if what == "back":
            pairs = zip(people, people[1:], hops, strict=False)
            back[referral_id] = tuple(Hop(*pair) for pair in pairs)
        else:
            twins[referral_id].append(Hop(people[0], people[-1], hops[-1]))
    return {
        key: Ways(back.get(key, ()), tuple(twins.get(key, ())))
        for key in {*back, *twins}
    }


def people_around(*, contact_ids: Iterable[int], program_id: int) -> list[int]:
    """List everybody within five steps of people, the nearest first, up to a limit."""
    values: dict[str, Any] = {
        "people": sorted(contact_ids),
        "program": program_id,
        "binding": list(BINDING),
        "crowd": CROWD,
        "depth": DEPTH,
        "most": MOST_PEOPLE,
    }
    with connection.cursor() as cursor:
        cursor.execute(AROUND, values)
        return [row[0] for row in cursor.fetchall()]


def links_among(*, contact_ids: Iterable[int], program_id: int) -> list[Link]:
    """List what links people of a set."""
    values: dict[str, Any] = {
        "people": sorted(contact_ids),
        "program": program_id,
        "kinds": [*BINDING, "browser"],
    }
    with connection.cursor() as cursor:
        cursor.execute(LINKS, values)
        return [Link(*row) for row in cursor.fetchall()]
