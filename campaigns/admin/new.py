"""The page that makes a campaign."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from audiences.models import Audience
from campaigns.admin.starters import make_document
from campaigns.forms import STARTERS, NewCampaignForm
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from referrals.models import Program


class NewCampaignPage(AdminPage):
    """Name a campaign and choose what it begins with."""

    title = "New campaign"
    shows_people = False
    permission_required = ("campaigns.add_campaign",)
    template_name = "campaigns/new.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the campaigns."""
        return [Crumb("Campaigns", reverse("admin:campaigns_campaign_changelist"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, and what is missing before a campaign makes sense."""
        form = kwargs.pop("form", None) or NewCampaignForm(
            initial={"program": Program.objects.running().order_by("-pk").first()}
        )
        return super().get_context_data(
            form=form,
            starters=list(zip(form["starter"], STARTERS, strict=True)),
            has_program=Program.objects.running().exists(),
            has_audience=Audience.objects.live().exists(),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make the campaign and go to its first page."""
        form = NewCampaignForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        campaign = form.save(commit=False)
        campaign.draft = make_document(form.cleaned_data["starter"])
        campaign.created_by = request.user
        campaign.save()
        return redirect("admin:campaigns_trigger", campaign.pk)


register_pages(
    [
        path(
            "campaigns/campaign/add/",
            NewCampaignPage.as_view(),
            name="campaigns_campaign_add",
        )
    ]
)
