"""The laws that plain SQL can tell; each statement takes a campaign, or NULL for all of them."""

from functools import partial

from django.db import connection

from campaigns.flows.pacing import ASK_EVERY_DAYS
from campaigns.models import Moment
from campaigns.seeing.balance.law import MOST_ROWS, Found, Law, Row, Term

# Whether a row is of the campaign that is asked about.
OWN = "(%(campaign)s::bigint IS NULL OR {}.campaign_id = %(campaign)s)"
# People who keep the rows of two.
MERGED = "SELECT contact_id FROM contacts_merge"

# What is planned, such as a date to come, is no moment yet.
PLANNED = ", ".join(f"'{one}'" for one in Moment.PLANNED)

# Every moment counts once: it let somebody in, was refused, or waits.
MOMENTS = f"""
WITH moment AS (
    SELECT 'enrolled' AS became, row.campaign_id, row.contact_id,
        COALESCE(NULLIF(row.moment_key, ''), row.entry_key) AS key
    FROM campaigns_enrollment AS row WHERE {OWN.format("row")}
    UNION ALL
    SELECT 'refused', row.campaign_id, row.contact_id, row.moment_key
    FROM campaigns_refusal AS row WHERE {OWN.format("row")}
    UNION ALL
    SELECT 'waiting', row.campaign_id, row.contact_id, row.key
    FROM campaigns_moment AS row
    WHERE row.waits_for NOT IN ({PLANNED}) AND {OWN.format("row")}
)
"""  # noqa: S608 - texts of ours
MOMENT_TERMS = f"""
{MOMENTS}
SELECT
    (SELECT count(*) FROM (SELECT DISTINCT campaign_id, contact_id, key FROM moment) AS one),
    count(*) FILTER (WHERE became = 'enrolled'),
    count(*) FILTER (WHERE became = 'refused'),
    count(*) FILTER (WHERE became = 'waiting')
FROM moment
"""  # noqa: S608 - texts of ours
MOMENT_ROWS = f"""
{MOMENTS}
SELECT campaign_id, contact_id, key || ': ' || string_agg(became, ' and ' ORDER BY became)
FROM moment
GROUP BY campaign_id, contact_id, key
HAVING count(*) > 1
"""  # noqa: S608 - texts of ours

# Who came into an audience while a running campaign waited for it, live, and is nowhere: neither
# let in, nor refused, nor waiting, nor in the inbox.
LOST = f"""
SELECT campaign.id, change.contact_id,
    'Entered the audience at ' || to_char(change.changed_at, 'YYYY-MM-DD HH24:MI:SS')
    || ' and became nothing'
FROM campaigns_campaign AS campaign
JOIN campaigns_campaignversion AS version ON version.id = campaign.published_id
JOIN audiences_membershipchange AS change
    ON change.audience_id = (version.definition #>> '{{trigger,audience}}')::bigint
    AND change.change = 'entered' AND change.cause IN ('event', 'changed', 'time')
    AND change.changed_at > GREATEST(campaign.started_at, version.published_at, (
        SELECT max(publishing.changed_at) FROM campaigns_campaignchange AS publishing
        WHERE publishing.campaign_id = campaign.id
            AND publishing.change IN ('published', 'unpublished')
    ))
WHERE campaign.state = 'running'
    AND COALESCE(version.definition #>> '{{trigger,kind}}', 'audience') = 'audience'
    AND (%(campaign)s::bigint IS NULL OR campaign.id = %(campaign)s)
    AND change.contact_id NOT IN ({MERGED})
    AND NOT EXISTS (
        SELECT FROM campaigns_enrollment AS pass
        WHERE pass.contact_id = change.contact_id AND pass.campaign_id = campaign.id
            AND (pass.moment_key = 'episode:' || change.episode
                OR pass.entry_key = 'episode:' || change.episode
                OR pass.moment_key = '' AND pass.moment_at >= change.changed_at)
    )
    AND NOT EXISTS (
        SELECT FROM campaigns_refusal AS refused
        WHERE refused.contact_id = change.contact_id AND refused.campaign_id = campaign.id
            AND refused.moment_key = 'episode:' || change.episode
    )
    AND NOT EXISTS (
        SELECT FROM campaigns_moment AS waiting
        WHERE waiting.contact_id = change.contact_id AND waiting.campaign_id = campaign.id
    )
    AND NOT EXISTS (
        SELECT FROM audiences_membershipreaction AS inbox
        WHERE inbox.contact_id = change.contact_id
            AND inbox.consumer = 'campaign:' || campaign.id
    )
"""  # noqa: S608 - texts of ours
LOST_TERMS = f"SELECT count(*) FROM ({LOST}) AS lost"  # noqa: S608 - texts of ours

