"""
Give what came of an ask to the ask.

A share, a visit, a lead or a win belongs to the contact's latest ask in that program, made
before it and at most ninety days earlier; a refunded ask gets nothing. A friend's visit shows
that the link was sent, also where nobody told us of a share; ``evidence`` says how sure it is.
"""

from datetime import timedelta

from django.db import connection, transaction

from campaigns.asks import harm
from contacts.events import Taken, take_reactions
from referrals.event_names import (
    LINK_SHARED,
    LINK_VISITED,
    REFERRAL_LEAD,
    REFERRAL_OPPORTUNITY,
    REFERRAL_QUALIFIED,
    REFERRAL_WON,
)

CONSUMER = "campaigns.asks"
WINDOW = timedelta(days=90)
BATCH = 2_000

STAGES = {
    LINK_SHARED: "invite_sent_at",
    LINK_VISITED: "invite_sent_at",
    REFERRAL_LEAD: "lead_at",
    REFERRAL_QUALIFIED: "qualified_at",
    REFERRAL_OPPORTUNITY: "opportunity_at",
    REFERRAL_WON: "won_at",
}
WATCHED = {*STAGES, *harm.WATCHED}

# Sets a stage of the ask to which each fact belongs; the first time stays.
# Leans on asks_of_contact and the primary key of events.
CREDIT = """
WITH credited AS (
    SELECT ask.contact_id, ask.id, min(fact.occurred_at) AS at, max(CASE
        WHEN fact.name = %(shared)s AND fact.properties ->> 'grade' = 'confirmed' THEN 3
        WHEN fact.name = %(shared)s THEN 2
        WHEN fact.name = %(visited)s THEN 1
        ELSE 0
    END) AS evidence
    FROM unnest(%(contacts)s::bigint[], %(events)s::bigint[]) AS taken (contact_id, event_id)
    JOIN contacts_event AS fact
        ON fact.contact_id = taken.contact_id AND fact.id = taken.event_id
    CROSS JOIN LATERAL (
        SELECT latest.contact_id, latest.id
        FROM campaigns_ask AS latest
        WHERE latest.contact_id = fact.contact_id
            AND latest.program_id::text = fact.properties ->> 'program_id'
            AND latest.asked_at <= fact.occurred_at
            AND latest.asked_at > fact.occurred_at - make_interval(secs => %(window)s)
            AND latest.refunded_at IS NULL
        ORDER BY latest.asked_at DESC, latest.id DESC
        LIMIT 1
    ) AS ask
    GROUP BY ask.contact_id, ask.id
)
UPDATE campaigns_ask AS ask
SET {stage} = LEAST(ask.{stage}, credited.at),
    evidence = GREATEST(ask.evidence, credited.evidence)
FROM credited
WHERE ask.contact_id = credited.contact_id AND ask.id = credited.id
"""


@transaction.atomic
def credit_asks() -> int:
    """
    Take a batch of facts and note each at its ask.

    :returns: how many facts were taken
    """
    taken = take_reactions(consumer=CONSUMER, size=BATCH)
    for stage in sorted(set(STAGES.values())):
        _credit(stage, [fact for fact in taken if STAGES.get(fact.name) == stage])
    harm.credit_harm(taken)
    return len(taken)


def _credit(stage: str, facts: list[Taken]) -> None:
    """Set one stage."""
    if not facts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            CREDIT.format(stage=stage),
            {
                "contacts": [fact.contact_id for fact in facts],
                "events": [fact.event_id for fact in facts],
                "window": WINDOW.total_seconds(),
                "shared": LINK_SHARED,
                "visited": LINK_VISITED,
            },
        )
