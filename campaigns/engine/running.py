"""Hold campaigns as they are while something moves, so that pause and stop wait for it."""

from django.db import connection

from campaigns.models import Campaign

# Whoever pauses or stops locks the row for himself; those who move people share it. In the
# order of ids, so that nobody waits in a circle.
HOLD = """
SELECT id FROM campaigns_campaign
WHERE state IN ('running', 'stopping') AND (%(campaign)s::bigint IS NULL OR id = %(campaign)s)
ORDER BY id
FOR SHARE
"""


def hold_running(campaign_id: int | None = None) -> dict[int, Campaign]:
    """
    Hold a campaign, or all of them, until the end of the transaction; those in which people move.

    One that is stopping is among them, and lets nobody in. Called before anybody's row is locked. Two queries.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {"campaign": campaign_id})
        held = [row[0] for row in cursor.fetchall()]
    if not held:
        return {}
    # The draft holds whole mails, and nobody here looks at it.
    campaigns = Campaign.objects.select_related("program").defer("draft")
    return campaigns.in_bulk(held)
