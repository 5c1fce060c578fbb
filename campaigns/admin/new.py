"""The pages that make a campaign: an empty one, or one from a template."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from audiences.models import Audience
from campaigns.admin.outline import beginning, outline
from campaigns.beginnings import begin_campaign
from campaigns.flows.definition import empty_document, walk_steps
from campaigns.forms import NewCampaignForm
from campaigns.starter_form import StarterForm
from campaigns.starters.gallery import STARTERS
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from referrals.models import Program


class NewCampaignPage(AdminPage):
    """Name a campaign and begin it empty, or choose a template."""

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
            starters=STARTERS.values(),
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
        campaign.draft = empty_document()
        campaign.created_by = request.user
        campaign.save()
        return redirect("admin:campaigns_trigger", campaign.pk)


class StarterPage(AdminPage):
    """
    Fill in a template, see what it does, and make a campaign of it.

    As a part it answers with what the data says of what is filled in.
    """

    title = "New campaign"
    shows_people = False
    permission_required = ("campaigns.add_campaign",)
    template_name = "campaigns/starter.html"
    results_template_name = "campaigns/_starter_seen.html"

    def find_row(self) -> None:
        """Find the template."""
        if self.kwargs["key"] not in STARTERS:
            raise Http404
        self.starter = STARTERS[self.kwargs["key"]]

    def get_title(self) -> str:
        """Name the template."""
        return self.starter.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the other templates."""
        return [
            Crumb("Campaigns", reverse("admin:campaigns_campaign_changelist")),
            Crumb("New campaign", reverse("admin:campaigns_campaign_add")),
        ]

    def make_form(self, values: Any = None) -> StarterForm:
        """Make the form; who may not make audiences chooses one."""
        may_make = self.user.has_perm("audiences.add_audience")
        return StarterForm(self.starter, values, may_make=may_make)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, what the data says, and the outline of the flow."""
        form = kwargs.pop("form", None) or self.make_form()
        document = self.starter.write(form.guesses())
        blanks = form.blanks()
        return super().get_context_data(
            form=form,
            starter=self.starter,
            blanks=blanks,
            unseen=[one for one in blanks if one.sighting and not one.sighting.is_seen],
            has_program=Program.objects.running().exists(),
            rows=outline(document["steps"]),
            begins=beginning(document),
            asks=sum(bool(one.get("ask")) for one in walk_steps(document["steps"])),
            look_url=reverse("admin:campaigns_starter_look", args=[self.starter.key]),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Make the campaign; as a part only look."""
        form = self.make_form(request.POST)
        if self.results_only or not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        campaign = begin_campaign(
            starter=self.starter,
            filled=form.filled(),
            audience=form.cleaned_data.get("audience"),
            name=form.cleaned_data["name"],
            program=form.cleaned_data["program"],
            user=self.user,
            now=timezone.now(),
        )
        return redirect("admin:campaigns_flow", campaign.pk)


register_pages(
    [
        path(
            "campaigns/campaign/add/",
            NewCampaignPage.as_view(),
            name="campaigns_campaign_add",
        ),
        path(
            "campaigns/campaign/add/<slug:key>/",
            StarterPage.as_view(),
            name="campaigns_starter",
        ),
        path(
            "campaigns/campaign/add/<slug:key>/look/",
            StarterPage.as_view(results_only=True),
            name="campaigns_starter_look",
        ),
    ]
)