# Each ask has one outcome, or is open.
ASK_TERMS = f"""
SELECT count(*),
    count(*) FILTER (WHERE answer = 'yes'),
    count(*) FILTER (WHERE answer = 'not_now'),
    count(*) FILTER (WHERE answer = 'never'),
    count(*) FILTER (WHERE answer = '' AND refunded_at IS NOT NULL),
    count(*) FILTER (WHERE answer = '' AND refunded_at IS NULL AND delivered_at IS NOT NULL),
    count(*) FILTER (WHERE answer = '' AND refunded_at IS NULL AND delivered_at IS NULL)
FROM campaigns_ask AS row WHERE {OWN.format("row")}
"""  # noqa: S608 - texts of ours
ASK_ROWS = f"""
SELECT row.campaign_id, row.contact_id, wrong.text
FROM campaigns_ask AS row
CROSS JOIN LATERAL (
    SELECT 'has an answer without a time, or a time without an answer' AS text
    WHERE (row.answer = '') <> (row.answered_at IS NULL)
    UNION ALL
    SELECT 'has an answer that nobody can give: ' || row.answer
    WHERE row.answer NOT IN ('', 'yes', 'not_now', 'never')
    UNION ALL
    SELECT 'belongs to no pass'
    WHERE NOT EXISTS (
        SELECT FROM campaigns_enrollment AS pass
        WHERE pass.contact_id = row.contact_id AND pass.id = row.enrollment_id
    )
    UNION ALL
    SELECT 'an email was accepted, and the ask does not count as delivered'
    WHERE row.delivered_at IS NULL AND EXISTS (
        SELECT FROM campaigns_message AS message
        WHERE message.contact_id = row.contact_id AND message.ask_id = row.id
            AND message.channel = 'email' AND message.state = 'accepted'
    )
    UNION ALL
    SELECT 'gave its unit back, though a message left'
    WHERE row.refunded_at IS NOT NULL AND EXISTS (
        SELECT FROM campaigns_message AS message
        WHERE message.contact_id = row.contact_id AND message.ask_id = row.id
            AND message.channel = 'email' AND message.state = 'accepted'
    )
) AS wrong
WHERE {OWN.format("row")} AND row.contact_id NOT IN ({MERGED})
"""  # noqa: S608 - texts of ours

# Nobody is asked again inside the cap, whatever the campaign.
CAP_TERMS = f"""
SELECT count(*) FROM campaigns_ask AS row
WHERE row.refunded_at IS NULL AND {OWN.format("row")}
"""  # noqa: S608 - texts of ours
CAP_ROWS = f"""
SELECT row.campaign_id, row.contact_id,
    'asked on ' || row.before || ' and again on ' || row.asked_on
FROM (
    SELECT ask.*, lag(ask.asked_on) OVER (
        PARTITION BY ask.contact_id ORDER BY ask.asked_on, ask.id
    ) AS before
    FROM campaigns_ask AS ask
    WHERE ask.refunded_at IS NULL AND ask.contact_id NOT IN ({MERGED})
) AS row
WHERE row.asked_on < row.before + {ASK_EVERY_DAYS} AND {OWN.format("row")}
"""  # noqa: S608 - texts of ours

