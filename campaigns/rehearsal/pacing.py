"""
When the engine has to take its next turn.

Where something happened that somebody waits for, and where time alone brings something: somebody
is due, a waiting moment is looked at again, an event leaves a window. Turns are on a grid of
minutes, so that a quarter is a few thousand of them.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

from audiences.models import ClockHead
from campaigns.rehearsal.tables import fetch

MINUTE = timedelta(minutes=1)
# Grids, the finest first, and with how many turns a grid is fine enough.
STEPS = (MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE)
MOST_TURNS = 6_000
# With nothing to wait for that can be told, time is looked at so often.
AT_LEAST = timedelta(days=1)
# Clocks that turn at any quarter of an hour somewhere.
QUARTER = timedelta(minutes=15)

# Selects when somebody is due next, and when a moment that waits is.
# Leans on the indexes of what is due.
DUE = """
SELECT min(found.at) FROM (
    SELECT min(pass.due_at) AS at FROM campaigns_enrollment AS pass
    JOIN campaigns_campaign AS campaign ON campaign.id = pass.campaign_id
    WHERE pass.state = 'active' AND pass.due_at > %(now)s AND campaign.state = 'running'
    UNION ALL
    SELECT min(moment.due_at) FROM campaigns_moment AS moment
    JOIN campaigns_campaign AS campaign ON campaign.id = moment.campaign_id
    WHERE moment.due_at > %(now)s AND campaign.state = 'running'
    UNION ALL
    SELECT min(message.due_at) FROM campaigns_message AS message
    WHERE message.state = 'queued' AND message.due_at > %(now)s
) AS found
"""
# Selects when time next comes to what a rule waits for.
# Leans on event_by_name, newest_membership_changes and watched_date_by_time.
FLIPS = """
SELECT min(flip.at) FROM audiences_clockhead AS head
CROSS JOIN LATERAL (
    SELECT min(event.occurred_at) + head.after AS at FROM contacts_event AS event
    WHERE head.clock = 'event' AND event.name = head.name
        AND event.occurred_at > %(now)s - head.after
    UNION ALL
    SELECT min(change.changed_at) + head.after FROM audiences_membershipchange AS change
    WHERE head.clock = 'change'
        AND change.audience_id = CASE WHEN head.clock = 'change' THEN head.name::bigint END
        AND change.changed_at > %(now)s - head.after
    UNION ALL
    SELECT min(watched.at) + head.after FROM audiences_watcheddate AS watched
    WHERE head.clock = 'date' AND watched.name = head.name
        AND watched.at > %(now)s - head.after
) AS flip
"""


def choose_step(starts_at: datetime, moments: Sequence[datetime]) -> timedelta:
    """Choose the finest grid on which what happened needs few enough turns."""
    for step in STEPS[:-1]:
        if len({(moment - starts_at) // step for moment in moments}) <= MOST_TURNS:
            return step
    return STEPS[-1]


def on_grid(moment: datetime, *, starts_at: datetime, step: timedelta) -> datetime:
    """Move a moment to the next one of the grid."""
    return starts_at - (starts_at - moment) // step * step


class Pace:
    """Says when the engine is to take its next turn."""

    def __init__(
        self,
        starts_at: datetime,
        ends_at: datetime,
        step: timedelta,
        awaited: Sequence[datetime],
    ) -> None:
        self.starts_at = starts_at
        self.ends_at = ends_at
        self.step = step
        self.awaited = awaited
        clocks = set(ClockHead.objects.values_list("clock", flat=True))
        self.longest = AT_LEAST
        if "state" in clocks or "anniversary" in clocks:
            self.longest = timedelta(hours=1)
        if "local" in clocks:
            self.longest = QUARTER

    def next(self, now: datetime) -> datetime | None:
        """Give the next turn after a moment; None once the period is over."""
        if now >= self.ends_at:
            return None
        found = [now + self.longest]
        place = bisect_right(self.awaited, now)
        found += self.awaited[place : place + 1]
        for statement in (DUE, FLIPS):
            [(moment,)] = fetch(statement, {"now": now})
            if moment is not None:
                found.append(moment)
        moment = on_grid(min(found), starts_at=self.starts_at, step=self.step)
        return min(moment, self.ends_at)
