"""
Start a campaign at a time that was chosen.

The time is a row: the sweep finds it whoever was restarted in between, and the campaign is
locked before it starts, so that it starts once.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from audiences.models import Audience
from campaigns.engine import lifecycle
from campaigns.engine.history import WrongState, lock, note
from campaigns.flows.triggers import audience_of
from campaigns.models import Campaign, CampaignChange
from campaigns.publishing import publish
from campaigns.readiness import review
from contacts.background import Backlog, backlog_of

# How long a start waits for an audience before it looks again.
LOOK_AGAIN = timedelta(minutes=1)

State = Campaign.State
Change = CampaignChange.Change


@transaction.atomic
def schedule(
    *,
    campaign: Campaign,
    revision: int,
    starts_at: datetime,
    user: AbstractBaseUser | None,
    now: datetime,
) -> None:
    """
    Publish the draft that was seen, and let it start at a time to come; again for another time.

    :raises DraftConflict: if the draft is not the one that was seen
    :raises NotPublishable: if something blocks
    :raises WrongState: if it has begun before, or the time is over
    """
    if starts_at <= now:
        raise WrongState("That time is over. Choose one that is still to come.")
    publish(campaign=campaign, revision=revision, user=user, now=now)
    campaign = lock(campaign)
    if campaign.state not in Campaign.BEFORE or campaign.archived_at is not None:
        raise WrongState(
            f"“{campaign}” is {campaign.get_state_display().lower()}, so its start can't"
            " be scheduled."
        )
    assert campaign.published is not None  # noqa: S101 - it was just published
    campaign.state, campaign.starts_at = State.SCHEDULED, starts_at
    campaign.save(update_fields=["state", "starts_at"])
    details = {
        "starts_at": starts_at.isoformat(),
        "version": campaign.published.number,
    }
    note(campaign, Change.SCHEDULED, user, now, details)


@transaction.atomic
def unschedule(
    *, campaign: Campaign, user: AbstractBaseUser | None, now: datetime
) -> None:
    """
    Call a start off; the campaign is a draft again.

    :raises WrongState: if it is not scheduled
    """
    campaign = lock(campaign)
    if campaign.state != State.SCHEDULED:
        raise WrongState(
            f"“{campaign}” is not scheduled, so there is no start to cancel."
        )
    _back_to_draft(campaign)
    note(campaign, Change.UNSCHEDULED, user, now, {})


@transaction.atomic
def start_next(*, now: datetime) -> int:
    """
    Start one campaign whose time has come, or say why that is not possible any more.

    What was published is checked again, for what it names may have been deleted. Then the
    campaign is a draft again, and its pages say why. An audience whose members are being found
    is waited for.

    :returns: 1 if there was such a campaign
    """
    campaign = (
        _due(now)
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("published")
        .order_by("starts_at", "pk")
        .first()
    )
    if campaign is None or campaign.published is None:
        return 0
    if _is_being_filled(campaign):
        campaign.starts_at = now + LOOK_AGAIN
        campaign.save(update_fields=["starts_at"])
        return 1
    because = [
        finding.message
        for finding in review(campaign.published.definition)
        if finding.blocks
    ]
    if because:
        _back_to_draft(campaign)
        note(campaign, Change.NOT_STARTED, None, now, {"because": because})
    else:
        lifecycle.start(campaign=campaign, user=_who_scheduled(campaign), now=now)
    return 1


def due(now: datetime) -> Backlog:
    """Say how many campaigns are to start now, and since when."""
    return backlog_of(_due(now), "starts_at")


def why_not_started(campaign: Campaign) -> list[str]:
    """Say why a scheduled start was called off; nothing if that is not the last that was done."""
    if campaign.state != State.DRAFT:
        return []
    last = campaign.changes.order_by("changed_at", "pk").last()
    if last is None or last.change != Change.NOT_STARTED:
        return []
    return list(last.details["because"])


def list_not_started() -> list[tuple[Campaign, list[str]]]:
    """List the campaigns whose scheduled start was called off, and why; one query for each."""
    drafts = Campaign.objects.filter(state=State.DRAFT, archived_at=None)
    called_off = drafts.filter(changes__change=Change.NOT_STARTED).distinct()
    told = [(one, why_not_started(one)) for one in called_off.order_by("name", "pk")]
    return [(one, because) for one, because in told if because]


def _due(now: datetime) -> QuerySet[Campaign]:
    """Select the campaigns whose time to start has come."""
    return Campaign.objects.filter(state=State.SCHEDULED, starts_at__lte=now)


def _is_being_filled(campaign: Campaign) -> bool:
    """Whether the members of the audience are not known yet, as after a change of its rule."""
    assert campaign.published is not None  # noqa: S101 - it is scheduled
    wanted = audience_of(campaign.published.definition) or 0
    audience = Audience.objects.filter(pk=wanted, archived_at=None).first()
    return audience is not None and not audience.is_filled


def _back_to_draft(campaign: Campaign) -> None:
    """Let a scheduled campaign be a draft again."""
    campaign.state, campaign.starts_at = State.DRAFT, None
    campaign.save(update_fields=["state", "starts_at"])


def _who_scheduled(campaign: Campaign) -> AbstractBaseUser | None:
    """Name who chose the time."""
    chosen = campaign.changes.filter(change=Change.SCHEDULED)
    last = chosen.select_related("changed_by").order_by("changed_at", "pk").last()
    return last.changed_by if last else None
