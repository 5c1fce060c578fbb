"""A year of referrals: asks, answers, visits, friends, orders and rewards, made in the database."""

from django.db import connection

from referrals.models import Program

# Two asks a person and year at most; one advocate each.
PEOPLE = """
INSERT INTO contacts_contact
    (id, email, first_name, last_name, locale, time_zone, attributes, created_at, updated_at)
SELECT number, 'person' || number || '@example.com', 'Person', 'Number ' || number,
    (ARRAY['en', 'de', 'fr', 'es', 'pt', 'ja', 'ar'])[1 + number %% 7], '', '{}', %(now)s, %(now)s
FROM generate_series(1, %(people)s + %(friends)s) AS number
"""
# The older the ask, the further it has come.
ASKS = """
INSERT INTO campaigns_ask (
    contact_id, campaign_id, version_id, program_id, enrollment_id, step_key, visit, asked_on,
    asked_at, delivered_at, viewed_at, intent_at, invite_sent_at, lead_at, qualified_at,
    opportunity_at, won_at, answer, answered_at, answered_via, channel, locale, variant,
    moment_at, opened_at, evidence, complained_at, unsubscribed_at, is_content
)
SELECT 1 + number %% %(people)s, campaign_id, version_id, program_id, number, 'ask', 1,
    at::date, at, at + took,
    CASE WHEN luck < 450 THEN at + took + interval '1 hour' END,
    CASE WHEN luck < 240 THEN at + took + interval '2 hours' END,
    CASE WHEN luck < 180 THEN at + took + interval '3 hours' END,
    CASE WHEN luck < 90 THEN at + interval '3 days' END,
    CASE WHEN luck < 70 THEN at + interval '4 days' END, NULL,
    CASE WHEN luck < 40 THEN at + interval '9 days' END,
    CASE WHEN luck < 240 THEN 'yes' WHEN luck < 400 THEN 'not_now' WHEN luck < 420 THEN 'never'
        ELSE '' END,
    CASE WHEN luck < 420 THEN at + took + interval '2 hours' END, '',
    (ARRAY['email', 'email', 'email', 'in_app', 'dm'])[1 + luck %% 5],
    (ARRAY['en', 'de', 'fr', 'es', 'pt', 'ja', 'ar'])[1 + number %% 7],
    CASE WHEN campaign_id %% 3 = 0 THEN 'split:' || (ARRAY['a', 'b'])[1 + number %% 2] ELSE '' END,
    at - interval '30 minutes',
    CASE WHEN luck < 600 THEN at + took + interval '2 seconds' END,
    CASE WHEN luck < 60 THEN 3 WHEN luck < 140 THEN 2 WHEN luck < 180 THEN 1 ELSE 0 END,
    CASE WHEN luck = 999 THEN at + interval '1 day' END,
    CASE WHEN luck >= 990 THEN at + interval '1 day' END,
    CASE WHEN luck %% 20 = 0 THEN luck %% 3 > 0 END
FROM (
    SELECT number, (abs(hashint8(number)) %% 1000)::int AS luck,
        %(now)s - (number::float8 / %(asks)s) * interval '365 days' AS at,
        interval '1 minute' * (abs(hashint8(number * 7)) %% 400) AS took
    FROM generate_series(1, %(asks)s::bigint) AS number
) AS made
JOIN unnest(%(campaigns)s::bigint[], %(versions)s::bigint[], %(programs)s::bigint[])
    WITH ORDINALITY AS campaign (campaign_id, version_id, program_id, place)
    ON place = 1 + number %% cardinality(%(campaigns)s::bigint[])
"""
ADVOCATES = """
INSERT INTO referrals_advocate (contact_id, program_id, code, joined_at)
SELECT contact_id, program_id, 'c' || min(id), min(asked_at)
FROM campaigns_ask GROUP BY contact_id, program_id
"""
# In the order of time, as they come.
VISITS = """
INSERT INTO referrals_visit (
    contact_id, program_id, advocate_id, visited_at, kind, reason, channel, user_agent,
    referrer_host, address_hash, visitor_key, click_id
)
SELECT 1 + number %% %(people)s, (%(programs)s::bigint[])[1 + number %% %(many)s], number,
    %(now)s - interval '365 days' + (number::float8 / %(visits)s) * interval '365 days',
    (ARRAY['human', 'human', 'human', 'duplicate', 'bot', 'scanner', 'preview', 'self'])[1 + number %% 8],
    '', (ARRAY['whatsapp', 'copy', 'email', 'sms', ''])[1 + number %% 5],
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0',
    '', md5(number::text), md5((number / 3)::text), 'k' || number
FROM generate_series(1, %(visits)s::bigint) AS number
"""
# Each friend belongs to an ask that brought one.
REFERRALS = """
INSERT INTO referrals_referral (
    contact_id, program_id, advocate_contact_id, advocate_id, source, click_id, channel, lead_at,
    qualified_at, opportunity_at, won_at, reversed_at, fraud_state, receipt
)
SELECT %(people)s + row_number() OVER (ORDER BY ask.id), ask.program_id, ask.contact_id,
    advocate.id, (ARRAY['click', 'code', 'coupon'])[1 + ask.id %% 3], '', 'whatsapp', ask.lead_at,
    ask.qualified_at, NULL, ask.won_at,
    CASE WHEN ask.won_at IS NOT NULL AND ask.id %% 50 = 0 THEN ask.won_at END,
    (ARRAY['clear', 'clear', 'clear', 'clear', 'held', 'rejected', 'unjudged'])[1 + ask.id %% 7], '{}'
FROM campaigns_ask AS ask
JOIN referrals_advocate AS advocate
    ON advocate.contact_id = ask.contact_id AND advocate.program_id = ask.program_id
WHERE ask.lead_at IS NOT NULL
ORDER BY ask.id
LIMIT %(friends)s
"""
ORDERS = """
INSERT INTO referrals_milestone (
    contact_id, referral_id, program_id, stage, key, occurred_at, event_id, amount_minor,
    currency, refunded_minor
)
SELECT contact_id, id, program_id, 'won', 'order:' || id || '-' || number, won_at, id,
    1000 + id %% 9000, (ARRAY['USD', 'EUR'])[1 + program_id %% 2],
    CASE WHEN reversed_at IS NOT NULL THEN 1000 + id %% 9000 WHEN id %% 20 = 0 THEN 500 ELSE 0 END
FROM referrals_referral, generate_series(1, 2) AS number
WHERE won_at IS NOT NULL
"""
REWARDS = """
INSERT INTO referrals_reward (
    contact_id, program_id, rule_id, role, referral_contact_id, referral_id, milestone_key,
    amount_minor, balance_minor, wanted_minor, currency, state, earned_at, created_at, held_until,
    fulfilled_at, because, coupon_code, charity, attempts, problem, entry_count
)
SELECT advocate_contact_id, program_id, 0, 'advocate', contact_id, id, 'order', 2000,
    CASE WHEN id %% 4 = 0 THEN 0 ELSE 2000 END, 0, 'USD',
    (ARRAY['fulfilled', 'approved', 'on_hold', 'awaiting'])[1 + id %% 4], won_at, won_at, won_at,
    CASE WHEN id %% 4 = 0 THEN won_at + interval '10 days' END, '', '', '', 0, '', 1
FROM referrals_referral
WHERE won_at IS NOT NULL AND reversed_at IS NULL AND fraud_state <> 'rejected'
"""
FINDINGS = """
INSERT INTO referrals_fraudfinding (
    contact_id, referral_id, program_id, check_kind, action, score, is_shadow, evidence, found_at
)
SELECT contact_id, id, program_id, (ARRAY['device', 'velocity', 'mailbox'])[1 + id %% 3], 'score',
    30, id %% 5 = 0, '{}', lead_at
FROM referrals_referral WHERE fraud_state IN ('held', 'rejected')
"""
STATEMENTS = (PEOPLE, ASKS, ADVOCATES, VISITS, REFERRALS, ORDERS, REWARDS, FINDINGS)


def make_year(campaigns, *, now, asks, visits):
    """Fill an empty database with a year of some campaigns that have been published."""
    values = {
        "now": now,
        "asks": asks,
        "visits": visits,
        "people": max(asks // 2, 100),
        "friends": max(asks // 10, 20),
        "campaigns": [campaign.pk for campaign in campaigns],
        "versions": [campaign.published_id for campaign in campaigns],
        "programs": [campaign.program_id for campaign in campaigns],
        "many": len(campaigns),
    }
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
    return Program.objects.count()
