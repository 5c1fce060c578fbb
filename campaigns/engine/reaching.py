"""
Note which goals people have reached, each once for a pass, and what it is credited to.

It is noticed from what happened, never by looking at everybody: whoever takes a happening calls
``note_goals`` for these contacts in the same transaction, and whoever ends a pass at its goal
calls ``note_converted``. A goal is credited if a message had reached the person before, at most
the days of its window earlier; the latest such message gets it. What happened before any message
is noted too, and never credited. What is told more than a week late is left out; what is told a
little late dates a goal back.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection

from audiences.conditions.sql import TRUE, Fragment, value
from campaigns.asks.holds import Candidate
from campaigns.engine.versions import version_of
from campaigns.flows.goals import PRIMARY, Goal, goals_of
from campaigns.goals import predicate_of, when_true

NAMED = re.compile(r"{(\w+)}")
LATE = timedelta(days=7)
# A pass can't reach a goal any more this long after it began.
LONGEST = timedelta(days=2 * 365)

# Selects the passes of contacts whose goals may still be reached.
# Leans on one_enrollment_per_moment, which begins with the contact.
PASSES = """
SELECT enrollment.id, enrollment.contact_id, enrollment.visit, enrollment.version_id
FROM campaigns_enrollment AS enrollment
WHERE enrollment.contact_id = ANY (%s) AND enrollment.enrolled_at > %s
ORDER BY enrollment.contact_id, enrollment.id
"""

# What has reached the person of ``enrollment``, each with its time: mails and tasks that are
# done, what he has seen, and asks that another tool has delivered.
# Leans on one_message_per_step_run and one_ask_per_step_run.
DELIVERED = """
    SELECT message.finished_at AS at, message.ask_id, message.id AS message_id
    FROM campaigns_message AS message
    WHERE message.contact_id = enrollment.contact_id
        AND message.enrollment_id = enrollment.id
        AND message.state = 'accepted' AND message.channel <> 'in_app'
    UNION ALL
    SELECT ask.viewed_at, ask.id, NULL FROM campaigns_ask AS ask
    WHERE ask.contact_id = enrollment.contact_id AND ask.enrollment_id = enrollment.id
        AND ask.viewed_at IS NOT NULL
    UNION ALL
    SELECT ask.delivered_at, ask.id, NULL FROM campaigns_ask AS ask
    WHERE ask.contact_id = enrollment.contact_id AND ask.enrollment_id = enrollment.id
        AND ask.delivered_at IS NOT NULL AND ask.refunded_at IS NULL
        AND NOT EXISTS (
            SELECT FROM campaigns_message AS message
            WHERE message.contact_id = ask.contact_id
                AND message.enrollment_id = ask.enrollment_id AND message.ask_id = ask.id
        )
"""
VIEWED = """
    SELECT ask.viewed_at AS at, ask.id AS ask_id, NULL::bigint AS message_id
    FROM campaigns_ask AS ask
    WHERE ask.contact_id = enrollment.contact_id AND ask.enrollment_id = enrollment.id
        AND ask.viewed_at IS NOT NULL
    UNION ALL
    SELECT fact.happened_at, NULL, message.id
    FROM campaigns_message AS message
    JOIN campaigns_messagefact AS fact
        ON fact.contact_id = message.contact_id AND fact.message_id = message.id
        AND fact.kind IN ('viewed', 'clicked')
    WHERE message.contact_id = enrollment.contact_id
        AND message.enrollment_id = enrollment.id AND message.ask_id IS NULL
"""
TOUCHES = {"delivered": DELIVERED, "viewed": VIEWED, "any": DELIVERED}

# Notes a goal for those passes of one version for which its condition holds. The pass that
# began last before it happened gets it. An earlier time that is told later takes the place of
# the first, which is kept beside it.
NOTE = """
INSERT INTO campaigns_goalreached AS known (
    contact_id, enrollment_id, campaign_id, version_id, goal, occurred_at, touch, touched_at,
    ask_id, message_id, noted_at
)
SELECT enrollment.contact_id, enrollment.id, enrollment.campaign_id, enrollment.version_id,
    {goal}, happened.at,
    CASE WHEN {touch} = 'any' OR touched.at IS NOT NULL THEN {touch} ELSE 'none' END,
    touched.at, touched.ask_id, CASE WHEN touched.ask_id IS NULL THEN touched.message_id END,
    {now}
