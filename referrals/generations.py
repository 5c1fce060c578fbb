"""
Friends of friends: how far a program goes on by itself, and how fast.

Generation 0 are the advocates whom nobody brought; generation 1 are their friends, and so on. A
person has one advocate in a program, so he is in one generation. Who refers each other in a
circle hangs on nobody: such people are in no generation, and are counted apart.

What was rejected as fraud, taken away by hand, or taken back whole, counts for nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from referrals.event_names import LINK_SHARED
from referrals.models import Program

WINDOWS = (30, 90, 180)
# Nobody has seen as many; it keeps a mistake in the data from running on.
DEEPEST = 20
PEOPLE, ADVOCATES, WON, RING = "people", "advocates", "won", "ring"

# The people of a program with their generation and when they came. ``friend`` are the referrals
# that count; the path keeps a circle from being walked twice. Leans on referrals_of_advocate and
# on the unique index (contact, program).
TREE = """
WITH RECURSIVE friend AS (
    SELECT referral.contact_id, referral.advocate_contact_id, referral.id, referral.lead_at,
        CASE WHEN referral.reversed_at IS NULL THEN referral.won_at END AS won_at
    FROM referrals_referral AS referral
    WHERE referral.program_id = %(program)s AND referral.fraud_state <> 'rejected'
        AND referral.withdrawn_at IS NULL
), tree AS (
    SELECT advocate.contact_id, 0 AS generation, advocate.joined_at AS came_at,
        ARRAY[advocate.contact_id] AS path
    FROM referrals_advocate AS advocate
    WHERE advocate.program_id = %(program)s
        AND NOT EXISTS (
            SELECT FROM friend WHERE friend.contact_id = advocate.contact_id
        )
    UNION ALL
    SELECT friend.contact_id, tree.generation + 1, friend.lead_at,
        tree.path || friend.contact_id
    FROM tree
    JOIN friend ON friend.advocate_contact_id = tree.contact_id
    WHERE tree.generation < %(deepest)s AND friend.contact_id <> ALL (tree.path)
)
"""

# Numbers of each generation. A cohort are those who came at least a window ago; of them, what
# they shared and whom they won within the window. Leans on referrals_of_advocate and on the
# unique index of events (contact, name, key).
NUMBERS = f"""{TREE}SELECT tree.generation, count(*) AS people,
    count(*) FILTER (WHERE brought.friends > 0) AS advocates,
    count(*) FILTER (WHERE own.won_at IS NOT NULL) AS won,
    count(*) FILTER (WHERE tree.came_at <= %(mature)s) AS cohort,
    coalesce(sum(shared.times) FILTER (WHERE tree.came_at <= %(mature)s), 0)::bigint AS invites,
    coalesce(sum(brought.joined) FILTER (WHERE tree.came_at <= %(mature)s), 0)::bigint AS joined,
    coalesce(sum(brought.won) FILTER (WHERE tree.came_at <= %(mature)s), 0)::bigint AS brought,
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY extract(epoch FROM shared.first_at - tree.came_at) / 86400
    ) AS cycle_days
FROM tree
LEFT JOIN friend AS own ON own.contact_id = tree.contact_id AND tree.generation > 0
CROSS JOIN LATERAL (
    SELECT count(*) AS friends,
        count(*) FILTER (WHERE friend.lead_at < tree.came_at + %(window)s::interval) AS joined,
        count(*) FILTER (WHERE friend.won_at < tree.came_at + %(window)s::interval) AS won
    FROM friend
    WHERE friend.advocate_contact_id = tree.contact_id
) AS brought
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (
            WHERE event.occurred_at < tree.came_at + %(window)s::interval
        ) AS times, min(event.occurred_at) AS first_at
    FROM contacts_event AS event
    WHERE event.contact_id = tree.contact_id AND event.name = %(shared)s
        AND event.occurred_at >= tree.came_at
        AND (event.properties ->> 'program_id')::bigint = %(program)s
) AS shared
GROUP BY tree.generation
ORDER BY tree.generation
"""  # noqa: S608 - texts of ours

# What the friends of each generation bought, less what they got back.
REVENUE = (
    TREE
    + """
SELECT tree.generation, milestone.currency,
    sum(milestone.amount_minor - least(milestone.refunded_minor, milestone.amount_minor))::bigint
