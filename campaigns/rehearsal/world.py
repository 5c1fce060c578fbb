"""
Rehearse a draft: the world as it was, what happened, and the engine's turns.

The draft runs as if it had been started when the period began; if the campaign was running then,
as if it had been published, and who was in it goes on with the version he began with.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from django.db import transaction

from audiences.memberships.refresh import refresh_audience
from audiences.memberships.rules import live_rules
from audiences.memberships.schedule import prepare
from audiences.memberships.watch import watch_rules
from audiences.models import Audience
from audiences.models.membership import Cause
from campaigns.engine import lifecycle, watch
from campaigns.engine.by_hand import look_up_dates
from campaigns.flows.definition import Document
from campaigns.flows.triggers import DATE, trigger_of
from campaigns.models import Campaign, CampaignVersion
from campaigns.publishing import compile_document
from campaigns.rehearsal.beginning import begin_world
from campaigns.rehearsal.coming import awaited, lay_out
from campaigns.rehearsal.feeding import PLACES, feed
from campaigns.rehearsal.pacing import MINUTE, Pace, choose_step
from campaigns.rehearsal.settings import audiences_for, rivals
from campaigns.rehearsal.tables import analyze, close_the_doors, run
from campaigns.rehearsal.ticking import tick
from campaigns.seeing.journey import SCRATCH_NUMBER
from campaigns.seeing.then import standing_at

# How often audiences are looked at whose rule depends on everybody.
POLLED = timedelta(hours=6)
# After so many turns the planner is told again what is in the tables.
TURNS_BETWEEN_LOOKS = 500
JUST_BEFORE = timedelta(microseconds=1)
State = Campaign.State


@dataclass(frozen=True)
class Plan:
    """
    What is to be rehearsed, and its number, which no other rehearsal has.

    ``was_running`` says whether the campaign really ran when the period began.
    """

    number: int
    campaign_id: int
    priority: int
    audiences: tuple[int, ...]
    was_running: bool
    document: Document
    starts_at: datetime
    ends_at: datetime


@dataclass
class Progress:
    """How far it is, for whoever looks from outside."""

    phase: str = "Putting the past together"
    now: datetime | None = None
    turns: int = 0
    step: timedelta = MINUTE


class Halted(RuntimeError):
    """Somebody has asked to stop."""


def plan_rehearsal(
    campaign: Campaign,
    document: Document,
    *,
    number: int,
    starts_at: datetime,
    ends_at: datetime,
) -> Plan:
    """Gather what is to be known of the real world; outside of the other one."""
    return Plan(
        number=number,
        campaign_id=campaign.pk,
        priority=campaign.priority,
        audiences=tuple(audiences_for(campaign, document)),
        was_running=standing_at(campaign, starts_at).is_running,
        document=document,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def rehearse(plan: Plan, *, halt: Event, progress: Progress) -> Campaign:
    """
    Live through the period, inside a world of its own; what came of it is in the tables.

    1. Put the world together as it was, and lay out what happened.
    2. Fill the audiences that count, and start the campaign.
    3. Let happen what happened, and let the engine take its turns.

    :raises Halted: if it was to stop
    :raises ContentError: if a mail of the draft can't be made
    """
    values: dict[str, Any] = {
        "campaign": plan.campaign_id,
        "priority": plan.priority,
        "audiences": list(plan.audiences),
        "at": plan.starts_at,
        "until": plan.ends_at,
    }
    begin_world(values)
    _stop_if(halt)
    lay_out({**values, "rivals": rivals()})
    close_the_doors()
    run(PLACES, {"after": plan.starts_at - JUST_BEFORE, "now": plan.starts_at})
    progress.phase = "Filling the audiences"
    _fill_audiences(plan.starts_at)
    _stop_if(halt)
    campaign = _start(plan)
    analyze()
    progress.phase = "Living through the period"
    moments = awaited({**values, "step": MINUTE})
    progress.step = choose_step(plan.starts_at, moments)
    if progress.step != MINUTE:
        moments = awaited({**values, "step": progress.step})
    pace = Pace(plan.starts_at, plan.ends_at, progress.step, moments)
    _live(campaign, pace, halt=halt, progress=progress)
    return campaign


def _live(campaign: Campaign, pace: Pace, *, halt: Event, progress: Progress) -> None:
    """Take turn after turn until the period is over."""
    polled = [pk for pk, rule in live_rules().items() if rule and rule.is_polled]
    now, look_at = pace.starts_at, pace.starts_at + POLLED
    tick(now)
    while (turn := pace.next(now)) is not None:
        _stop_if(halt)
        with transaction.atomic():
            feed(campaign, after=now, now=turn)
        now = turn
        if polled and now >= look_at:
            _look_again(polled, now)
            look_at = now + POLLED
        tick(now)
        progress.now = now
        progress.turns += 1
        if progress.turns % TURNS_BETWEEN_LOOKS == 0:
            analyze()


def _fill_audiences(at: datetime) -> None:
    """Bring the members into line with the rules of today, those that others name first."""
    watch_rules(now=at)
    for audience in Audience.objects.live().order_by("depth", "pk"):
        prepare(audience, now=at)
        refresh_audience(audience, now=at, cause=Cause.FILLED)


def _look_again(audience_ids: list[int], now: datetime) -> None:
    """Look at everybody in audiences for which no moment can be told."""
    for audience in Audience.objects.filter(pk__in=audience_ids).order_by(
        "depth", "pk"
    ):
        refresh_audience(audience, now=now, cause=Cause.REFRESHED)


@transaction.atomic
def _start(plan: Plan) -> Campaign:
    """Publish the draft, and let it run from the beginning of the period."""
    [version] = CampaignVersion.objects.bulk_create(
        [
            CampaignVersion(
                # Below all real ones: what was read of it is never taken for another.
                pk=-plan.number,
                campaign_id=plan.campaign_id,
                number=SCRATCH_NUMBER,
                revision=SCRATCH_NUMBER,
                definition=compile_document(plan.document),
                published_at=plan.starts_at,
            )
        ]
    )
    own = Campaign.objects.filter(pk=plan.campaign_id)
    state = State.RUNNING if plan.was_running else State.DRAFT
    own.update(
        published=version,
        state=state,
        starts_at=None,
        paused_at=None,
        stopped_at=None,
        goals_checked_at=None,
        goals_lease_until=None,
    )
    campaign = own.select_related("program", "published").get()
    if not plan.was_running:
        lifecycle.start(campaign=campaign, user=None, now=plan.starts_at)
        return own.select_related("program", "published").get()
    watch.watch_campaign(campaign)
    if trigger_of(version.definition)["kind"] == DATE:
        look_up_dates(campaign, now=plan.starts_at)
    return campaign


def _stop_if(halt: Event) -> None:
    """
    Stop between two turns.

    :raises Halted: if it is asked for
    """
    if halt.is_set():
        raise Halted
