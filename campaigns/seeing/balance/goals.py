"""The law of goals: each belongs to a pass, and what is credited was touched before."""

from functools import partial

from campaigns.seeing.balance.law import Law
from campaigns.seeing.balance.laws import OWN, look

TERMS = f"""
SELECT count(*),
    count(*) FILTER (WHERE touch IN ('delivered', 'viewed')),
    count(*) FILTER (WHERE touch = 'any'),
    count(*) FILTER (WHERE touch = 'none')
FROM campaigns_goalreached AS row WHERE {OWN.format("row")}
"""  # noqa: S608 - texts of ours
ROWS = f"""
SELECT row.campaign_id, row.contact_id, wrong.text
FROM campaigns_goalreached AS row
CROSS JOIN LATERAL (
    SELECT 'belongs to no pass' AS text
    WHERE NOT EXISTS (
        SELECT FROM campaigns_enrollment AS pass
        WHERE pass.contact_id = row.contact_id AND pass.id = row.enrollment_id
    )
    UNION ALL
    SELECT 'is credited, and nothing had touched the person before'
    WHERE row.touch IN ('delivered', 'viewed')
        AND (row.touched_at IS NULL OR row.touched_at > row.occurred_at)
    UNION ALL
    SELECT 'is not credited, though a message came before'
    WHERE row.touch = 'none' AND row.touched_at IS NOT NULL
    UNION ALL
    SELECT 'is credited to an ask that is not there'
    WHERE row.ask_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM campaigns_ask AS ask
        WHERE ask.contact_id = row.contact_id AND ask.id = row.ask_id
    )
) AS wrong
WHERE {OWN.format("row")}
"""  # noqa: S608 - texts of ours

GOALS = Law(
    "goals",
    "Goals are credited to what came before",
    "Each was reached in a pass; what is credited happened after a message had reached the person.",
    partial(
        look,
        TERMS,
        (
            "goals reached",
            "credited to a message",
            "with or without one",
            "before any message",
        ),
        ROWS,
    ),
)
