"""
Let contacts in: the members of the audience at the start, and each moment afterwards.

The same moment enrolls once: its key is "once", or the stay in the audience ("episode:3"),
and the database refuses a second one and a second active pass. Whoever is not let in has a
refusal with the reason.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from audiences.models import MembershipReaction
from campaigns.engine.running import hold_running
from campaigns.engine.versions import version_of
from campaigns.engine.watch import moments_of
from campaigns.flows.definition import first_key
from campaigns.models import Campaign, StartRun
from contacts.background import Backlog, add_up, backlog_of
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

# Takes moments out of the inbox, to enroll and refuse in the same transaction; those are
# picked once, in a part of its own. Leans on membership_reaction_oldest.
TAKE_MOMENTS = """
WITH picked AS MATERIALIZED (
    SELECT contact_id, id FROM audiences_membershipreaction
    WHERE consumer = %s
    ORDER BY created_at, id
    LIMIT %s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM audiences_membershipreaction AS reaction
WHERE (reaction.contact_id, reaction.id) IN (SELECT contact_id, id FROM picked)
RETURNING reaction.contact_id, reaction.episode, reaction.changed_at, reaction.change
"""

# Enrolls moments; the rest gets a refusal, unless the pass it already has is this moment's.
ENROLL_MOMENTS = """
WITH moment AS (
    SELECT contact_id, entry_key, moment_key, moment_at FROM unnest(
        %(contacts)s::bigint[], %(keys)s::text[], %(moments)s::text[], %(times)s::timestamptz[]
    ) AS moment (contact_id, entry_key, moment_key, moment_at)
), enrolled AS (
    INSERT INTO campaigns_enrollment (
        contact_id, campaign_id, version_id, entry_key, moment_at, enrolled_at, state,
        step_key, visit, due_at, attempts, end_reason, error
    )
    SELECT contact_id, %(campaign)s, %(version)s, entry_key, moment_at, %(now)s, 'active',
        %(step)s, 0, %(now)s, 0, '', ''
    FROM moment
    ORDER BY contact_id, moment_at
    ON CONFLICT DO NOTHING
    RETURNING contact_id, entry_key, moment_at
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
            AND enrolled.entry_key = moment.entry_key
            AND enrolled.moment_at = moment.moment_at
    ) AND NOT EXISTS (
        SELECT FROM campaigns_enrollment AS same
        WHERE same.contact_id = moment.contact_id AND same.campaign_id = %(campaign)s
            AND same.entry_key = moment.entry_key AND same.moment_at >= moment.moment_at
    )
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM enrolled
"""


def enroll_members(work: StartRun, *, now: datetime) -> bool:
    """
    Enroll the next range of members; the chunk of a start.

    Rows, progress and the end of the range are one transaction, so a killed worker neither
    skips nor repeats anybody.

    :returns: whether there may be more
    """
    version = work.version
    trigger = version.definition["trigger"]
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
    if campaign is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(TAKE_MOMENTS, [moments_of(campaign_id), MOMENTS])
        taken = cursor.fetchall()
    entries = [row for row in taken if row[3] == "entered"]
    if entries:
        _enroll(campaign, entries, now=now)
    return len(taken)


def _enroll(
    campaign: Campaign, entries: list[tuple[int, int, datetime, str]], *, now: datetime
) -> None:
    """Write the enrollments and refusals of moments."""
    assert campaign.published_id is not None  # noqa: S101 - a database constraint says so
    version = version_of(campaign.published_id)
    is_once = version.definition["trigger"]["frequency"] == "once"
    episodes = [f"episode:{episode}" for _, episode, _, _ in entries]
    with connection.cursor() as cursor:
        cursor.execute(
            ENROLL_MOMENTS,
            {
                "contacts": [entry[0] for entry in entries],
                "keys": ["once"] * len(entries) if is_once else episodes,
                "moments": episodes,
                "times": [entry[2] for entry in entries],
                "campaign": campaign.pk,
                "version": version.pk,
                "step": first_key(version.definition["steps"]),
                "now": now,
            },
        )


def moments_backlog(now: datetime) -> Backlog:
    """Say how many moments of running campaigns wait, and since when; a query for each."""
    running = Campaign.objects.filter(state=Campaign.State.RUNNING)
    return add_up(
        backlog_of(
            MembershipReaction.objects.filter(consumer=moments_of(pk)), "created_at"
        )
        for pk in running.values_list("pk", flat=True)
    )
