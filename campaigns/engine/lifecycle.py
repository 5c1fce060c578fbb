"""
Start, pause, resume and stop a campaign; who did it and when is kept.

Each operation locks the campaign. A batch that moves at that instant is waited for, so that
nothing moves any more once pause or stop has returned.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from audiences.models import Membership
from campaigns.engine import by_hand, ending, resuming, watch
from campaigns.engine.closing import close, turn_away
from campaigns.engine.history import WrongState, lock, note
from campaigns.flows.triggers import DATE, takes_existing, trigger_of
from campaigns.guardrails.reasons import CAMPAIGN_STOPPED
from campaigns.models import (
    Campaign,
    CampaignChange,
    Enrollment,
    Message,
    StartRun,
)
from contacts.background import MOST_COUNTED, Backlog, enqueue

State = Campaign.State
Change = CampaignChange.Change
# How many rounds of 5,000 passes and messages a stop ends itself.
ENDED_WITH_STOP = 4

# Selects some of the passes that are still on. Leans on enrollment_due.
STILL_ACTIVE = """
SELECT id, contact_id FROM campaigns_enrollment
WHERE campaign_id = %s AND state = 'active'
ORDER BY contact_id
LIMIT 5000
FOR UPDATE
"""

# Counts the passes that are still on in stopped campaigns, and says since when the oldest of
# these is stopped. Leans on enrollment_due, whose order it asks for: without it the planner
# reads all enrollments in the hope of finding some early.
STILL_ON = """
SELECT COALESCE(sum(found.count), 0)::bigint, min(campaign.stopped_at)
FROM campaigns_campaign AS campaign
CROSS JOIN LATERAL (
    SELECT count(*) AS count
    FROM (
        SELECT FROM campaigns_enrollment AS enrollment
        WHERE enrollment.campaign_id = campaign.id AND enrollment.state = 'active'
        ORDER BY enrollment.step_key, enrollment.due_at
        LIMIT %s
    ) AS first
) AS found
WHERE campaign.state = 'stopped' AND found.count > 0
"""

# Selects some of the passes with a message that nobody has claimed or done; some have completed
# the flow. Leans on messages_of_campaign.
STILL_QUEUED = """
SELECT DISTINCT enrollment_id, contact_id FROM campaigns_message
WHERE campaign_id = %s AND state IN ('queued', 'waiting')
ORDER BY contact_id
LIMIT 5000
"""


@transaction.atomic
def start(
    *, campaign: Campaign, user: AbstractBaseUser | None, now: datetime
) -> StartRun | None:
    """
    Let a published campaign run: from now on moments enroll, and members too if it says so.

    :returns: the enrolling of the members of the audience, if there is one
    :raises WrongState: if it is not a published draft
    """
    campaign = lock(campaign)
    if (
        campaign.state not in Campaign.BEFORE
        or campaign.published is None
        or campaign.archived_at is not None
    ):
        raise WrongState(
            f"“{campaign}” can't be started: publish the draft of a campaign that has not"
            " run before and is not archived."
        )
    campaign.state, campaign.starts_at = State.RUNNING, None
    campaign.started_at, campaign.started_by_id = now, user.pk if user else None
    campaign.save()
    watch.watch_campaign(campaign)
    run = None
    trigger = trigger_of(campaign.published.definition)
    if trigger["kind"] == DATE:
        by_hand.look_up_dates(campaign, now=now)
    if takes_existing(trigger):
        run = StartRun.objects.create(
            campaign=campaign,
            version=campaign.published,
            total_count=Membership.objects.filter(
                audience_id=trigger["audience"]
            ).count(),
            created_at=now,
            created_by_id=user.pk if user else None,
        )
        enqueue("campaigns.tasks.start_campaigns")
    note(campaign, Change.STARTED, user, now, {"version": campaign.published.number})
    return run


@transaction.atomic
def pause(
    *,
    campaign: Campaign,
    user: AbstractBaseUser | None,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """
    Freeze a running campaign: nothing moves, nobody enters by a moment, nothing leaves.

    Everybody keeps his place, and messages stay in the outbox. ``details`` say why, where it
    was nobody's will.

    :raises WrongState: if it does not run
    """
    campaign = lock(campaign)
    if campaign.state not in Campaign.MOVES:
        raise WrongState(f"“{campaign}” is not running, so it can't be paused.")
    campaign.state, campaign.paused_at = State.PAUSED, now
    campaign.save()
    note(campaign, Change.PAUSED, user, now, details or {})


@transaction.atomic
def resume(
    *,
    campaign: Campaign,
    user: AbstractBaseUser | None,
    now: datetime,
    keeps_times: bool = False,
    spread: timedelta = resuming.NOTHING,
) -> None:
    """
    Let a paused campaign go on; what was still to be waited is waited from now.

    Waits are shifted by the length of the pause: with two of three days behind him somebody
    waits one more day, and nobody is asked in a rush that the pause has dammed up. With
    ``keeps_times`` waits end when they would have ended, and what has become due meanwhile goes
    on now, or ``spread`` over a while (``resuming``). Quiet hours are looked at again when the
    step comes.

    :raises WrongState: if it is not paused
    """
    campaign = lock(campaign)
    if campaign.state != State.PAUSED or campaign.paused_at is None:
        raise WrongState(f"“{campaign}” is not paused, so it can't be resumed.")
    details: dict[str, object] = {
        "seconds": int((now - campaign.paused_at).total_seconds())
    }
    if keeps_times:
        found = resuming.foresee(campaign, now=now, spread=spread)
        resuming.keep(campaign, now=now, spread=spread)
        details |= {"going": found.going, "stale": found.stale}
    else:
        details |= {"shifted": resuming.shift(campaign, now=now)}
    campaign.state = State.STOPPING if campaign.closed_at else State.RUNNING
    campaign.paused_at = None
    campaign.save()
    note(campaign, Change.RESUMED, user, now, {**details, "state": campaign.state})
    enqueue("campaigns.tasks.advance_due")


@transaction.atomic
def let_finish(
    *, campaign: Campaign, user: AbstractBaseUser | None, now: datetime
) -> None:
    """
    Let nobody in any more, and who is inside go on to the end; also if it is paused.

    Of a paused one waits are as much longer as the pause was, as with ``resume``.

    :raises WrongState: if its entrance is not open
    """
    close(campaign=campaign, user=user, now=now)
    if lock(campaign).state == State.PAUSED:
        resume(campaign=campaign, user=user, now=now)


@transaction.atomic
def stop(*, campaign: Campaign, user: AbstractBaseUser | None, now: datetime) -> None:
    """
    End a campaign for good: passes end, unclaimed messages are canceled, nobody enters.

    From its commit on nothing moves and nothing leaves, however many there are; the first
    20,000 rows are ended with it and the rest in the background (``end_stopped``). Asks that
    never left give their budget back. Answers to what was sent still count.

    :raises WrongState: if it is not at work
    """
    campaign = lock(campaign)
    if campaign.state not in Campaign.ALIVE:
        raise WrongState(f"“{campaign}” is not running, so it can't be stopped.")
    campaign.state, campaign.stopped_at, campaign.paused_at = State.STOPPED, now, None
    campaign.save()
    turn_away(campaign, now=now)
    watch.unwatch_campaign(campaign, now=now)
    details = {
        "ended": Enrollment.objects.filter(campaign=campaign, state="active").count(),
        "canceled": Message.objects.filter(
            campaign=campaign, state__in=["queued", "waiting"]
        ).count(),
    }
    note(campaign, Change.STOPPED, user, now, details)
    for _ in range(ENDED_WITH_STOP):
        if not _end_some(campaign.pk, now):
            return
    enqueue("campaigns.tasks.react")


def end_stopped(*, now: datetime) -> int:
    """
    End some of what is still on in stopped campaigns.

    :returns: how many passes and messages
    """
    stopped = Campaign.objects.filter(state=State.STOPPED).order_by("pk")
    return sum(_end_some(pk, now) for pk in stopped.values_list("pk", flat=True))


def still_on() -> Backlog:
    """Say how many passes of stopped campaigns have yet to be ended, up to a limit for each."""
    with connection.cursor() as cursor:
        cursor.execute(STILL_ON, [MOST_COUNTED])
        return Backlog(*cursor.fetchone())


@transaction.atomic
def _end_some(campaign_id: int, now: datetime) -> int:
    """End some passes and cancel some messages; 0 if there are none left."""
    # Passes before messages, as everybody else locks them.
    rows = _fetch(STILL_ACTIVE, campaign_id)
    ended = ending.end_enrollments(
        enrollment_ids=[row[0] for row in rows],
        contact_ids=[row[1] for row in rows],
        state="exited",
        reason=ending.STOPPED,
        cause=CAMPAIGN_STOPPED,
        now=now,
    )
    canceled = ending.cancel_messages(
        _fetch(STILL_QUEUED, campaign_id), cause=CAMPAIGN_STOPPED, now=now
    )
    return canceled + len(ended)


def _fetch(statement: str, campaign_id: int) -> list[tuple[int, int]]:
    """Fetch (enrollment, contact) pairs."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [campaign_id])
        return cursor.fetchall()
