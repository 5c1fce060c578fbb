"""Write where a batch goes, and the journal of how it got there, in one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat

from django.db import connection
from psycopg.types.json import Jsonb

from campaigns.asks.holds import Candidate
from campaigns.flows.definition import first_key, following, sides_of
from campaigns.steps.base import Batch, Jump, Outcome, Side, Then

# Moves enrollments that still stand where they were claimed, and writes one journal row for
# each that took the step. A few ways, many movers: what is the same for all of a way is sent
# once. Leans on the primary key of enrollments.
MOVE = """
WITH mover AS (
    SELECT * FROM unnest(
        %(enrollments)s::bigint[], %(contacts)s::bigint[], %(visits)s::int[], %(ways)s::int[]
    ) AS mover (enrollment_id, contact_id, visit, way)
), way AS (
    SELECT * FROM unnest(
        %(way)s::int[], %(word)s::text[], %(step_key)s::text[], %(due_at)s::timestamptz[],
        %(state)s::text[], %(reason)s::text[], %(stays)s::boolean[], %(details)s::jsonb[]
    ) AS way (way, word, step_key, due_at, state, reason, stays, details)
), moved AS (
    UPDATE campaigns_enrollment AS enrollment
    SET step_key = way.step_key,
        due_at = way.due_at,
        visit = enrollment.visit + CASE WHEN way.stays THEN 0 ELSE 1 END,
        began_at = CASE
            WHEN way.stays THEN COALESCE(enrollment.began_at, enrollment.due_at)
        END,
        state = way.state,
        end_reason = way.reason,
        ended_at = CASE WHEN way.state = 'active' THEN NULL ELSE %(now)s END,
        attempts = 0,
        error = ''
    FROM mover
    JOIN way USING (way)
    WHERE enrollment.contact_id = mover.contact_id
        AND enrollment.id = mover.enrollment_id
        AND enrollment.visit = mover.visit
        AND enrollment.state = 'active'
    RETURNING enrollment.id, enrollment.contact_id, mover.visit, mover.way
), written AS (
    INSERT INTO campaigns_steprun
        (contact_id, enrollment_id, campaign_id, step_key, visit, ran_at, outcome, details)
    SELECT moved.contact_id, moved.id, %(campaign)s, %(step)s, moved.visit, %(now)s,
        way.word, way.details
    FROM moved
    JOIN way USING (way)
    WHERE NOT way.stays
)
SELECT count(*) FROM moved
"""

# Ends enrollments that stand behind the last step.
COMPLETE = """
UPDATE campaigns_enrollment
SET state = 'completed', ended_at = %s, due_at = NULL, attempts = 0, error = ''
WHERE contact_id = ANY (%s) AND id = ANY (%s) AND state = 'active' AND step_key = ''
"""


@dataclass(frozen=True)
class Way:
    """What is the same for all who leave a step in one way."""

    word: str
    step_key: str
    due_at: datetime | None
    state: str
    reason: str
    stays: bool
    details: Jsonb


class NobodyMoved(RuntimeError):
    """Fewer enrollments moved than were locked; the batch is taken back as a whole."""


def move(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """
    Send each candidate of a batch on its way.

    :raises NobodyMoved: if an enrollment is not where it was claimed
    """
    ways = [way_of(batch, outcome) for outcome in outcomes]
    movers = [one for outcome in outcomes for one in outcome.candidates]
    # By columns, for thousands of movers are sent in each statement.
    columns = zip(*movers, strict=True) if movers else [()] * 4
    enrollments, contacts, visits, _ = columns
    numbers = chain.from_iterable(
        repeat(number, len(outcome.candidates))
        for number, outcome in enumerate(outcomes)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            MOVE,
            {
                "enrollments": array_text(enrollments),
                "contacts": array_text(contacts),
                "visits": array_text(visits),
                "ways": array_text(numbers),
                "way": list(range(len(ways))),
                "word": [way.word for way in ways],
                "step_key": [way.step_key for way in ways],
                "due_at": [way.due_at for way in ways],
                "state": [way.state for way in ways],
                "reason": [way.reason for way in ways],
                "stays": [way.stays for way in ways],
                "details": [way.details for way in ways],
                "campaign": batch.campaign.pk,
                "step": batch.step["key"],
                "now": batch.now,
            },
        )
        moved = cursor.fetchone()[0]
    if moved != len(batch.candidates):
        raise NobodyMoved(
            f"expected {len(batch.candidates)} enrollments to move, {moved} did"
        )


def array_text(numbers: Iterable[int]) -> str:
    """Write an array as PostgreSQL reads it: ten times as fast as one value at a time."""
    return f"{{{str(list(numbers))[1:-1]}}}"


def way_of(batch: Batch, outcome: Outcome) -> Way:
    """Work out where an outcome leads in the flow of the batch's version."""
    due_at: datetime | None = outcome.due_at or batch.now
    key, state, reason = "", "active", ""
    if outcome.then == Then.EXIT:
        state, due_at, reason = "exited", None, outcome.reason
    elif outcome.then == Then.STAY:
        key = batch.step["key"]
    else:
        key = next_key(batch, outcome.then)
        if not key and outcome.due_at is None:
            state, due_at = "completed", None
    return Way(
        outcome.word,
        key,
        due_at,
        state,
        reason,
        outcome.then == Then.STAY,
        Jsonb(outcome.details),
    )


def next_key(batch: Batch, then: Then | Side | Jump) -> str:
    """Name the step that comes next in the flow; blank at its end."""
    if isinstance(then, Jump):
        return then.step_key
    after = following(batch.version.definition["steps"])[batch.step["key"]]
    if isinstance(then, Side):
        return first_key(sides_of(batch.step)[then.name], after)
    return after


def complete(candidates: Sequence[Candidate], *, now: datetime) -> None:
    """End passes that have come to the end of the flow."""
    with connection.cursor() as cursor:
        cursor.execute(
            COMPLETE,
            [
                now,
                [one.contact_id for one in candidates],
                [one.enrollment_id for one in candidates],
            ],
        )
