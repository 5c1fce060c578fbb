"""
Let contacts in: the members of the audience at the start, and each moment afterwards.

The kind of the trigger takes what has come out of its inbox; ``entry`` lets it in. Members at the
start of an unconditional campaign go in by ranges, which is fast; whoever else is there already
goes in as moments do (``by_hand``).
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from audiences.models import MembershipReaction
from campaigns.engine.by_hand import enroll_people
from campaigns.engine.entry import (
    Entrance,
    entrance_of,
    let_in,
    next_ramp_day,
    places_today,
    scene_of,
)
from campaigns.engine.running import hold_running
from campaigns.engine.versions import version_of
from campaigns.engine.watch import moments_of
from campaigns.flows.definition import first_key
from campaigns.flows.triggers import is_plain, trigger_of
from campaigns.models import Campaign, Moment, StartRun
from campaigns.triggers.base import Came, Inbox, Scene
from campaigns.triggers.registry import trigger_kind
from contacts.background import Backlog, add_up, backlog_of, ring_after_commit
from contacts.models import Reaction
from contacts.work import beat

CHUNK = 20_000
MOMENTS = 5_000

# Selects the end of the next range of members, and how many are in it.
# Leans on members_of_audience.
RANGE = """
SELECT max(member.contact_id), count(*)
FROM (
    SELECT contact_id FROM audiences_membership
    WHERE audience_id = %(audience)s AND contact_id > %(after)s
    ORDER BY contact_id
    LIMIT %(size)s
) AS member
"""

# Whether anybody in the range has been in the campaign: at a first start nobody has, and then
# nobody has to be looked up. Leans on one_enrollment_per_moment.
WAS_HERE = """
SELECT EXISTS (
    SELECT FROM campaigns_enrollment
    WHERE contact_id > %(after)s AND contact_id <= %(until)s AND campaign_id = %(campaign)s
)
"""

# Enrolls the members of one range. Leans on members_of_audience.
ENROLL_MEMBERS = """
INSERT INTO campaigns_enrollment (
    contact_id, campaign_id, version_id, entry_key, moment_at, enrolled_at, state, step_key,
    visit, due_at, attempts, end_reason, error
)
SELECT member.contact_id, %(campaign)s, %(version)s, {key}, %(now)s, %(now)s, 'active',
    %(step)s, 0, %(now)s, 0, '', ''
FROM audiences_membership AS member
WHERE member.audience_id = %(audience)s
    AND member.contact_id > %(after)s AND member.contact_id <= %(until)s
    {but_not}
ORDER BY member.contact_id
"""
# Those who have not been in the campaign with the same key and are not in it now.
# Leans on one_enrollment_per_moment.
BUT_NOT_AGAIN = """
    AND NOT EXISTS (
        SELECT FROM campaigns_enrollment AS earlier
        WHERE earlier.contact_id = member.contact_id AND earlier.campaign_id = %(campaign)s
            AND earlier.contact_id > %(after)s AND earlier.contact_id <= %(until)s
            AND (earlier.entry_key = {key} OR earlier.state = 'active')
    )
"""
DO_NOTHING = "ON CONFLICT DO NOTHING"

# Writes a refusal for each member of the range who had been enrolled before the start.
REFUSE_MEMBERS = """
INSERT INTO campaigns_refusal
    (contact_id, campaign_id, moment_key, moment_at, reason, refused_at)
SELECT member.contact_id, %(campaign)s, %(moment)s, %(now)s,
    CASE WHEN bool_or(earlier.state = 'active') THEN 'still_active' ELSE 'already_enrolled' END,
    %(now)s
FROM audiences_membership AS member
JOIN campaigns_enrollment AS earlier
    ON earlier.contact_id = member.contact_id AND earlier.campaign_id = %(campaign)s
    AND (earlier.entry_key = {key} OR earlier.state = 'active')
    AND earlier.enrolled_at < %(started)s
WHERE member.audience_id = %(audience)s
    AND member.contact_id > %(after)s AND member.contact_id <= %(until)s
GROUP BY member.contact_id
ON CONFLICT DO NOTHING
"""

# Takes waiting moments whose time has come. Leans on moments_due.
TAKE_DUE = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM campaigns_moment
    WHERE campaign_id = %s AND due_at <= %s
    ORDER BY due_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM campaigns_moment AS moment
WHERE (moment.contact_id, moment.id) IN (SELECT contact_id, id FROM picked)
RETURNING moment.contact_id, moment.key, moment.moment_at, moment.came_at, moment.until,
    moment.waits_for
"""

# Lets those who have no place today wait for the next day. Leans on moments_of_campaign.
NO_PLACE = """
UPDATE campaigns_moment SET due_at = %s
WHERE campaign_id = %s AND waits_for = 'ramp' AND due_at <= %s
"""


