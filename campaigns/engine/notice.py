"""
Notice goals and exits of those who are waiting, as soon as something happens to them, and what
they wait for.

All of it is looked at before each step and at the hand-over anyway. Here it is
looked at also where nothing is due: at once for what events and audiences tell, and every
five minutes for everybody, because attributes and lists tell nothing.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Max, Q, QuerySet

from audiences.conditions.sql import Fragment, combine, join, value
from audiences.models import MembershipReaction
from campaigns.asks import credit
from campaigns.asks.holds import Candidate
from campaigns.engine import goals, reaching
from campaigns.engine.braking import to_brake
from campaigns.engine.closing import to_finish
from campaigns.engine.lifecycle import still_on
from campaigns.engine.running import hold_running
from campaigns.engine.waking import wake_contacts, wake_everybody
from campaigns.engine.watch import GOALS
from campaigns.goals import exit_condition, goal_condition, goal_window
from campaigns.models import Campaign, CampaignVersion
from contacts.background import Backlog, add_up, backlog_of
from contacts.events import take_reactions
from contacts.models import Reaction

BATCH = 2_000
# How often everybody in a campaign is looked at.
PERIOD = timedelta(minutes=5)
# How long who looks at everybody may be silent before another one does.
LEASE = timedelta(minutes=1)

# Takes changes of membership that goals and exits wait for; picks them once, in a part of its
# own. Leans on membership_reaction_oldest.
TAKE_CHANGES = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM audiences_membershipreaction
    WHERE consumer = %s
    ORDER BY created_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM audiences_membershipreaction AS reaction
WHERE (reaction.contact_id, reaction.id) IN (SELECT contact_id, id FROM picked)
RETURNING reaction.contact_id
"""

# Locks the passes of contacts that can still reach a goal or an exit.
# Leans on one_enrollment_per_moment, which begins with the contact.
PASSES = """
SELECT enrollment.id, enrollment.contact_id, enrollment.visit, enrollment.version_id,
    enrollment.campaign_id
FROM campaigns_enrollment AS enrollment
WHERE enrollment.contact_id = ANY (%s) AND enrollment.campaign_id = ANY (%s)
    AND enrollment.state IN ('active', 'completed')
ORDER BY enrollment.contact_id, enrollment.id
FOR UPDATE
"""

# Locks those passes of a version for which goal or exit holds; skips those that a batch has
# in hand, which looks itself. Those that are over for good are not read: the active ones are
# in enrollment_due, the ones that have completed recently in enrollments_of_campaign.
REACHED = """
SELECT enrollment.id, enrollment.contact_id, enrollment.visit, enrollment.version_id
FROM campaigns_enrollment AS enrollment
JOIN contacts_contact AS contact ON contact.id = enrollment.contact_id
WHERE enrollment.campaign_id = {} AND enrollment.version_id = {} AND ({})
ORDER BY enrollment.contact_id
LIMIT 2000
FOR UPDATE OF enrollment SKIP LOCKED
"""

# Says whether there is anybody at all. Leans on the same indexes.
ANYBODY = """
SELECT 1
FROM campaigns_enrollment AS enrollment
JOIN contacts_contact AS contact ON contact.id = enrollment.contact_id
WHERE enrollment.campaign_id = {} AND enrollment.version_id = {} AND ({})
LIMIT 1
"""


@transaction.atomic
def notice_changes(*, now: datetime) -> int:
    """
    Take a batch of what happened and let go whose goal or exit it was.

    :returns: how many happenings were taken
    """
    contacts = [
        taken.contact_id for taken in take_reactions(consumer=GOALS, size=BATCH)
    ]
    with connection.cursor() as cursor:
        cursor.execute(TAKE_CHANGES, [GOALS, BATCH])
        contacts += [row[0] for row in cursor.fetchall()]
    if contacts:
        _look_at(set(contacts), now=now)
    return len(contacts)


