"""Write down of earlier asks what is written down of each when it is made or answered."""

from django.db import migrations

SIZE = 20_000
PAST = "ask.contact_id > %(after)s AND ask.contact_id <= %(until)s"

# What is known when an ask is made. The kinds of steps are found in the version of the ask.
MADE = f"""
UPDATE campaigns_ask AS ask
SET channel = COALESCE((
        SELECT message.channel FROM campaigns_message AS message
        WHERE message.contact_id = ask.contact_id AND message.ask_id = ask.id
        ORDER BY message.id LIMIT 1
    ), ''),
    locale = CASE WHEN contact.locale ~ '^[A-Za-z]{{2,3}}([-_][A-Za-z0-9]{{2,8}}){{0,2}}$'
        THEN contact.locale ELSE '' END,
    moment_at = (
        SELECT enrollment.moment_at FROM campaigns_enrollment AS enrollment
        WHERE enrollment.contact_id = ask.contact_id AND enrollment.id = ask.enrollment_id
            AND enrollment.moment_key <> ''
    ),
    variant = COALESCE((
        SELECT run.step_key || ':' || run.outcome
        FROM campaigns_steprun AS run
        JOIN campaigns_campaignversion AS version ON version.id = ask.version_id
        WHERE run.contact_id = ask.contact_id AND run.enrollment_id = ask.enrollment_id
            AND run.visit < ask.visit AND jsonb_path_exists(
                version.definition,
                '$.steps.** ? (@.key == $key && (@.kind == "split" || @.kind == "cohort"))',
                jsonb_build_object('key', run.step_key)
            )
        ORDER BY run.visit DESC LIMIT 1
    ), '')
FROM contacts_contact AS contact
WHERE contact.id = ask.contact_id AND {PAST}
"""  # noqa: S608 - constants
REACTED = f"""
UPDATE campaigns_ask AS ask
SET opened_at = told.opened_at, complained_at = told.complained_at
FROM (
    SELECT message.contact_id, message.ask_id,
        min(fact.happened_at) FILTER (WHERE fact.kind <> 'complained') AS opened_at,
        min(fact.happened_at) FILTER (WHERE fact.kind = 'complained') AS complained_at
    FROM campaigns_messagefact AS fact
    JOIN campaigns_message AS message
        ON message.contact_id = fact.contact_id AND message.id = fact.message_id
    WHERE fact.contact_id > %(after)s AND fact.contact_id <= %(until)s
        AND fact.kind IN ('opened', 'opened_machine', 'clicked', 'clicked_machine', 'complained')
    GROUP BY 1, 2
) AS told
WHERE ask.contact_id = told.contact_id AND ask.id = told.ask_id AND {PAST}
"""  # noqa: S608 - constants
# The events that belong to an ask, as they were credited.
SHARED = f"""
UPDATE campaigns_ask AS ask
SET evidence = told.evidence
FROM (
    SELECT own.contact_id, own.id, max(CASE
        WHEN fact.name = 'link_visited' THEN 1
        WHEN fact.properties ->> 'grade' = 'confirmed' THEN 3 ELSE 2
    END) AS evidence
    FROM contacts_event AS fact
    CROSS JOIN LATERAL (
        SELECT latest.contact_id, latest.id FROM campaigns_ask AS latest
        WHERE latest.contact_id = fact.contact_id AND latest.refunded_at IS NULL
            AND latest.program_id::text = fact.properties ->> 'program_id'
            AND latest.asked_at <= fact.occurred_at
            AND latest.asked_at > fact.occurred_at - interval '90 days'
        ORDER BY latest.asked_at DESC, latest.id DESC LIMIT 1
    ) AS own
    WHERE fact.contact_id > %(after)s AND fact.contact_id <= %(until)s
        AND fact.name IN ('link_visited', 'link_shared')
    GROUP BY own.contact_id, own.id
) AS told
WHERE ask.contact_id = told.contact_id AND ask.id = told.id AND {PAST}
"""  # noqa: S608 - constants
LEFT = f"""
UPDATE campaigns_ask AS ask
SET unsubscribed_at = told.at
FROM (
    SELECT own.contact_id, own.id, min(fact.occurred_at) AS at
    FROM contacts_event AS fact
    CROSS JOIN LATERAL (
        SELECT latest.contact_id, latest.id FROM campaigns_ask AS latest
        WHERE latest.contact_id = fact.contact_id AND latest.refunded_at IS NULL
            AND latest.delivered_at <= fact.occurred_at
            AND latest.delivered_at > fact.occurred_at - interval '7 days'
        ORDER BY latest.delivered_at DESC, latest.id DESC LIMIT 1
    ) AS own
    WHERE fact.contact_id > %(after)s AND fact.contact_id <= %(until)s
        AND fact.name = 'unsubscribed'
    GROUP BY own.contact_id, own.id
) AS told
WHERE ask.contact_id = told.contact_id AND ask.id = told.id AND {PAST}
"""  # noqa: S608 - constants
ANSWERED = f"""
UPDATE campaigns_ask AS ask
SET is_content = told.is_content
FROM (
    SELECT own.contact_id, own.id,
        bool_and((fact.properties ->> survey.property)::numeric > survey.unhappy) AS is_content
    FROM contacts_event AS fact
    JOIN (VALUES ('survey_answered', 'nps', 6), ('nps_answered', 'score', 6),
        ('csat_answered', 'score', 2)) AS survey (name, property, unhappy)
        ON survey.name = fact.name
    CROSS JOIN LATERAL (
        SELECT latest.contact_id, latest.id FROM campaigns_ask AS latest
        WHERE latest.contact_id = fact.contact_id AND latest.refunded_at IS NULL
            AND latest.delivered_at <= fact.occurred_at
            AND latest.delivered_at > fact.occurred_at - interval '30 days'
        ORDER BY latest.delivered_at DESC, latest.id DESC LIMIT 1
    ) AS own
    WHERE fact.contact_id > %(after)s AND fact.contact_id <= %(until)s
        AND jsonb_typeof(fact.properties -> survey.property) = 'number'
    GROUP BY own.contact_id, own.id
) AS told
WHERE ask.contact_id = told.contact_id AND ask.id = told.id AND {PAST}
"""  # noqa: S608 - constants
# Who credits asks hears of all that it credits from now on.
WATCH = """
INSERT INTO contacts_watchedevent (consumer, name)
SELECT 'campaigns.asks', name
FROM unnest(ARRAY['referral_qualified', 'referral_opportunity', 'unsubscribed',
    'survey_answered', 'nps_answered', 'csat_answered']) AS name
WHERE EXISTS (SELECT FROM contacts_watchedevent WHERE consumer = 'campaigns.asks')
ON CONFLICT DO NOTHING
"""


def sort_earlier_asks(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(WATCH)
        cursor.execute("SELECT COALESCE(max(contact_id), 0) FROM campaigns_ask")
        (last,) = cursor.fetchone()
        for after in range(0, last, SIZE):
            values = {"after": after, "until": after + SIZE}
            for statement in (MADE, REACTED, SHARED, LEFT, ANSWERED):
                cursor.execute(statement, values)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("campaigns", "0019_asks_by_locale"),
        ("contacts", "0014_other_channel"),
    ]

    operations = [
        migrations.RunPython(sort_earlier_asks, migrations.RunPython.noop),
    ]