def enroll_members(work: StartRun, *, now: datetime) -> bool:
    """
    Enroll the next range of members; the chunk of a start.

    Rows, progress and the end of the range are one transaction, so a killed worker neither
    skips nor repeats anybody.

    :returns: whether there may be more
    """
    version = work.version
    trigger = trigger_of(version.definition)
    if work.source or not is_plain(trigger):
        return enroll_people(work, now=now)
    values = {
        "campaign": work.campaign_id,
        "version": version.pk,
        "audience": trigger["audience"],
        "after": work.last_contact_id,
        "step": first_key(version.definition["steps"]),
        "moment": f"start:{work.pk}",
        "started": work.created_at,
        "size": CHUNK,
        "now": now,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RANGE, values)
        until, count = cursor.fetchone()
        if not count:
            return False
        values["until"] = until
        key = key_of_members(trigger["frequency"])
        enrolled = _insert_members(key, values)
        refused = 0
        if enrolled < count:
            cursor.execute(REFUSE_MEMBERS.format(key=key), values)
            refused = cursor.rowcount
        work.last_contact_id = until
        work.enrolled_count += enrolled
        work.refused_count += refused
        work.save(update_fields=["last_contact_id", "enrolled_count", "refused_count"])
        beat(work, now=now, done=work.done_count + count, phase="Enrolling contacts")
    return count == CHUNK


def _insert_members(key: str, values: dict[str, Any]) -> int:
    """
    Insert the enrollments of one range.

    Nobody else enrolls these contacts while a start runs, except for a moment that comes in
    at the same time: then, and only then, the slower insert that survives it is needed.
    """
    with connection.cursor() as cursor:
        cursor.execute(WAS_HERE, values)
        but_not = BUT_NOT_AGAIN.format(key=key) if cursor.fetchone()[0] else ""
    statement = ENROLL_MEMBERS.format(key=key, but_not=but_not)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.rowcount
    except IntegrityError:
        with connection.cursor() as cursor:
            cursor.execute(statement + DO_NOTHING, values)
            return cursor.rowcount


def key_of_members(frequency: str) -> str:
    """Give the SQL of the entry key of a member."""
    return "'once'" if frequency == "once" else "'episode:' || member.episode"


def enroll_moments(*, now: datetime) -> int:
    """
    Enroll one batch of moments for each running campaign.

    :returns: how many moments were taken from the inbox
    """
    running = Campaign.objects.filter(state=Campaign.State.RUNNING).order_by("pk")
    return sum(
        enroll_moments_of(campaign_id, now=now)
        for campaign_id in running.values_list("pk", flat=True)
    )


@transaction.atomic
def enroll_moments_of(campaign_id: int, *, now: datetime) -> int:
    """
    Take a batch of moments of one campaign, enroll them, and refuse the rest.

    The campaign is held against being paused: once that has committed, nobody enters.
    """
    campaign = hold_running(campaign_id).get(campaign_id)
    if campaign is None or campaign.state != Campaign.State.RUNNING:
        return 0
    entrance = entrance_of(campaign, now=now)
    scene = scene_of(entrance)
    inbox = trigger_kind(scene.trigger).take(scene, size=MOMENTS)
    due = _take_due(entrance, scene)
    moments = [*due.moments, *inbox.moments]
    if moments and let_in(entrance, moments).enrolled:
        ring_after_commit("campaigns.advance")
    return inbox.count + due.count


def _take_due(entrance: Entrance, scene: Scene) -> Inbox:
    """Take those who have waited long enough; of what was planned, what has come true."""
    campaign_id, now = entrance.campaign.pk, entrance.now
    if entrance.trigger["ramp"] and places_today(entrance) == 0:
        tomorrow = next_ramp_day(entrance)
        with connection.cursor() as cursor:
            cursor.execute(NO_PLACE, [tomorrow, campaign_id, now])
    with connection.cursor() as cursor:
        cursor.execute(TAKE_DUE, [campaign_id, now, MOMENTS])
        taken = cursor.fetchall()
    kind = trigger_kind(entrance.trigger)
    waited = [Came(*row[:5]) for row in taken if row[5] not in Moment.PLANNED]
    planned = [Came(*row[:3]) for row in taken if row[5] in kind.plans]
    if planned:
        waited += kind.ripen(scene, planned)
    return Inbox(len(taken), waited)


def moments_backlog(now: datetime) -> Backlog:
    """Say how many moments of running campaigns wait, and since when; two queries for each."""
    running = Campaign.objects.filter(state=Campaign.State.RUNNING)
    return add_up(
        _backlog_of(*row, now) for row in running.values_list("pk", "published_id")
    )


def _backlog_of(campaign_id: int, version_id: int, now: datetime) -> Backlog:
    """Look into the inbox of a campaign, and at those who wait."""
    consumer = moments_of(campaign_id)
    trigger = trigger_of(version_of(version_id).definition)
    watches = trigger_kind(trigger).watches(trigger)
    waiting: list[Backlog] = []
    if watches.audiences:
        inbox = MembershipReaction.objects.filter(consumer=consumer)
        waiting.append(backlog_of(inbox, "created_at"))
    if watches.events:
        reactions = Reaction.objects.filter(consumer=consumer)
        waiting.append(backlog_of(reactions, "created_at"))
    due = Moment.objects.filter(campaign_id=campaign_id, due_at__lte=now)
    return add_up([*waiting, backlog_of(due, "due_at")])
