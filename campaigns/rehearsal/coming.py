"""
What happened in the period, laid out by when it is to happen again.

Each fact at the moment at which we heard of it; what a file told of the past, at its own time. A
fact about somebody who was not there yet waits for him.
"""

from datetime import datetime
from typing import Any

from campaigns.rehearsal.beginning import HEARD, OWN_EVENT
from campaigns.rehearsal.tables import fetch, run

# One table for each kind of fact, with ``heard_at`` beside what is to be written.
LAID_OUT = {
    "coming_person": """
        SELECT born.at AS heard_at, born.contact_id FROM born
        WHERE born.at > %(at)s AND born.at <= %(until)s
    """,
    "coming_event": f"""
        SELECT GREATEST({HEARD}, born.at) AS heard_at, event.*
        FROM real.contacts_event AS event
        JOIN born USING (contact_id)
        WHERE GREATEST({HEARD}, born.at) > %(at)s
            AND GREATEST({HEARD}, born.at) <= %(until)s
            AND NOT {OWN_EVENT}
    """,
    "coming_change": """
        SELECT GREATEST(change.at, born.at) AS heard_at, change.*
        FROM real.contacts_attributechange AS change
        JOIN born USING (contact_id)
        WHERE GREATEST(change.at, born.at) > %(at)s
            AND GREATEST(change.at, born.at) <= %(until)s
    """,
    "coming_consent": """
        SELECT GREATEST(change.changed_at, born.at) AS heard_at, change.*
        FROM real.contacts_consentchange AS change
        JOIN born USING (contact_id)
        WHERE GREATEST(change.changed_at, born.at) > %(at)s
            AND GREATEST(change.changed_at, born.at) <= %(until)s
    """,
    "coming_silence": """
        SELECT silence.created_at AS heard_at, silence.*
        FROM real.contacts_suppression AS silence
        WHERE silence.created_at > %(at)s AND silence.created_at <= %(until)s
    """,
    "coming_listing": """
        SELECT GREATEST(listed.added_at, born.at) AS heard_at, listed.*
        FROM real.contacts_listmembership AS listed
        JOIN born USING (contact_id)
        WHERE GREATEST(listed.added_at, born.at) > %(at)s
            AND GREATEST(listed.added_at, born.at) <= %(until)s
    """,
    "coming_advocate": """
        SELECT advocate.joined_at AS heard_at, advocate.*
        FROM real.referrals_advocate AS advocate
        WHERE advocate.joined_at > %(at)s AND advocate.joined_at <= %(until)s
            AND NOT EXISTS (
                SELECT FROM own_ask
                WHERE own_ask.contact_id = advocate.contact_id
                    AND own_ask.asked_at = advocate.joined_at
            )
    """,
    "coming_ask": """
        SELECT fact.at AS heard_at, ask.contact_id, ask.id
        FROM real.campaigns_ask AS ask
        CROSS JOIN unnest(ARRAY[
            ask.asked_at, ask.delivered_at, ask.viewed_at, ask.intent_at,
            ask.invite_sent_at, ask.lead_at, ask.won_at, ask.answered_at, ask.refunded_at
        ]) AS fact (at)
        WHERE fact.at > %(at)s AND fact.at <= %(until)s
            AND NOT EXISTS (SELECT FROM own_ask WHERE own_ask.id = ask.id)
    """,
    "coming_incident": """
        SELECT fact.at AS heard_at FROM real.campaigns_incident AS incident
        CROSS JOIN unnest(ARRAY[incident.opened_at, incident.closed_at]) AS fact (at)
        WHERE fact.at > %(at)s AND fact.at <= %(until)s
    """,
    "coming_answer": """
        SELECT own_ask.answered_at AS heard_at, own_ask.contact_id, own_ask.answer, (
            SELECT extract(day FROM (event.properties ->> 'until')::timestamptz
                - event.occurred_at)
            FROM real.contacts_event AS event
            WHERE event.contact_id = own_ask.contact_id AND event.name = 'ask_snoozed'
                AND event.occurred_at = own_ask.answered_at
            LIMIT 1
        ) AS days
        FROM own_ask
        WHERE own_ask.answer <> '' AND own_ask.answered_at <= %(until)s
    """,
    # Where people stood in campaigns of a higher priority, and until when.
    "coming_place": """
        SELECT GREATEST(place.since, %(at)s) AS heard_at, pass.contact_id, pass.id,
            pass.campaign_id, pass.version_id, pass.entry_key, pass.moment_key,
            pass.moment_at, pass.enrolled_at, place.step_key, place.visit,
            CASE WHEN place.is_over THEN pass.state ELSE 'active' END AS state,
            CASE WHEN NOT place.is_over THEN place.until END AS due_at,
            CASE WHEN place.is_over THEN pass.ended_at END AS ended_at,
            CASE WHEN place.is_over THEN pass.end_reason ELSE '' END AS end_reason
        FROM real.campaigns_enrollment AS pass
        CROSS JOIN LATERAL (
            SELECT step_key, visit, FALSE AS is_over, ran_at AS until,
                coalesce(lag(ran_at) OVER (ORDER BY visit), pass.enrolled_at) AS since
            FROM real.campaigns_steprun AS run
            WHERE run.contact_id = pass.contact_id AND run.enrollment_id = pass.id
            UNION ALL
            SELECT pass.step_key, pass.visit, pass.state <> 'active',
                GREATEST(pass.due_at, %(until)s + interval '1 day'),
                coalesce(pass.ended_at, (
                    SELECT max(run.ran_at) FROM real.campaigns_steprun AS run
                    WHERE run.contact_id = pass.contact_id AND run.enrollment_id = pass.id
                ), pass.enrolled_at)
        ) AS place
        WHERE pass.campaign_id = ANY (%(rivals)s)
            AND (NOT place.is_over AND place.until > %(at)s OR place.since > %(at)s)
            AND place.since <= %(until)s
    """,
}
# Moments at which somebody may be waiting for a fact: each a turn of the engine.
AWAITED = """
SELECT DISTINCT date_bin(%(step)s, heard_at - interval '1 microsecond', %(at)s) + %(step)s
FROM (
    SELECT event.heard_at FROM coming_event AS event
    JOIN contacts_watchedevent AS watched
        ON watched.name = event.name AND NOT watched.tells_history
    UNION ALL SELECT heard_at FROM coming_person
    UNION ALL SELECT heard_at FROM coming_change
    UNION ALL SELECT heard_at FROM coming_consent
    UNION ALL SELECT heard_at FROM coming_listing
    UNION ALL SELECT heard_at FROM coming_answer
) AS fact
ORDER BY 1
"""


def lay_out(values: dict[str, Any]) -> None:
    """Lay out all that happened in the period."""
    for table, statement in LAID_OUT.items():
        run(f"CREATE TEMPORARY TABLE {table} AS {statement}", values)
        run(f"CREATE INDEX ON {table} (heard_at)")
        run(f"ANALYZE {table}")


def awaited(values: dict[str, Any]) -> list[datetime]:
    """List the moments, on the grid of steps, at which something awaited has happened."""
    return [row[0] for row in fetch(AWAITED, values)]
