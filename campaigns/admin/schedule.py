"""The page on which a start is scheduled: a day and a time in the campaign's zone."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from campaigns import scheduling
from campaigns.admin.draft import CampaignPage, posted_revision
from campaigns.admin.lifecycle import PATIENCE_AT_THE_START
from campaigns.engine.braking import why_paused
from campaigns.engine.history import WrongState
from campaigns.forms import ScheduleForm
from campaigns.local_time import choose_zone
from campaigns.models import Campaign, Enrollment
from campaigns.publishing import DraftConflict, NotPublishable
from campaigns.readiness import review
from campaigns.seeing.examples import check_examples
from contacts.admin.base import Crumb
from contacts.admin.site import register_pages


class SchedulePage(CampaignPage):
    """Asks when a campaign should start, and lets it."""

    title = "Start later"
    permission_required = ("campaigns.view_campaign", "campaigns.publish_campaign")
    template_name = "campaigns/schedule.html"

    def get_title(self) -> str:
        """Ask for the time."""
        return f"When should “{self.campaign}” start?"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the review."""
        return [
            *super().get_breadcrumbs(),
            Crumb("Review", self.url("campaigns_review")),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, and what is in the way."""
        zone = zone_of(self.campaign)
        now = timezone.now()
        if "form" not in kwargs:
            kwargs["form"] = ScheduleForm(
                zone=zone, now=now, starts_at=self.campaign.starts_at
            )
        is_possible = (
            self.campaign.state in Campaign.BEFORE and not self.campaign.archived_at
        )
        return super().get_context_data(
            is_possible=is_possible,
            errors=[one for one in review(self.campaign.draft) if one.blocks],
            now_words=moment_words(now, zone),
            zone=zone.key,
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Schedule the start, or say why that can't be."""
        zone, now = zone_of(self.campaign), timezone.now()
        form = ScheduleForm(request.POST, zone=zone, now=now)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        starts_at = form.cleaned_data["starts_at"]
        check_examples(self.campaign, now=now, patience=PATIENCE_AT_THE_START)
        try:
            scheduling.schedule(
                campaign=self.campaign,
                revision=posted_revision(request),
                starts_at=starts_at,
                user=self.user,
                now=now,
            )
        except DraftConflict:
            messages.warning(
                request,
                "The draft was changed in the meantime. This is the newest; look at it again"
                " before you go on.",
            )
        except NotPublishable as error:
            messages.error(request, f"It can't be scheduled yet. {error}")
        except WrongState as error:
            messages.error(request, str(error))
        else:
            words = moment_words(starts_at, zone)
            messages.success(request, f"“{self.campaign}” starts on {words}.")
            return redirect(self.url("campaigns_overview"))
        return redirect(self.url("campaigns_review"))


def zone_of(campaign: Campaign) -> ZoneInfo:
    """Give the zone whose clock the campaign goes by."""
    return choose_zone("", campaign.draft["settings"]["time_zone"])


def moment_words(moment: datetime, zone: ZoneInfo) -> str:
    """Write a moment as people read it: the day, the time, and whose clock."""
    local = moment.astimezone(zone)
    return f"{local:%A, %-d %B %Y} at {local:%H:%M} ({zone.key.replace('_', ' ')} time)"


def notes_of(campaign: Campaign) -> dict[str, Any]:
    """Gather what ``_campaign_notes.html`` says of a state; at most one query."""
    inside = Enrollment.objects.filter(campaign=campaign, state="active")
    return {
        "starts_words": moment_words(campaign.starts_at, zone_of(campaign))
        if campaign.starts_at
        else "",
        "not_started_because": scheduling.why_not_started(campaign),
        "paused_because": why_paused(campaign)
        if campaign.state == Campaign.State.PAUSED
        else "",
        "inside_count": inside.count()
        if campaign.state == Campaign.State.STOPPING
        else 0,
    }


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/schedule/",
            SchedulePage.as_view(),
            name="campaigns_schedule",
        )
    ]
)
