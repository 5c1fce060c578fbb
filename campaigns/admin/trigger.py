"""The page of the trigger: who enters, when, and how often."""

from typing import Any

from django.urls import path, reverse

from audiences.models import Audience, Membership
from campaigns.admin.draft import CampaignPage, DraftFormPage
from campaigns.admin.sentences import condition_words
from campaigns.flows.definition import Document
from campaigns.flows.edits import update_part
from campaigns.forms import BasicsForm, TriggerForm
from contacts.admin.site import register_pages

CHOICES_SHOWN = 8


class TriggerPage(DraftFormPage):
    """The audience, who of it enters, and how often."""

    title = "Trigger"
    page_name = "campaigns_trigger"
    template_name = "campaigns/trigger.html"
    extra_template_name = "campaigns/_trigger_saved.html"
    summary = "Changed the trigger"

    def make_forms(self, values: Any = None) -> list[Any]:
        """Make the form of the campaign itself, and that of the trigger."""
        return [
            BasicsForm(values, campaign=self.campaign),
            TriggerForm(values, initial=TriggerForm.initial_from(self.document)),
        ]

    def apply(self, made: list[Any]) -> Document:
        """Write the trigger."""
        return update_part(self.document, "trigger", **made[1].values())

    def after_save(self, made: list[Any]) -> None:
        """Keep the name and the program, which are no part of the document."""
        made[0].keep(self.campaign)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the chosen audience, others to choose from, and the numbers."""
        context = super().get_context_data(**kwargs)
        audience_id = self.document["trigger"]["audience"]
        audience = Audience.objects.filter(pk=audience_id or 0).first()
        return {
            **context,
            **choices_context("", self.campaign.pk, chosen=audience),
            "basics": context["forms"][0],
            "form": context["forms"][1],
            "audience_words": condition_words(audience.rule) if audience else "",
            "member_count": Membership.objects.filter(audience=audience).count()
            if audience
            else 0,
        }


class AudienceChoicesPage(CampaignPage):
    """The audiences whose name holds what was typed."""

    title = "Audiences"
    results_only = True
    results_template_name = "campaigns/_audience_choices.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the audiences."""
        audience_id = self.campaign.draft["trigger"]["audience"]
        return super().get_context_data(
            **choices_context(
                self.request.GET.get("q", ""),
                self.campaign.pk,
                chosen=Audience.objects.filter(pk=audience_id or 0).first(),
            )
        )


def choices_context(
    query: str, campaign_id: int, *, chosen: Audience | None
) -> dict[str, Any]:
    """List audiences to choose from, the latest first, with their rules in words."""
    found = Audience.objects.live().filter(name__icontains=query.strip())
    choices = list(found.order_by("-pk")[: CHOICES_SHOWN + 1])
    return {
        "audience": chosen,
        "choices": [
            (audience, condition_words(audience.rule))
            for audience in choices[:CHOICES_SHOWN]
        ],
        "has_more": len(choices) > CHOICES_SHOWN,
        "query": query,
        "page_url": reverse("admin:campaigns_trigger", args=[campaign_id]),
        "choices_url": reverse("admin:campaigns_audience_choices", args=[campaign_id]),
    }


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/trigger/",
            TriggerPage.as_view(),
            name="campaigns_trigger",
        ),
        path(
            "campaigns/campaign/<int:pk>/audiences/",
            AudienceChoicesPage.as_view(),
            name="campaigns_audience_choices",
        ),
    ]
)
