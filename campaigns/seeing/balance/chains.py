"""The journal of every pass is a way through its flow, without a gap."""

from functools import lru_cache

from django.db import connection

from campaigns.engine.versions import version_of
from campaigns.flows.definition import (
    first_key,
    following,
    sides_of,
    walk_steps,
)
from campaigns.seeing.balance.law import MOST_ROWS, Found, Law, Row, Term

# People who keep the rows of two are left out.
PASSES = """
SELECT pass.id, pass.contact_id, pass.campaign_id, pass.version_id, pass.visit, pass.step_key,
    pass.state
FROM campaigns_enrollment AS pass
WHERE (%(campaign)s::bigint IS NULL OR pass.campaign_id = %(campaign)s)
    AND pass.contact_id NOT IN (SELECT contact_id FROM contacts_merge)
"""
COUNT = f"SELECT count(*) FROM ({PASSES}) AS pass"  # noqa: S608 - texts of ours

# Passes of which steps are missing in the journal, or that took more than it knows.
GAPS = f"""
SELECT pass.campaign_id, pass.contact_id,
    'took ' || pass.visit || ' steps, and ' || count(run.id) || ' are in the journal'
FROM ({PASSES}) AS pass
LEFT JOIN campaigns_steprun AS run
    ON run.contact_id = pass.contact_id AND run.enrollment_id = pass.id
GROUP BY pass.id, pass.campaign_id, pass.contact_id, pass.visit
HAVING count(run.id) <> pass.visit OR COALESCE(max(run.visit) + 1, 0) <> pass.visit
"""  # noqa: S608 - texts of ours

# Which step followed which, in each version: few rows, however many passes. A step was taken on
# the version from which the pass was moved next, if it ever was; where it is moved to, it begins
# anew.
LINKS = f"""
WITH link AS (
    SELECT pass.campaign_id, pass.contact_id, run.step_key, run.outcome = 'moved' AS is_moved,
        COALESCE((
            SELECT move.from_version_id FROM campaigns_versionmove AS move
            WHERE move.contact_id = run.contact_id
                AND move.enrollment_id = run.enrollment_id
                AND move.from_version_id <> move.to_version_id
                AND move.visit >= run.visit + CASE WHEN run.outcome = 'moved' THEN 1 ELSE 0 END
            ORDER BY move.visit
            LIMIT 1
        ), pass.version_id) AS version_id,
        lead(run.step_key) OVER journal AS next_key,
        lead(run.outcome) OVER journal AS next_outcome
    FROM ({PASSES}) AS pass
    JOIN campaigns_steprun AS run
        ON run.contact_id = pass.contact_id AND run.enrollment_id = pass.id
    WINDOW journal AS (PARTITION BY run.contact_id, run.enrollment_id ORDER BY run.visit)
)
SELECT version_id, step_key, is_moved, next_key, count(*), min(campaign_id), min(contact_id)
FROM link
WHERE next_key IS NOT NULL AND next_outcome <> 'moved'
GROUP BY version_id, step_key, is_moved, next_key
ORDER BY version_id, step_key, is_moved, next_key
"""  # noqa: S608 - texts of ours


def look_at_chains(campaign_id: int | None) -> Found:
    """Find passes with a gap, and steps that can't follow each other. Four statements."""
    values = {"campaign": campaign_id}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)
        whole = Term("passes", cursor.fetchone()[0])
        cursor.execute(f"SELECT count(*) FROM ({GAPS}) AS gap", values)  # noqa: S608 - texts of ours
        broken = cursor.fetchone()[0]
        cursor.execute(f"{GAPS} ORDER BY 1, 2 LIMIT {MOST_ROWS}", values)
        rows = [Row(*row) for row in cursor.fetchall()]
        cursor.execute(LINKS, values)
        for (
            version_id,
            key,
            is_moved,
            following_key,
            count,
            campaign,
            contact,
        ) in cursor.fetchall():
            stands = frozenset({key} if is_moved else ())
            ways = ways_from(version_id).get(key, frozenset())
            if following_key not in ways | stands:
                broken += count
                text = f"went from “{key}” to “{following_key}”, which is no way"
                rows.append(Row(campaign, contact, text))
    return Found(whole, (), broken, tuple(rows[:MOST_ROWS]))


@lru_cache(maxsize=1024)
def ways_from(version_id: int) -> dict[str, frozenset[str]]:
    """Map each step of a version to the steps that may come after it."""
    steps = version_of(version_id).definition["steps"]
    after = following(steps)
    return {
        step["key"]: frozenset(
            {
                after[step["key"]],
                *(
                    first_key(side, after[step["key"]])
                    for side in sides_of(step).values()
                ),
                *([step["target"]] if step.get("target") else []),
            }
        )
        for step in walk_steps(steps)
    }


CHAINS = Law(
    "chains",
    "Every pass is an unbroken way through its flow",
    "Each step that it took is in the journal once, and leads to the next one.",
    look_at_chains,
)