FROM tree
JOIN friend ON friend.contact_id = tree.contact_id
JOIN referrals_milestone AS milestone
    ON milestone.contact_id = friend.contact_id AND milestone.referral_id = friend.id
WHERE tree.generation > 0 AND milestone.stage = 'won' AND milestone.canceled_at IS NULL
    AND milestone.amount_minor IS NOT NULL AND milestone.currency <> ''
GROUP BY tree.generation, milestone.currency
ORDER BY tree.generation, milestone.currency
"""
)

# The people behind a number, those who came last first.
LISTED = (
    TREE
    + """
SELECT tree.contact_id
FROM tree
LEFT JOIN friend AS own ON own.contact_id = tree.contact_id AND tree.generation > 0
WHERE tree.generation = %(generation)s
    AND (
        %(who)s = 'people'
        OR %(who)s = 'won' AND own.won_at IS NOT NULL
        OR %(who)s = 'advocates' AND EXISTS (
            SELECT FROM friend WHERE friend.advocate_contact_id = tree.contact_id
        )
    )
ORDER BY tree.came_at DESC, tree.contact_id DESC
"""
)

# Who refers each other in a circle, and who hangs on such a circle.
IN_RINGS = (
    TREE
    + """
SELECT friend.contact_id
FROM friend
WHERE NOT EXISTS (SELECT FROM tree WHERE tree.contact_id = friend.contact_id)
ORDER BY friend.lead_at DESC, friend.contact_id DESC
"""
)


@dataclass
class Generation:
    """The people at one distance from those whom nobody brought."""

    number: int
    people: int
    advocates: int
    won: int
    # Who came at least a window ago, what they shared and whom they brought within it.
    cohort: int
    invites: int
    joined: int
    brought: int
    cycle_days: float | None
    revenue: list[tuple[int, str]] = field(default_factory=list)

    @property
    def k(self) -> float | None:
        """Friends won by each person of the cohort; None while nobody has had the time."""
        return self.brought / self.cohort if self.cohort else None

    @property
    def invites_each(self) -> float | None:
        """The i of i × c: how often each person of the cohort shared."""
        return self.invites / self.cohort if self.cohort else None

    @property
    def won_per_invite(self) -> float | None:
        """The c of i × c: friends won by each share; None if nobody shared."""
        return self.brought / self.invites if self.invites else None


@dataclass(frozen=True)
class Report:
    """All generations of a program, and all of them together."""

    generations: Sequence[Generation]
    rings: int
    window_days: int

    @property
    def total(self) -> Generation:
        """Take all cohorts for one."""
        rows = self.generations
        return Generation(
            number=-1,
            people=sum(row.people for row in rows),
            advocates=sum(row.advocates for row in rows),
            won=sum(row.won for row in rows),
            cohort=sum(row.cohort for row in rows),
            invites=sum(row.invites for row in rows),
            joined=sum(row.joined for row in rows),
            brought=sum(row.brought for row in rows),
            cycle_days=None,
        )

    @property
    def reach(self) -> float | None:
        """How many people a hundred bring in the end, themselves included: N / (1 - k)."""
        k = self.total.k
        return None if k is None or k >= 1 else 100 / (1 - k)


def report(program: Program, *, window_days: int, now: datetime) -> Report:
    """Count the generations of a program; three statements."""
    values = {
        **_names(program),
        "window": timedelta(days=window_days),
        "mature": now - timedelta(days=window_days),
        "shared": LINK_SHARED,
    }
    rows = [Generation(*row) for row in _rows(NUMBERS, values)]
    by_number = {row.number: row for row in rows}
    for number, currency, minor in _rows(REVENUE, values):
        by_number[number].revenue.append((minor, currency))
    return Report(rows, len(_rows(IN_RINGS, values)), window_days)


def people_of(program: Program, *, generation: int, who: str) -> list[int]:
    """List the contacts behind a number, those who came last first."""
    names = _names(program)
    if who == RING:
        return [row[0] for row in _rows(IN_RINGS, names)]
    values = names | {"generation": generation, "who": who}
    return [row[0] for row in _rows(LISTED, values)]


def _names(program: Program) -> dict[str, Any]:
    """Name what every statement needs."""
    return {"program": program.pk, "deepest": DEEPEST}


def _rows(statement: str, values: dict[str, Any]) -> list[Any]:
    """Run a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
