"""
Let nobody in any more while who is inside goes on; when nobody is left, the campaign is finished.

A stop ends everything at once (``lifecycle.stop``); this is the other way to end a campaign. One
that is a single shot is finished without being closed first: once somebody was let in by hand,
and all of them are through.
"""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from campaigns.engine import entry, watch
from campaigns.engine.history import WrongState, lock, note
from campaigns.models import Campaign, CampaignChange, Enrollment, Message
from contacts import work
from contacts.background import Backlog, enqueue

State = Campaign.State
Change = CampaignChange.Change
WITH_ENTRANCE = (State.RUNNING, State.PAUSED)

# Selects the stopping campaigns in which nobody is and from which nothing is still to leave, and
# the single shots that have let in whom they were given. Leans on enrollment_due and messages_of_campaign; scalar subqueries, which the planner can not
# turn into a join that reads all enrollments.
EMPTY = """
SELECT campaign.id
FROM campaigns_campaign AS campaign
WHERE (
        campaign.state = 'stopping'
        OR campaign.state = 'running' AND campaign.is_one_shot
        AND EXISTS (
            SELECT FROM campaigns_startrun AS run WHERE run.campaign_id = campaign.id
            UNION ALL
            SELECT FROM campaigns_enrollment AS pass WHERE pass.campaign_id = campaign.id
        )
        AND NOT EXISTS (
            SELECT FROM campaigns_startrun AS run
            WHERE run.campaign_id = campaign.id AND run.state NOT IN ('done', 'failed', 'canceled')
        )
        AND NOT EXISTS (
            SELECT FROM campaigns_moment AS moment WHERE moment.campaign_id = campaign.id
        )
    )
    AND (
        SELECT 1 FROM campaigns_enrollment AS enrollment
        WHERE enrollment.campaign_id = campaign.id AND enrollment.state = 'active'
        ORDER BY enrollment.step_key, enrollment.due_at
        LIMIT 1
    ) IS NULL
    AND (
        SELECT 1 FROM campaigns_message AS message
        WHERE message.campaign_id = campaign.id
            AND message.state IN ('queued', 'waiting', 'claimed', 'handing_over')
        LIMIT 1
    ) IS NULL
ORDER BY campaign.id
"""


@transaction.atomic
def close(*, campaign: Campaign, user: AbstractBaseUser | None, now: datetime) -> None:
    """
    Let nobody in any more; who is inside goes on to the end of the flow.

    Whoever waits to be let in is refused, an enrolling that goes on is canceled. Once nobody is
    inside and nothing is left to be sent, the campaign is finished (``finish_empty``). One that
    is paused stays so: ``lifecycle.let_finish`` resumes it, too.

    :raises WrongState: if its entrance is not open
    """
    campaign = lock(campaign)
    if campaign.state not in WITH_ENTRANCE or campaign.closed_at is not None:
        raise WrongState(
            f"“{campaign}” is not running, so there is no entrance to close."
        )
    if campaign.state == State.RUNNING:
        campaign.state = State.STOPPING
    campaign.closed_at = now
    campaign.save()
    turn_away(campaign, now=now)
    inside = Enrollment.objects.filter(campaign=campaign, state="active").count()
    note(campaign, Change.CLOSED, user, now, {"inside": inside})
    enqueue("campaigns.tasks.react")


def turn_away(campaign: Campaign, *, now: datetime) -> None:
    """Refuse who waits to be let in, and cancel the enrolling of people who are there."""
    for run in campaign.start_runs.all():
        if not run.is_over:
            work.request_cancel(run, now=now)
    watch.unwatch_moments(campaign)
    entry.refuse_waiting(campaign.pk, now=now)


def finish_empty(*, now: datetime) -> int:
    """
    Finish the stopping campaigns, and the single shots, that nobody is in any more.

    :returns: how many
    """
    return sum(_finish(campaign_id, now) for campaign_id in _empty())


def to_finish(now: datetime) -> Backlog:
    """Say how many stopping campaigns may be finished."""
    count = len(_empty())
    return Backlog(count, now if count else None)


def still_to_leave(campaign: Campaign) -> int:
    """Count the messages that a campaign has made and that have not left."""
    return Message.objects.filter(
        campaign=campaign, state__in=("queued", "waiting")
    ).count()


@transaction.atomic
def _finish(campaign_id: int, now: datetime) -> int:
    """Finish one, if nobody has come into it."""
    campaign = lock(Campaign(pk=campaign_id))
    if campaign_id not in _empty():
        return 0
    campaign.state, campaign.stopped_at = State.FINISHED, now
    campaign.closed_at = campaign.closed_at or now
    campaign.save()
    watch.unwatch_campaign(campaign, now=now)
    passes = Enrollment.objects.filter(campaign=campaign).count()
    note(campaign, Change.FINISHED, None, now, {"passes": passes})
    return 1


def _empty() -> list[int]:
    """Name the stopping campaigns that nobody is in."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)
        return [row[0] for row in cursor.fetchall()]
