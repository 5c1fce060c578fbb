"""What the reports show is what is in the tables, counted in another way."""

from django.db import connection

from campaigns.models import Ask, Campaign
from campaigns.reports.groups import count_groups
from campaigns.reports.steps import count_standing, count_steps
from campaigns.seeing.balance.law import Found, Law, Row, Term

# The numbers of the funnel, each stage reached by its own fact or a later one.
RECOUNT = """
WITH ask AS (
    SELECT COALESCE(delivered_at, viewed_at, intent_at, invite_sent_at, lead_at, won_at)
            IS NOT NULL AS delivered,
        COALESCE(viewed_at, intent_at, invite_sent_at, lead_at, won_at) IS NOT NULL AS viewed,
        COALESCE(intent_at, invite_sent_at, lead_at, won_at) IS NOT NULL AS intent,
        COALESCE(invite_sent_at, lead_at, won_at) IS NOT NULL AS invite_sent,
        COALESCE(lead_at, won_at) IS NOT NULL AS lead,
        won_at IS NOT NULL AS won
    FROM campaigns_ask
    WHERE campaign_id = %s AND refunded_at IS NULL
)
SELECT count(*), count(*) FILTER (WHERE delivered), count(*) FILTER (WHERE viewed),
    count(*) FILTER (WHERE intent), count(*) FILTER (WHERE invite_sent),
    count(*) FILTER (WHERE lead), count(*) FILTER (WHERE won)
FROM ask
"""
WORDS = (
    "asked",
    "delivered",
    "viewed",
    "intent",
    "invite_sent",
    "lead",
    "won",
)
# How many are on, and how many steps were taken.
STEPS = """
SELECT
    (SELECT count(*) FROM campaigns_enrollment WHERE campaign_id = %s AND state = 'active'),
    (SELECT count(*) FROM campaigns_steprun WHERE campaign_id = %s)
"""


def look_at_reports(campaign_id: int | None) -> Found:
    """Compare the numbers of each campaign that has run; about ten queries for each."""
    campaigns = Campaign.objects.exclude(started_at=None).order_by("pk")
    if campaign_id is not None:
        campaigns = campaigns.filter(pk=campaign_id)
    compared, rows = 0, []
    for campaign in campaigns:
        for word, shown, counted in _numbers(campaign):
            compared += 1
            if shown != counted:
                text = f"the report says {shown} for “{word}”, the tables {counted}"
                rows.append(Row(campaign.pk, None, text))
    return Found(Term("numbers compared", compared), (), len(rows), tuple(rows))


def _numbers(campaign: Campaign) -> list[tuple[str, int, int]]:
    """List words, what the report shows, and what the tables say."""
    asks = Ask.objects.filter(campaign=campaign, refunded_at=None)
    shown = count_groups(asks)
    with connection.cursor() as cursor:
        cursor.execute(RECOUNT, [campaign.pk])
        counted = dict(zip(WORDS, cursor.fetchone(), strict=True))
        cursor.execute(STEPS, [campaign.pk, campaign.pk])
        inside, taken = cursor.fetchone()
    steps = count_steps(campaign)
    return [
        *((word.replace("_", " "), shown[word], counted[word]) for word in WORDS),
        ("in it now", count_standing(campaign).total(), inside),
        ("steps taken", sum(step.reached for step in steps.values()), taken),
    ]


REPORTS = Law(
    "reports",
    "Reports show what the tables say",
    "The funnel and the counts on the flow, counted again in another way.",
    look_at_reports,
)
