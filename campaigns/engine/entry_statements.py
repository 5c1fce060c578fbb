"""The statements with which moments are let in, refused and kept waiting."""

# Enrolls moments; the rest gets a refusal, unless the pass it already has is this moment's. A
# member who was there at the start has entered by his stay, which has no key in his pass. What
# was refused before stays so.
ENROLL_MOMENTS = """
WITH moment AS (
    SELECT contact_id, entry_key, moment_key, moment_at FROM unnest(
        %(contacts)s::bigint[], %(keys)s::text[], %(moments)s::text[], %(times)s::timestamptz[]
    ) AS moment (contact_id, entry_key, moment_key, moment_at)
    WHERE NOT EXISTS (
        SELECT FROM campaigns_refusal AS refused
        WHERE refused.contact_id = moment.contact_id
            AND refused.campaign_id = %(campaign)s
            AND refused.moment_key = moment.moment_key
    )
), enrolled AS (
    INSERT INTO campaigns_enrollment (
        contact_id, campaign_id, version_id, entry_key, moment_key, moment_at, enrolled_at,
        state, step_key, visit, due_at, attempts, end_reason, error
    )
    SELECT contact_id, %(campaign)s, %(version)s, entry_key, moment_key, moment_at, %(now)s,
        'active', %(step)s, 0, %(now)s, 0, '', ''
    FROM moment
    ORDER BY contact_id, moment_at, moment_key
    ON CONFLICT DO NOTHING
    RETURNING contact_id, entry_key, moment_key
), refused AS (
    INSERT INTO campaigns_refusal
        (contact_id, campaign_id, moment_key, moment_at, reason, refused_at)
    SELECT moment.contact_id, %(campaign)s, moment.moment_key, moment.moment_at,
        CASE WHEN EXISTS (
            SELECT FROM campaigns_enrollment AS active
            WHERE active.contact_id = moment.contact_id
                AND active.campaign_id = %(campaign)s AND active.state = 'active'
        ) OR EXISTS (
            SELECT FROM enrolled WHERE enrolled.contact_id = moment.contact_id
        ) THEN 'still_active' ELSE 'already_enrolled' END,
        %(now)s
    FROM moment
    WHERE NOT EXISTS (
        SELECT FROM enrolled
        WHERE enrolled.contact_id = moment.contact_id
            AND enrolled.moment_key = moment.moment_key
    ) AND NOT EXISTS (
        SELECT FROM campaigns_enrollment AS same
        WHERE same.contact_id = moment.contact_id AND same.campaign_id = %(campaign)s
            AND (
                same.moment_key = moment.moment_key
                OR same.moment_key = '' AND same.entry_key = moment.entry_key
                    AND moment.moment_key LIKE 'episode:%%'
                    AND same.moment_at >= moment.moment_at
            )
    )
    ORDER BY moment.contact_id, moment.moment_key
    ON CONFLICT DO NOTHING
    RETURNING contact_id
)
SELECT (SELECT count(*) FROM enrolled), (SELECT count(*) FROM refused)
"""

# Writes why moments are refused, unless they have let somebody in.
REFUSE = """
INSERT INTO campaigns_refusal
    (contact_id, campaign_id, moment_key, moment_at, reason, refused_at)
SELECT contact_id, %(campaign)s, moment_key, moment_at, reason, %(now)s
FROM unnest(
    %(contacts)s::bigint[], %(moments)s::text[], %(times)s::timestamptz[], %(reasons)s::text[]
) AS moment (contact_id, moment_key, moment_at, reason)
WHERE NOT EXISTS (
    SELECT FROM campaigns_enrollment AS same
    WHERE same.contact_id = moment.contact_id AND same.campaign_id = %(campaign)s
        AND same.moment_key = moment.moment_key
)
ORDER BY contact_id, moment_key
ON CONFLICT DO NOTHING
"""

# Lets moments wait; one that waits already keeps its row, unless it was only planned: what
# has come takes the place of what might have.
WAIT = """
INSERT INTO campaigns_moment
    (contact_id, campaign_id, key, moment_at, came_at, waits_for, due_at, until)
SELECT contact_id, %(campaign)s, key, moment_at, came_at, waits_for, due_at, until
FROM unnest(
    %(contacts)s::bigint[], %(moments)s::text[], %(times)s::timestamptz[],
    %(came)s::timestamptz[], %(waits)s::text[], %(due)s::timestamptz[],
    %(until)s::timestamptz[]
) AS moment (contact_id, key, moment_at, came_at, waits_for, due_at, until)
ORDER BY contact_id, key
ON CONFLICT (contact_id, campaign_id, key) DO UPDATE
SET moment_at = EXCLUDED.moment_at, came_at = EXCLUDED.came_at,
    waits_for = EXCLUDED.waits_for, due_at = EXCLUDED.due_at, until = EXCLUDED.until
WHERE campaigns_moment.waits_for = ANY (%(planned)s)
"""

# Selects who got an ask of the campaign so lately that the days of his calendar have not
# passed. Leans on asks_of_contact.
TOO_SOON = """
SELECT DISTINCT ask.contact_id
FROM unnest(%s::bigint[], %s::date[]) AS wanted (contact_id, today)
JOIN campaigns_ask AS ask ON ask.contact_id = wanted.contact_id
WHERE ask.campaign_id = %s AND ask.delivered_at IS NOT NULL AND ask.refunded_at IS NULL
    AND ask.asked_on > wanted.today - %s::int
"""


# Refuses who waits for a campaign that has ended. Leans on moments_due.
REFUSE_WAITING = """
WITH gone AS (
    DELETE FROM campaigns_moment WHERE campaign_id = %(campaign)s
    RETURNING contact_id, key, moment_at, waits_for
)
INSERT INTO campaigns_refusal
    (contact_id, campaign_id, moment_key, moment_at, reason, refused_at)
SELECT contact_id, %(campaign)s, key, moment_at, 'stopped', %(now)s
FROM gone
WHERE waits_for <> ALL (%(planned)s)
ORDER BY contact_id, key
ON CONFLICT DO NOTHING
"""
