"""Why somebody was asked, or was not: for one campaign or all, now or at any time before."""

from datetime import datetime
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from audiences.admin.audience_base import read_as_of
from campaigns.admin.draft import CampaignPage
from campaigns.models import Enrollment, StepRun
from campaigns.seeing.scratch import Busy
from campaigns.seeing.trace import Inside, look_into, trace_passes
from campaigns.seeing.why import (
    Answer,
    Everything,
    ask_everywhere,
    ask_why,
    refusals_of,
)
from campaigns.triggers.registry import describe_trigger
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages
from contacts.identities.whereabouts import present_id
from contacts.models import Contact

MOST_FOUND = 12
BUSY = "A worker is at this person at this moment. Ask again in a few seconds."


class PersonMixin:
    """A page about a person at a moment, which the address names."""

    request: Any
    kwargs: dict[str, Any]

    @cached_property
    def contact(self) -> Contact:
        """Fetch the contact, or who he is by now."""
        return get_object_or_404(Contact, pk=present_id(self.kwargs["contact_id"]))

    @cached_property
    def as_of(self) -> datetime | None:
        """Read the moment that is asked about; None for now."""
        found = read_as_of(self.request.GET.get("as_of", ""))
        return found if found and found < timezone.now() else None


class WhySearchPage(AdminPage):
    """Search for anybody, to see why he is asked or not."""

    title = "Why was somebody (not) asked?"
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/why_search.html"
    results_template_name = "campaigns/_why_people.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Find people; their pages say the rest."""
        return super().get_context_data(
            **find_people(self.request.GET.get("q", "")),
            results_url=reverse("admin:campaigns_why_results"),
            campaign=None,
            **kwargs,
        )


class CampaignWhySearchPage(CampaignPage):
    """Search for anybody, to see why this campaign asks him or not."""

    title = "Who?"
    shows_people = True
    template_name = "campaigns/why_search.html"
    results_template_name = "campaigns/_why_people.html"

    def get_title(self) -> str:
        """Ask."""
        return f"Why does “{self.campaign}” ask somebody, or not?"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Find people."""
        return super().get_context_data(
            **find_people(self.request.GET.get("q", "")),
            results_url=self.url("campaigns_why_campaign_results"),
            **kwargs,
        )


class WhyPersonPage(PersonMixin, AdminPage):
    """One person and all campaigns."""

    title = "Why?"
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/why_person.html"

    def get_title(self) -> str:
        """Name the person."""
        return self.contact.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the search."""
        return [Crumb("Why (not) asked?", reverse("admin:campaigns_why"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask all campaigns."""
        found: Everything | None = None
        try:
            found = ask_everywhere(
                contact=self.contact, now=timezone.now(), at=self.as_of
            )
        except Busy:
            kwargs["problem"] = BUSY
        return super().get_context_data(
            contact=self.contact, as_of=self.as_of, found=found, **kwargs
        )


class ExplainPage(PersonMixin, CampaignPage):
    """One person in one campaign: what stands in the way, and what has happened."""

    title = "Why"
    shows_people = True
    template_name = "campaigns/explain.html"

    def get_title(self) -> str:
        """Name the person."""
        return f"{self.contact.name} in “{self.campaign}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the people, and to all campaigns of this person."""
        people = Crumb("People", self.url("campaigns_enrollments"))
        return [*super().get_breadcrumbs(), people]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Answer, and tell what happened."""
        now = timezone.now()
        answer: Answer | None = None
        try:
            answer = ask_why(
                campaign=self.campaign, contact=self.contact, now=now, at=self.as_of
            )
        except Busy:
            kwargs["problem"] = BUSY
        version = self.campaign.published
        return super().get_context_data(
            contact=self.contact,
            as_of=self.as_of,
            answer=answer,
            traces=trace_passes(self.campaign, self.contact, until=self.as_of or now),
            refusals=refusals_of(self.campaign, self.contact),
            trigger_words=describe_trigger(version.definition["trigger"])
            if version
            else "",
            **kwargs,
        )


class LookPage(PersonMixin, CampaignPage):
    """What a step saw when it ran; a part of the trace."""

    title = "Step"
    shows_people = True
    results_only = True
    results_template_name = "campaigns/_look.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Let the step run again as of then."""
        enrollment = get_object_or_404(
            Enrollment.objects.select_related("campaign__program", "version"),
            pk=self.kwargs["enrollment_id"],
            contact=self.contact,
            campaign=self.campaign,
        )
        at = read_as_of(self.request.GET.get("at", ""))
        visit = self.request.GET.get("visit", "")
        if at is None or not visit.isdecimal() or len(visit) > 6:
            raise Http404("There is no such step.")
        inside: Inside | None = None
        try:
            inside = look_into(enrollment, visit=int(visit), at=at)
        except Busy:
            kwargs["problem"] = BUSY
        except StepRun.DoesNotExist as error:
            raise Http404("There is no such step.") from error
        return super().get_context_data(
            inside=inside, contact=self.contact, as_of=at, **kwargs
        )


def find_people(text: str) -> dict[str, Any]:
    """Find people by the beginning of a name, an address or a user id; two queries."""
    query = text.replace("\0", "").strip()[:200]
    found = Contact.objects.filter(erased_at=None)
    if query:
        found = found.matching(query)
    return {"query": query, "people": found.order_by("-pk")[:MOST_FOUND]}


register_pages(
    [
        path("campaigns/why/", WhySearchPage.as_view(), name="campaigns_why"),
        path(
            "campaigns/why/results/",
            WhySearchPage.as_view(results_only=True),
            name="campaigns_why_results",
        ),
        path(
            "campaigns/why/<int:contact_id>/",
            WhyPersonPage.as_view(),
            name="campaigns_why_person",
        ),
        path(
            "campaigns/campaign/<int:pk>/why/",
            CampaignWhySearchPage.as_view(),
            name="campaigns_why_campaign",
        ),
        path(
            "campaigns/campaign/<int:pk>/why/results/",
            CampaignWhySearchPage.as_view(results_only=True),
            name="campaigns_why_campaign_results",
        ),
        path(
            "campaigns/campaign/<int:pk>/people/<int:contact_id>/",
            ExplainPage.as_view(),
            name="campaigns_explain",
        ),
        path(
            "campaigns/campaign/<int:pk>/people/<int:contact_id>/<int:enrollment_id>/",
            LookPage.as_view(),
            name="campaigns_look",
        ),
    ]
)
