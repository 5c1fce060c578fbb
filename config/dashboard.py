"""The home page: what needs attention, and how the asks are doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from audiences.models import Audience
from campaigns.engine.braking import why_paused
from campaigns.models import Campaign
from campaigns.reports.period import read_period
from campaigns.reports.totals import (
    HomeNumbers,
    latest_asks,
    total_campaigns,
    total_home,
)
from campaigns.scheduling import list_not_started
from config.notices import Notice
from config.referrals_at_home import list_referral_notices, list_stops
from contacts.admin.sources.texts import health_sentence
from contacts.background import SliceState, states
from contacts.models import Contact, Source
from contacts.source_health import HealthState, examine_sources
from referrals.models import Program

# Due work that nobody has taken for this long is trouble.
LATE = timedelta(seconds=60)
LATEST = 8


@dataclass(frozen=True)
class FirstStep:
    """A thing to do before the first ask can go out."""

    title: str
    text: str
    link: str
    is_done: bool


def add_numbers(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add what the home page shows to its context."""
    now = timezone.now()
    if not request.user.has_perm("campaigns.view_campaign"):
        return context
    numbers = total_home(now=now, zone=timezone.get_current_timezone())
    slices = states(now=now)
    running = Campaign.objects.filter(state__in=Campaign.ALIVE).order_by(
        "-started_at", "-pk"
    )
    steps = list_first_steps()
    return {
        **context,
        "title": "Home",
        "numbers": numbers,
        "notices": [
            *list_notices(numbers=numbers, slices=slices, now=now),
            *(
                list_source_notices(now=now)
                if request.user.has_perm("contacts.view_source")
                else []
            ),
            *list_referral_notices(request.user),
        ],
        "stops": list_stops(request.user, numbers, now=now),
        "oldest": min(
            (s.backlog.oldest for s in slices if s.backlog.oldest), default=None
        ),
        "slices": slices,
        "totals": total_campaigns(
            read_period("30", now=now), campaigns=list(running[:LATEST])
        ),
        "latest": latest_asks(LATEST),
        "first_steps": [] if all(step.is_done for step in steps) else steps,
    }


def list_notices(
    *, numbers: HomeNumbers, slices: list[SliceState], now: datetime
) -> list[Notice]:
    """List what needs attention, the worst first."""
    notices = [
        Notice(
            "bad",
            f"“{state.piece.label}” failed {state.failed_at:%H:%M} UTC: {state.error[:200]}",
        )
        for state in slices
        if state.error and state.failed_at
    ]
    notices += [
        Notice(
            "bad",
            f"“{state.piece.label}” has work that was due at "
            f"{state.backlog.oldest:%H:%M} UTC. Check that the worker is running.",
        )
        for state in slices
        if state.backlog.oldest and now - state.backlog.oldest > LATE
    ]
    if numbers.unknown:
        one = numbers.unknown == 1
        notices.append(
            Notice(
                "warn",
                f"{numbers.unknown:,} {'message was' if one else 'messages were'} "
                "handed over, but the mail server never said what became of "
                f"{'it' if one else 'them'}. Nothing is sent twice by itself.",
                reverse("admin:campaigns_unknown_messages"),
                "Decide",
            )
        )
    paused = Campaign.objects.filter(state=Campaign.State.PAUSED).order_by("name", "pk")
    notices += [
        Notice(
            "bad" if because else "info",
            f"The campaign “{campaign.name}” paused itself. {because}"
            if because
            else f"The campaign “{campaign.name}” is paused. Nobody moves and nothing is sent.",
            reverse("admin:campaigns_overview", args=[campaign.pk]),
            "Open",
        )
        for campaign in paused
        for because in [why_paused(campaign)]
    ]
    notices += [
        Notice(
            "bad",
            f"“{campaign.name}” should have started, but could not: {' '.join(because)}",
            reverse("admin:campaigns_review", args=[campaign.pk]),
            "Mend",
        )
        for campaign, because in list_not_started()
    ]
    return notices


def list_source_notices(*, now: datetime) -> list[Notice]:
    """List the sources that send what can't be used, and those that have stopped."""
    return [
        Notice(
            "bad" if health.state == HealthState.ERRORS else "warn",
            f"“{health.source.name}”: {health_sentence(health)}",
            reverse("admin:contacts_source", args=[health.source.pk]),
            "Look",
        )
        for health in examine_sources(Source.objects.order_by("name", "pk"), now=now)
        if health.state in {HealthState.ERRORS, HealthState.QUIET}
    ]


def list_first_steps() -> list[FirstStep]:
    """List the way to the first ask; four cheap queries."""
    return [
        FirstStep(
            "Import your customers",
            "Upload a CSV file. Nobody is asked by being imported.",
            reverse("admin:contacts_import_start"),
            Contact.objects.exists(),
        ),
        FirstStep(
            "Say what you offer",
            "A program holds the offer, the page that friends land on and the share texts.",
            reverse("admin:referrals_program_changelist"),
            Program.objects.exists(),
        ),
        FirstStep(
            "Choose whom to ask",
            "An audience finds the people who are most likely to say yes.",
            reverse("admin:audiences_audience_changelist"),
            Audience.objects.exists(),
        ),
        FirstStep(
            "Start a campaign",
            "It asks each person once, at the right moment, and follows what happens.",
            reverse("admin:campaigns_campaign_changelist"),
            Campaign.objects.exclude(state__in=Campaign.BEFORE).exists(),
        ),
    ]
