"""A campaign is begun with the draft of another one, from the list or from its pages."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from campaigns.admin.draft import CampaignPage
from campaigns.copying import duplicate_campaign
from contacts.admin.site import register_pages


class DuplicatePage(CampaignPage):
    """Make a copy and open it."""

    title = "Duplicate"
    permission_required = ("campaigns.view_campaign", "campaigns.add_campaign")
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Make the draft; say where one is now."""
        copy = duplicate_campaign(
            campaign=self.campaign, user=self.user, now=timezone.now()
        )
        messages.success(
            request,
            f"This is “{copy.name}”, a draft of its own. “{self.campaign.name}” stays as it"
            " is.",
        )
        return redirect("admin:campaigns_trigger", copy.pk)


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/duplicate/",
            DuplicatePage.as_view(),
            name="campaigns_duplicate",
        )
    ]
)
