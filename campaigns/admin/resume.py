"""Resume a paused campaign with the original times: what came due in the pause goes on."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from campaigns.admin.draft import CampaignPage
from campaigns.engine import lifecycle, resuming
from campaigns.engine.history import WrongState
from campaigns.models import Campaign
from contacts.admin.site import register_pages

# Over how many hours those who go on are spread.
SPREADS = {
    "0": "At once",
    "1": "Spread over an hour",
    "4": "Spread over 4 hours",
    "24": "Spread over a day",
}


class ResumeKeptPage(CampaignPage):
    """Resumes; the page of the confirmation has said what that means."""

    title = "Resume"
    permission_required = ("campaigns.view_campaign", "campaigns.publish_campaign")
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Resume with the spread that was chosen; if it can't be done, say why."""
        hours = request.POST.get("spread", "")
        try:
            lifecycle.resume(
                campaign=self.campaign,
                user=self.user,
                now=timezone.now(),
                keeps_times=True,
                spread=timedelta(hours=int(hours) if hours in SPREADS else 0),
            )
        except WrongState as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"“{self.campaign}” runs again.")
        return redirect(self.url("campaigns_overview"))


def ways_to_resume(campaign: Campaign, now: datetime) -> dict[str, Any]:
    """Say in numbers what each way to resume means; nothing for what is not paused."""
    if campaign.state != Campaign.State.PAUSED or campaign.paused_at is None:
        return {}
    return {
        "shifted_count": resuming.count_shifted(campaign),
        "kept": [
            (
                hours,
                label,
                resuming.foresee(campaign, now=now, spread=timedelta(hours=int(hours))),
            )
            for hours, label in SPREADS.items()
        ],
    }


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/resume/",
            ResumeKeptPage.as_view(),
            name="campaigns_resume_kept",
        )
    ]
)