# The budget says what the asks say.
BUDGET_TERMS = """
SELECT count(*) FROM campaigns_askbudget AS budget
WHERE %(campaign)s::bigint IS NULL OR EXISTS (
    SELECT FROM campaigns_ask AS ask
    WHERE ask.contact_id = budget.contact_id AND ask.campaign_id = %(campaign)s
)
"""
BUDGET_ROWS = f"""
SELECT NULL::bigint, asked.contact_id,
    'was last asked on ' || asked.asked_on || ', and the budget says '
    || COALESCE(budget.last_asked_on::text, 'never')
FROM (
    SELECT ask.contact_id, max(ask.asked_on) AS asked_on,
        bool_or(ask.campaign_id = %(campaign)s) AS is_own
    FROM campaigns_ask AS ask
    WHERE ask.refunded_at IS NULL
    GROUP BY ask.contact_id
) AS asked
LEFT JOIN campaigns_askbudget AS budget ON budget.contact_id = asked.contact_id
WHERE budget.last_asked_on IS DISTINCT FROM asked.asked_on
    AND (%(campaign)s::bigint IS NULL OR asked.is_own)
    AND asked.contact_id NOT IN ({MERGED})
"""  # noqa: S608 - texts of ours

# Every message is in one state, and never the same twice.
STATES = (
    ("queued", "waiting to be sent"),
    ("waiting", "waiting for the person or a colleague"),
    ("claimed", "being prepared"),
    ("handing_over", "being handed over"),
    ("accepted", "accepted"),
    ("refused", "refused"),
    ("unknown", "unknown"),
    ("failed", "could not be made"),
    ("canceled", "canceled"),
)
MESSAGE_TERMS = f"""
SELECT count(*), {", ".join(f"count(*) FILTER (WHERE state = '{word}')" for word, _ in STATES)}
FROM campaigns_message AS row WHERE {OWN.format("row")}
"""  # noqa: S608 - texts of ours
MESSAGE_ROWS = f"""
SELECT row.campaign_id, row.contact_id, row.channel || ' to ' || row.address || ': ' || wrong.text
FROM campaigns_message AS row
CROSS JOIN LATERAL (
    SELECT 'is over, and nobody knows since when' AS text
    WHERE row.finished_at IS NULL
        AND row.state IN ('accepted', 'refused', 'unknown', 'failed', 'canceled')
    UNION ALL
    SELECT 'is over since ' || row.finished_at || ' and still ' || row.state
    WHERE row.finished_at IS NOT NULL AND row.state IN ('queued', 'claimed', 'handing_over')
    UNION ALL
    SELECT 'belongs to an ask that is not there'
    WHERE row.ask_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM campaigns_ask AS ask
        WHERE ask.contact_id = row.contact_id AND ask.id = row.ask_id
    )
) AS wrong
WHERE {OWN.format("row")}
"""  # noqa: S608 - texts of ours
TWICE_TERMS = f"""
SELECT count(*) FROM campaigns_message AS row WHERE {OWN.format("row")}
"""  # noqa: S608 - texts of ours
TWICE_ROWS = f"""
SELECT row.campaign_id, row.contact_id,
    count(*) || ' messages by ' || row.channel || ' at one step of one pass'
FROM campaigns_message AS row WHERE {OWN.format("row")}
GROUP BY row.campaign_id, row.contact_id, row.enrollment_id, row.visit, row.channel
HAVING count(*) > 1
"""  # noqa: S608 - texts of ours

# A pass is on, or has ended; never both, never neither.
PASS_TERMS = f"""
SELECT count(*),
    count(*) FILTER (WHERE state = 'active'),
    count(*) FILTER (WHERE state = 'completed'),
    count(*) FILTER (WHERE state = 'converted'),
    count(*) FILTER (WHERE state = 'exited'),
    count(*) FILTER (WHERE state = 'failed')
FROM campaigns_enrollment AS row WHERE {OWN.format("row")}
"""  # noqa: S608 - texts of ours
PASS_ROWS = f"""
SELECT row.campaign_id, row.contact_id,
    CASE WHEN row.state <> 'active' THEN 'has ended, and nobody knows when'
        WHEN row.ended_at IS NOT NULL THEN 'is on, and ended at ' || row.ended_at
        ELSE 'is on, and will never be looked at' END
FROM campaigns_enrollment AS row
WHERE {OWN.format("row")} AND (
    (row.state = 'active') <> (row.ended_at IS NULL)
    OR row.state = 'active' AND row.due_at IS NULL
)
"""  # noqa: S608 - texts of ours