def _look_at(contact_ids: Collection[int], *, now: datetime) -> None:
    """
    Look at every pass of some contacts through a running campaign.

    The campaigns are held first: a stop locks its campaign before passes and messages, too.
    """
    running = hold_running()
    with connection.cursor() as cursor:
        cursor.execute(PASSES, [list(contact_ids), list(running)])
        rows = cursor.fetchall()
    by_campaign: dict[int, list[Candidate]] = defaultdict(list)
    for *claimed, campaign_id in rows:
        by_campaign[campaign_id].append(Candidate(*claimed))
    for campaign_id, passes in sorted(by_campaign.items()):
        goals.let_go(running[campaign_id], passes, now=now)
    wake_contacts(contact_ids, running, now=now)
    reaching.note_goals(contact_ids, now=now)


def notice_everybody(*, now: datetime) -> int:
    """
    Look at everybody in one running campaign that has not been looked at for a while.

    It counts as looked at once that is done; a look that dies is made up when its lease is over.

    :returns: 1 if there was such a campaign
    """
    with transaction.atomic():
        campaign = (
            _unlooked(now)
            .select_for_update(skip_locked=True, no_key=True)
            .order_by("goals_checked_at", "pk")
            .first()
        )
        if campaign is None:
            return 0
        own = Campaign.objects.filter(pk=campaign.pk)
        own.update(goals_lease_until=now + LEASE)
    for version in campaign.versions.order_by("number"):
        for condition in _ways_out(version, now):
            while _let_go_some(campaign.pk, version, condition, now=now):
                pass
        wake_everybody(version, now=now)
    own.update(goals_checked_at=now, goals_lease_until=None)
    return 1


def _let_go_some(
    campaign_id: int, version: CampaignVersion, condition: Fragment, *, now: datetime
) -> bool:
    """
    Let go some of those of one version who are done; False when there are none left.

    Mostly nobody is: so it looks before it holds the campaign.
    """
    named = value(campaign_id), value(version.pk), condition
    statement, anybody = combine(REACHED, *named), combine(ANYBODY, *named)
    with connection.cursor() as cursor:
        cursor.execute(anybody.text, anybody.params)
        if cursor.fetchone() is None:
            return False
    with transaction.atomic(), connection.cursor() as cursor:
        campaign = hold_running(campaign_id).get(campaign_id)
        if campaign is None:
            return False
        cursor.execute(statement.text, statement.params)
        claimed = [Candidate(*row) for row in cursor.fetchall()]
        return bool(claimed and goals.let_go(campaign, claimed, now=now))


def _ways_out(version: CampaignVersion, now: datetime) -> list[Fragment]:
    """Compile who has reached the goal or met the exit, one condition for each index."""
    document = version.definition
    goal, left = goal_condition(document, now), exit_condition(document, now)
    active = Fragment("enrollment.state = 'active'")
    ways = []
    if goal is not None:
        completed = Fragment("enrollment.state = 'completed'")
        window = goal_window(document, now)
        ways.append(join("AND", [active, window, goal]))
        ways.append(join("AND", [completed, window, goal]))
    if left is not None:
        ways.append(join("AND", [active, left]))
    return ways


def backlog(now: datetime) -> Backlog:
    """Say how much there is to notice, to credit and to end, and since when."""
    waiting = [
        Reaction.objects.filter(consumer=GOALS),
        Reaction.objects.filter(consumer=credit.CONSUMER),
        MembershipReaction.objects.filter(consumer=GOALS),
    ]
    unlooked = _unlooked(now).aggregate(count=Count("pk"), last=Max("goals_checked_at"))
    last = unlooked["last"]
    since = (last + PERIOD if last else now) if unlooked["count"] else None
    return add_up(
        [
            *(backlog_of(rows, "created_at") for rows in waiting),
            Backlog(unlooked["count"], since),
            still_on(),
            to_finish(now),
            to_brake(now),
        ]
    )


def _unlooked(now: datetime) -> QuerySet[Campaign]:
    """Select the running campaigns whose people were not looked at for a while."""
    due = Q(goals_checked_at=None) | Q(goals_checked_at__lte=now - PERIOD)
    free = Q(goals_lease_until=None) | Q(goals_lease_until__lte=now)
    return Campaign.objects.filter(due, free, state__in=Campaign.MOVES)
