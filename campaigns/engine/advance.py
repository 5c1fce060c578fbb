"""
Move what is due, one batch of one step at a time.

A batch is one transaction: rows are claimed, goals and exits are looked at, the step decides
about all of them at once, and journal, place and due time are written together, or nothing
is. A batch that fails is cut in half until the row is found that is to blame; it is moved
into the future with its error, and the rest goes on.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from campaigns.asks.holds import Candidate
from campaigns.engine import ending, goals
from campaigns.engine.again import had_before
from campaigns.engine.move import complete, move
from campaigns.engine.places import Place, due_places
from campaigns.engine.running import hold_running
from campaigns.engine.versions import version_of
from campaigns.flows.definition import find_step
from campaigns.models import Campaign, CampaignVersion, Enrollment
from campaigns.steps.base import Batch
from campaigns.steps.registry import step_kind

BATCH_SIZE = 5_000
# Steps that reach nobody, and are decided for all who stand before them at once: the more of
# them there are in a statement, the less each costs.
LIGHT_SIZE = 20_000
LIGHT = frozenset({"branch", "cohort", "continue_at", "delay", "exit", "note", "split"})
# A row that fails waits 2, 4, 8 … minutes, and is given up after this many attempts.
MOST_ATTEMPTS = 8

log = logging.getLogger(__name__)

# Claims enrollments that are due before one step; skips those in another worker's hands.
# Leans on enrollment_due.
CLAIM = """
SELECT id, contact_id, visit, version_id
FROM campaigns_enrollment
WHERE campaign_id = %s AND step_key = %s AND state = 'active' AND due_at <= %s
ORDER BY due_at
LIMIT %s
FOR UPDATE SKIP LOCKED
"""

# Claims some of them again, after a batch with them in it has failed.
RECLAIM = """
SELECT id, contact_id, visit, version_id
FROM campaigns_enrollment
WHERE campaign_id = %s AND step_key = %s AND state = 'active' AND due_at <= %s
    AND contact_id = ANY (%s) AND id = ANY (%s)
ORDER BY contact_id
FOR UPDATE SKIP LOCKED
"""


class StepMissing(LookupError):
    """An enrollment stands before a step that its version does not have."""


def advance_round(*, now: datetime, size: int | None = None) -> int:
    """
    Move one batch at each place where something is due, by priority.

    So campaigns and steps take turns, and the ask of a higher priority is decided first.

    :returns: how many enrollments were worked on; 0 if nothing is due
    """
    return sum(
        advance_batch(place, now=now, size=size) for place in due_places(now, most=1)
    )


def advance_batch(place: Place, *, now: datetime, size: int | None = None) -> int:
    """Move up to ``size`` enrollments that are due at one place, or as many as suit its step."""
    claimed: list[Candidate] = []
    try:
        with transaction.atomic():
            campaign = _running(place.campaign_id)
            if campaign is None:
                return 0
            size = size or size_at(campaign, place.step_key)
            claimed = _claim(CLAIM, place, now, [size])
            run_claimed(campaign, place.step_key, claimed, now=now)
    except (OperationalError, InterfaceError):
        # Not the fault of a row: a lost connection, a deadlock. The next tick comes.
        raise
    except Exception as error:
        if not claimed:
            # No row is to blame, and halving nothing would hide it.
            raise
        _isolate(place, claimed, error, now=now)
    return len(claimed)


def size_at(campaign: Campaign, step_key: str) -> int:
    """Say how many are moved at once from a step."""
    if not campaign.published_id:
        return BATCH_SIZE
    step = find_step(version_of(campaign.published_id).definition, step_key)
    return LIGHT_SIZE if step and step["kind"] in LIGHT else BATCH_SIZE


def _isolate(
    place: Place, claimed: Sequence[Candidate], error: Exception, *, now: datetime
) -> None:
    """Halve a batch that failed until the rows that are to blame stand alone."""
    if len(claimed) == 1:
        _quarantine(claimed[0], error, now=now)
        return
    middle = len(claimed) // 2
    for half in (claimed[:middle], claimed[middle:]):
        _retry(place, half, now=now)


def _retry(place: Place, part: Sequence[Candidate], *, now: datetime) -> None:
    """Run part of a batch that failed, in a transaction of its own."""
    if not part:
        return
    ids = [one.enrollment_id for one in part]
    contacts = [one.contact_id for one in part]
    try:
        with transaction.atomic():
            campaign = _running(place.campaign_id)
            if campaign is not None:
                again = _claim(RECLAIM, place, now, [contacts, ids])
                run_claimed(campaign, place.step_key, again, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - as above
        _isolate(place, part, error, now=now)


def _running(campaign_id: int) -> Campaign | None:
    """Hold the campaign against being paused or stopped; None if it does not run any more."""
    return hold_running(campaign_id).get(campaign_id)


def _claim(
    statement: str, place: Place, now: datetime, more: list[Any]
) -> list[Candidate]:
    """Lock enrollments until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(statement, [place.campaign_id, place.step_key, now, *more])
        return list(map(Candidate._make, cursor.fetchall()))


def run_claimed(
    campaign: Campaign, step_key: str, claimed: Sequence[Candidate], *, now: datetime
) -> None:
    """
    Let go who is done; let the step decide about the rest; write where they go.

    The rows are locked by who calls it, who also holds the campaign where it is for real.
    """
    if not claimed:
        return
    gone = goals.let_go(campaign, claimed, now=now)
    staying = claimed
    if gone:
        staying = [one for one in claimed if one.enrollment_id not in gone]
    if not step_key:
        complete(staying, now=now)
        return
    by_version: dict[int, list[Candidate]] = defaultdict(list)
    for one in staying:
        by_version[one.version_id].append(one)
    for version_id, group in sorted(by_version.items()):
        _run_step(campaign, version_of(version_id), step_key, group, now=now)


def _run_step(
    campaign: Campaign,
    version: CampaignVersion,
    step_key: str,
    group: Sequence[Candidate],
    *,
    now: datetime,
) -> None:
    """Run one step of one version."""
    step = find_step(version.definition, step_key)
    if step is None:
        raise StepMissing(f"expected a step {step_key!r} in version {version.number}")
    batch = Batch(campaign, version, step, group, now)
    again = had_before(batch)
    outcomes, fresh = [], group
    if again:
        had = set(again.candidates)
        outcomes, fresh = [again], [one for one in group if one not in had]
    if fresh:
        outcomes += step_kind(step["kind"]).run(replace(batch, candidates=fresh))
    move(batch, outcomes)


def _quarantine(claimed: Candidate, error: Exception, *, now: datetime) -> None:
    """Move a row that failed into the future, with its error; give up after some attempts."""
    log.error("A step failed for enrollment %s", claimed.enrollment_id, exc_info=error)
    enrollments = Enrollment.objects.filter(
        pk=claimed.enrollment_id,
        contact_id=claimed.contact_id,
        visit=claimed.visit,
        state=Enrollment.State.ACTIVE,
    )
    with transaction.atomic():
        enrollment = enrollments.select_for_update(skip_locked=True).first()
        if enrollment is None:
            return
        enrollment.attempts += 1
        enrollment.error = f"{type(error).__name__}: {error}"[:2_000]
        if enrollment.attempts >= MOST_ATTEMPTS:
            enrollment.state = Enrollment.State.FAILED
            enrollment.end_reason = ending.ERROR
            enrollment.ended_at, enrollment.due_at = now, None
        else:
            enrollment.due_at = now + timedelta(minutes=2**enrollment.attempts)
        enrollment.save()