FROM campaigns_enrollment AS enrollment
JOIN contacts_contact AS contact ON contact.id = enrollment.contact_id
CROSS JOIN LATERAL (SELECT COALESCE({when}, {now}) AS at) AS happened
LEFT JOIN LATERAL (
    SELECT touch.at, touch.ask_id, touch.message_id FROM ({touches}) AS touch
    WHERE touch.at <= happened.at
    ORDER BY touch.at DESC, touch.message_id DESC NULLS LAST
    LIMIT 1
) AS touched ON true
WHERE enrollment.id = ANY ({enrollments}) AND enrollment.contact_id = ANY ({contacts})
    AND ({holds}) AND ({counts})
ORDER BY enrollment.contact_id, enrollment.id
ON CONFLICT (contact_id, enrollment_id, goal) DO UPDATE
SET occurred_at = excluded.occurred_at, touch = excluded.touch,
    touched_at = excluded.touched_at, ask_id = excluded.ask_id,
    message_id = excluded.message_id, dated_at = excluded.noted_at,
    dated_from = COALESCE(known.dated_from, known.occurred_at)
WHERE excluded.occurred_at < known.occurred_at
"""

# Whether it was told in time, within the window, and belongs to no later pass.
COUNTS = """
    happened.at > {late}
    AND happened.at <= {window} + CASE
        WHEN {touch} = 'any' THEN enrollment.enrolled_at
        ELSE COALESCE(touched.at, enrollment.enrolled_at)
    END
    AND NOT EXISTS (
        SELECT FROM campaigns_enrollment AS later
        WHERE later.contact_id = enrollment.contact_id
            AND later.campaign_id = enrollment.campaign_id
            AND later.moment_at > enrollment.moment_at AND later.moment_at < happened.at
    )
"""


def note_goals(contact_ids: Collection[int], *, now: datetime) -> None:
    """
    Note what some contacts, to whom something happened, have reached with any pass of theirs.

    Also after the pass is over, and whether the campaign runs or not: nobody is moved. One
    statement for each goal of each version that they were in.
    """
    with connection.cursor() as cursor:
        cursor.execute(PASSES, [sorted(contact_ids), now - LONGEST])
        passes = [Candidate(*row) for row in cursor.fetchall()]
    for version_id, group in _by_version(passes):
        goals = goals_of(version_of(version_id).definition)
        for goal in goals.values():
            _note(goal, group, counts=_counts(goal, now), now=now)


def note_converted(converted: Sequence[Candidate], *, now: datetime) -> None:
    """Note the primary goal of passes that end at it, whenever it happened."""
    for version_id, group in _by_version(converted):
        goals = goals_of(version_of(version_id).definition)
        if PRIMARY in goals:
            _note(goals[PRIMARY], group, counts=TRUE, now=now)


def _by_version(passes: Sequence[Candidate]) -> list[tuple[int, list[Candidate]]]:
    """Group passes by the version whose goals they have."""
    groups: dict[int, list[Candidate]] = defaultdict(list)
    for one in passes:
        groups[one.version_id].append(one)
    return sorted(groups.items())


def _counts(goal: Goal, now: datetime) -> Fragment:
    """Leave out what is told too late, or happened too long after the last message."""
    return _fill(
        COUNTS,
        late=value(now - LATE, "timestamptz"),
        window=value(timedelta(days=goal["window_days"]), "interval"),
        touch=value(goal["touch"], "text"),
    )


def _note(
    goal: Goal, passes: Sequence[Candidate], *, counts: Fragment, now: datetime
) -> None:
    """Write who has reached one goal."""
    statement = _fill(
        NOTE,
        goal=value(goal["key"], "text"),
        touch=value(goal["touch"], "text"),
        now=value(now, "timestamptz"),
        when=when_true(goal["condition"], now),
        touches=Fragment(TOUCHES[goal["touch"]]),
        enrollments=value([one.enrollment_id for one in passes], "bigint[]"),
        contacts=value([one.contact_id for one in passes], "bigint[]"),
        holds=predicate_of(goal["condition"], now),
        counts=counts,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)


def _fill(template: str, **pieces: Fragment) -> Fragment:
    """Fill the names of a template, each as often as it is there."""
    parts = NAMED.split(template)
    found = [
        pieces[part] if number % 2 else Fragment(part)
        for number, part in enumerate(parts)
    ]
    return Fragment(
        "".join(piece.text for piece in found),
        tuple(content for piece in found for content in piece.params),
    )
