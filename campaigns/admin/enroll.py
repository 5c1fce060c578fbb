"""The page on which people are let into a running campaign by hand."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from campaigns.admin.draft import CampaignPage
from campaigns.admin.review import held_by_reason
from campaigns.engine.by_hand import NotRunning, enroll_these, people_of, preview_people
from campaigns.engine.forecast import who_would_enter
from campaigns.enroll_form import EnrollForm
from campaigns.flows.triggers import trigger_of
from campaigns.models import Campaign, Refusal
from contacts.admin.site import register_pages


class EnrollPage(CampaignPage):
    """Choose people, see who would be refused and why, and let them in."""

    title = "Enroll people"
    permission_required = ("campaigns.view_campaign", "campaigns.publish_campaign")
    shows_people = True
    template_name = "campaigns/enroll.html"
    results_template_name = "campaigns/_enroll_preview.html"

    def get_title(self) -> str:
        """Say where to."""
        return f"Enroll people in “{self.campaign}”"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, and how a program calls us."""
        kwargs.setdefault("form", EnrollForm(initial=self.chosen_before()))
        enroll_url = reverse("campaigns_enroll", args=[self.campaign.pk])
        return super().get_context_data(
            is_running=self.campaign.state == Campaign.State.RUNNING,
            address=f"{settings.SITE_URL}{enroll_url}",
            page_url=self.request.path,
            **kwargs,
        )

    def chosen_before(self) -> dict[str, Any]:
        """Choose what a link to the page names."""
        for name in ("list", "import"):
            if self.request.GET.get(name, "").isdigit():
                return {"source": name, name: self.request.GET[name]}
        return {"source": "list"}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show what would happen, or do it."""
        form = EnrollForm(request.POST)
        is_preview = "enroll" not in request.POST
        self.results_only = is_preview
        if not form.is_valid():
            return self.show(form)
        if is_preview:
            return self.show(form, **self.look(form.people()))
        try:
            enroll_these(
                campaign=self.campaign,
                source=form.people(),
                user=self.user,
                now=timezone.now(),
            )
        except NotRunning as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "They are being let in.")
        return redirect(self.url("campaigns_overview"))

    def show(self, form: EnrollForm, **context: Any) -> HttpResponse:
        """Render the page or the part."""
        return self.render_to_response(self.get_context_data(form=form, **context))

    def look(self, source: dict[str, Any]) -> dict[str, Any]:
        """Count by refusal and by guardrail."""
        now = timezone.now()
        published = self.campaign.published
        if published is None:
            return {}
        preview = preview_people(self.campaign, source, now)
        document = published.definition
        people = people_of(source, trigger_of(document), now)
        forecast = who_would_enter(
            self.campaign, now=now, document=document, people=people
        )
        words = dict(Refusal.Reason.choices)
        return {
            "preview": preview,
            "refused": [
                (words[reason], count) for reason, count in preview.refused.items()
            ],
            "refused_people": [
                (contact, words[reason]) for contact, reason in preview.named
            ],
            "forecast": forecast,
            "held": held_by_reason(forecast),
        }


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/enroll/",
            EnrollPage.as_view(),
            name="campaigns_enroll",
        ),
    ]
)