# A start lets in or refuses everybody whom it has taken.
START_TERMS = f"""
SELECT COALESCE(sum(done_count), 0)::bigint, COALESCE(sum(enrolled_count), 0)::bigint,
    COALESCE(sum(refused_count), 0)::bigint
FROM campaigns_startrun AS row WHERE {OWN.format("row")}
"""  # noqa: S608 - texts of ours


def look(
    terms: str,
    labels: tuple[str, ...],
    rows: str,
    campaign_id: int | None,
) -> Found:
    """Count the terms, the first being the whole, and the rows that must not be."""
    values = {"campaign": campaign_id}
    with connection.cursor() as cursor:
        cursor.execute(terms, values)
        counts = cursor.fetchone()
        whole, *parts = [Term(*pair) for pair in zip(labels, counts, strict=True)]
        if not rows:
            return Found(whole, tuple(parts))
        cursor.execute(f"SELECT count(*) FROM ({rows}) AS broken", values)  # noqa: S608 - texts of ours
        broken = cursor.fetchone()[0]
        if not broken:
            return Found(whole, tuple(parts))
        cursor.execute(f"{rows} ORDER BY 1, 2 LIMIT {MOST_ROWS}", values)
        found = tuple(Row(*row) for row in cursor.fetchall())
    return Found(whole, tuple(parts), broken, found)


def _law(
    word: str,
    title: str,
    meaning: str,
    terms: str,
    labels: tuple[str, ...],
    rows: str = "",
) -> Law:
    """Make a law of statements."""
    return Law(word, title, meaning, partial(look, terms, labels, rows))


LAWS: tuple[Law, ...] = (
    _law(
        "moments",
        "Every moment became one thing",
        "Whatever qualified somebody let them in, was refused with a reason, or still waits.",
        MOMENT_TERMS,
        ("moments", "enrolled", "refused", "waiting"),
        MOMENT_ROWS,
    ),
    _law(
        "lost",
        "No moment was lost",
        "Whoever entered the audience of a running campaign, by what they did or by time, became"
        " an enrollment or a refusal, or waits.",
        LOST_TERMS,
        ("entries that became nothing",),
        LOST,
    ),
    _law(
        "starts",
        "A start takes everybody once",
        "Of the members that a start has taken, each was let in or refused.",
        START_TERMS,
        ("taken", "enrolled", "refused"),
    ),
    _law(
        "passes",
        "Every pass is on, or has ended",
        "And one that is on is looked at again at some time.",
        PASS_TERMS,
        ("passes", "on", "completed", "reached the goal", "left early", "failed"),
        PASS_ROWS,
    ),
    _law(
        "asks",
        "Asks are outcomes and open asks",
        "Each ask has one answer, or none; what was delivered counts so, what never left gave"
        " its unit back.",
        ASK_TERMS,
        (
            "asks",
            "yes",
            "not now",
            "never",
            "given back",
            "delivered, no answer",
            "on the way",
        ),
        ASK_ROWS,
    ),
    _law(
        "cap",
        f"Nobody is asked twice within {ASK_EVERY_DAYS} days",
        "Across all campaigns and channels, by the person’s own calendar.",
        CAP_TERMS,
        ("asks that count",),
        CAP_ROWS,
    ),
    _law(
        "budget",
        "The ask budget says what the asks say",
        "The day from which it counts is the day of the last ask that was not given back.",
        BUDGET_TERMS,
        ("budgets",),
        BUDGET_ROWS,
    ),
    _law(
        "messages",
        "Every message is somewhere",
        "Sent is accepted, refused or unknown; nothing vanishes on the way.",
        MESSAGE_TERMS,
        ("messages", *(label for _, label in STATES)),
        MESSAGE_ROWS,
    ),
    _law(
        "twice",
        "No message is made twice",
        "One for each step of a pass and channel.",
        TWICE_TERMS,
        ("messages",),
        TWICE_ROWS,
    ),
)
