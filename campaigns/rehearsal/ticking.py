"""
One turn of the engine: all that the workers would do at a moment, until nothing is left to do.

The functions are those that the tasks call; only the mails go nowhere: they count as delivered at
the moment at which they would leave.
"""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q

from audiences.memberships import clock, live, schedule
from campaigns.asks.credit import credit_asks
from campaigns.engine import advance, enroll, lifecycle, notice
from campaigns.messaging import outbox
from campaigns.models import Ask, Message, StartRun
from campaigns.rehearsal.tables import fetch
from contacts import work

# More rounds than anybody ever needs: each moves somebody on, or lets somebody in.
MOST_ROUNDS = 500
State = Message.State

# Says of each slice whether anything is due in it, as the sweep asks before it rings.
# Leans on the indexes of what is due.
DUE = """
SELECT
    EXISTS (SELECT FROM contacts_reaction
        WHERE consumer IN ('audiences', 'audiences.history') AND occurred_at <= %(now)s),
    EXISTS (SELECT FROM audiences_audience
        WHERE archived_at IS NULL AND refresh_due_at <= %(now)s),
    EXISTS (SELECT FROM campaigns_startrun WHERE state IN ('queued', 'running')),
    EXISTS (SELECT FROM contacts_reaction WHERE starts_with(consumer, 'campaign:'))
        OR EXISTS (SELECT FROM audiences_membershipreaction
            WHERE starts_with(consumer, 'campaign:'))
        OR EXISTS (SELECT FROM campaigns_moment WHERE due_at <= %(now)s),
    EXISTS (SELECT FROM contacts_reaction WHERE consumer = 'campaigns.asks'),
    EXISTS (SELECT FROM contacts_reaction WHERE consumer = 'campaigns.goals')
        OR EXISTS (SELECT FROM audiences_membershipreaction
            WHERE consumer = 'campaigns.goals'),
    EXISTS (SELECT FROM campaigns_campaign AS campaign
        JOIN campaigns_enrollment AS pass ON pass.campaign_id = campaign.id
        WHERE campaign.state = 'stopped' AND pass.state = 'active'),
    EXISTS (SELECT FROM campaigns_enrollment AS pass
        JOIN campaigns_campaign AS campaign ON campaign.id = pass.campaign_id
        WHERE pass.state = 'active' AND pass.due_at <= %(now)s
            AND campaign.state = 'running'),
    EXISTS (SELECT FROM campaigns_message WHERE state = 'queued' AND due_at <= %(now)s)
"""
# Whether anybody is in a campaign whose goal and exit everybody is to be asked for.
UNLOOKED = """
SELECT EXISTS (
    SELECT FROM campaigns_campaign AS campaign
    JOIN campaigns_enrollment AS pass ON pass.campaign_id = campaign.id
    WHERE campaign.state = 'running' AND pass.state IN ('active', 'completed')
        AND (campaign.goals_checked_at IS NULL
            OR campaign.goals_checked_at <= %(now)s - interval '5 minutes')
)
"""


class NeverQuiet(RuntimeError):
    """At one moment there was always more to do."""


def tick(now: datetime) -> None:
    """
    Do all that is due: first what time alone brings, then one thing after the other.

    :raises NeverQuiet: if it does not come to an end
    """
    while clock.pass_time(now):
        pass
    for _ in range(MOST_ROUNDS):
        if not _round(now):
            return
    raise NeverQuiet(f"expected to be done within {MOST_ROUNDS} rounds at {now}")


def _round(now: datetime) -> int:
    """Let each slice in which something is due take one batch; how many did something."""
    [due] = fetch(DUE, {"now": now})
    done = [take(now) for take, is_due in zip(SLICES, due, strict=True) if is_due]
    if fetch(UNLOOKED, {"now": now})[0][0]:
        done.append(notice.notice_everybody(now=now))
    return sum(1 for count in done if count)


def _start(now: datetime) -> int:
    """Let in who is there when a campaign starts."""
    return work.advance_one(StartRun, enroll.enroll_members, now=now)


# In the order of ``DUE``, in which one causes the next.
SLICES: tuple[Callable[[datetime], int], ...] = (
    live.react_next,
    schedule.refresh_next,
    _start,
    lambda now: enroll.enroll_moments(now=now),
    lambda now: credit_asks(),
    lambda now: notice.notice_changes(now=now),
    lambda now: lifecycle.end_stopped(now=now),
    lambda now: advance.advance_round(now=now),
    lambda now: deliver(now),
)


def deliver(now: datetime) -> int:
    """Let the messages that are due count as delivered; nobody gets anything."""
    due = Q(state=State.QUEUED, due_at__lte=now)
    messages = list(
        Message.objects.filter(due)
        .select_related("campaign")
        .defer("campaign__draft")
        .order_by("pk")
    )
    if not messages:
        return 0
    Message.objects.filter(due, pk__in=[one.pk for one in messages]).update(
        state=State.ACCEPTED, handed_over_at=now, finished_at=now
    )
    asks = [one.ask_id for one in messages if one.ask_id is not None]
    fresh = Ask.objects.filter(pk__in=asks, delivered_at=None)
    fresh.filter(contact_id__in=[one.contact_id for one in messages]).update(
        delivered_at=now
    )
    outbox.tell_delivered(*messages, now=now)
    return len(messages)
