"""
The work behind the page: a rehearsal is requested, taken up, lived through, and kept.

It takes minutes and lives in one connection, so it is no task of the cluster: the worker of a
host starts a process for it (``manage.py rehearse``). If that dies nothing is left of the world;
the lease runs out, and the next one begins anew.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from campaigns.engine import versions
from campaigns.flows.findings import Finding
from campaigns.guardrails import rivals
from campaigns.messaging.compile import ContentError
from campaigns.models import Campaign, Rehearsal, RehearsedPerson
from campaigns.readiness import review
from campaigns.rehearsal.results import Results, read_results
from campaigns.rehearsal.tables import FIRST_ID, in_a_world_of_its_own
from campaigns.rehearsal.world import Halted, Plan, Progress, plan_rehearsal, rehearse
from contacts import work
from contacts.work import CancelRequested, LeaseLost

LONGEST = timedelta(days=366)
FAILED = "The rehearsal stopped because of an error. Start it again."
BATCH = 5_000
Clock = Callable[[], datetime]


class NotRehearsable(ValueError):
    """The draft has errors; ``findings`` are those that block."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(" ".join(one.message for one in findings))
        self.findings = findings


class NoSuchPeriod(ValueError):
    """The period is empty, too long, or not over yet."""


@transaction.atomic
def request_rehearsal(
    *,
    campaign: Campaign,
    starts_at: datetime,
    ends_at: datetime,
    user: AbstractBaseUser | None,
    now: datetime,
) -> Rehearsal:
    """
    Ask for a rehearsal of the draft as it is; an earlier one that is not over is stopped.

    :raises NoSuchPeriod: if the period can't be lived through
    :raises NotRehearsable: if something in the draft has to be mended first
    """
    if not starts_at < ends_at <= now:
        raise NoSuchPeriod(
            "Choose a period that is over, with its end after its beginning."
        )
    if ends_at - starts_at > LONGEST:
        raise NoSuchPeriod("Choose a period of a year at most.")
    blocking = [one for one in review(campaign.draft) if one.blocks]
    if blocking:
        raise NotRehearsable(blocking)
    for earlier in campaign.rehearsals.all():
        if not earlier.is_over:
            work.request_cancel(earlier, now=now)
    return Rehearsal.objects.create(
        campaign=campaign,
        document=campaign.draft,
        revision=campaign.revision,
        starts_at=starts_at,
        ends_at=ends_at,
        total_count=minutes(ends_at - starts_at),
        created_at=now,
        created_by_id=user.pk if user else None,
    )


def is_waiting(now: datetime) -> bool:
    """Whether a rehearsal waits for a process."""
    return work.claimable(Rehearsal, now=now).exists()


def run_next(clock: Clock) -> bool:
    """
    Take up a rehearsal and live through it; False if none waits.

    :raises Exception: what went wrong, after it was noted for the page
    """
    rehearsal = work.claim(Rehearsal, now=clock())
    if rehearsal is None:
        return False
    try:
        keep(rehearsal, live(rehearsal, clock=clock), clock=clock)
    except LeaseLost:
        return True
    except (CancelRequested, Halted):
        work.cancel(rehearsal, now=clock())
    except ContentError as error:
        work.fail(rehearsal, error=str(error), now=clock())
    except Exception:
        work.fail(rehearsal, error=FAILED, now=clock())
        raise
    return True


def live(rehearsal: Rehearsal, *, clock: Clock) -> Results:
    """
    Live through a rehearsal in its own world, and say out here how far it is.

    :raises CancelRequested: if somebody has asked to stop it
    :raises LeaseLost: if another process has taken over
    """
    plan = plan_rehearsal(
        rehearsal.campaign,
        rehearsal.document,
        number=rehearsal.pk,
        starts_at=rehearsal.starts_at,
        ends_at=rehearsal.ends_at,
    )
    progress = Progress()

    def work_there(halt: Event) -> Results:
        return _live_there(plan, progress, halt)

    def tell() -> None:
        now = progress.now or plan.starts_at
        done = minutes(now - plan.starts_at)
        work.beat(rehearsal, now=clock(), done=done, phase=progress.phase)

    try:
        return in_a_world_of_its_own(plan.number, work_there, tell)
    finally:
        # What was read there is of no use to anybody here.
        versions.version_of.cache_clear()
        rivals.keys_near_an_ask.cache_clear()


def _live_there(plan: Plan, progress: Progress, halt: Event) -> Results:
    """Live through it and read what came of it, in the other world."""
    campaign = rehearse(plan, halt=halt, progress=progress)
    progress.phase = "Counting"
    return read_results(campaign, plan, progress, first_id=FIRST_ID)


@transaction.atomic
def keep(rehearsal: Rehearsal, results: Results, *, clock: Clock) -> None:
    """Keep what came of it, and close the work; an earlier attempt leaves nothing."""
    own = RehearsedPerson.objects.filter(rehearsal=rehearsal)
    own.delete()
    RehearsedPerson.objects.bulk_create(results.people, batch_size=BATCH)
    work.beat(rehearsal, now=clock(), done=rehearsal.total_count)
    rehearsal.results = results.counts
    rehearsal.save(update_fields=["results"])
    work.finish(rehearsal, now=clock())


def minutes(length: timedelta) -> int:
    """Count whole minutes."""
    return int(length.total_seconds()) // 60
