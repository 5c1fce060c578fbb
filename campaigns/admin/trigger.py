"""The page of the trigger: what lets people in, who of them enters, and how often."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from audiences.builder.choices import Catalog
from audiences.models import Audience, Membership
from campaigns.admin.draft import CampaignPage, DraftFormPage
from campaigns.admin.review import POPULATIONS, held_by_reason
from campaigns.admin.sentences import (
    condition_words,
    entering_sentences,
    trigger_sentence,
)
from campaigns.engine.forecast import who_would_enter
from campaigns.flows.definition import Document
from campaigns.flows.edits import update_part
from campaigns.flows.triggers import KINDS, takes_existing, trigger_of
from campaigns.forms import BasicsForm
from campaigns.trigger_forms import EnteringForm, part_form
from campaigns.triggers.registry import REGISTRY
from contacts.admin.site import register_pages

CHOICES_SHOWN = 8


class TriggerPage(DraftFormPage):
    """What lets people in, who of them enters, and how often."""

    title = "Trigger"
    page_name = "campaigns_trigger"
    template_name = "campaigns/trigger.html"
    extra_template_name = "campaigns/_trigger_saved.html"
    summary = "Changed the trigger"

    def make_forms(self, values: Any = None) -> list[Any]:
        """Make the form of the campaign, that of all triggers, and that of the kind."""
        trigger = trigger_of(self.document)
        kind = trigger["kind"]
        if values is not None and values.get("kind") in KINDS:
            kind = values["kind"]
        return [
            BasicsForm(values, campaign=self.campaign),
            EnteringForm(values, initial=EnteringForm.initial_from(trigger)),
            part_form(kind, trigger, values),
        ]

    def apply(self, made: list[Any]) -> Document:
        """Write the trigger."""
        _, entering, part = made
        return update_part(
            self.document, "trigger", **entering.values(), **part.values()
        )

    def after_save(self, made: list[Any]) -> None:
        """Keep the name and the program, which are no part of the document."""
        made[0].keep(self.campaign)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, and let the forecast look again."""
        response = super().post(request, *args, **kwargs)
        response["HX-Trigger-After-Settle"] = "trigger-saved"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the kinds, the chosen audience, others to choose from, and the numbers."""
        context = super().get_context_data(**kwargs)
        trigger = trigger_of(self.document)
        audience = Audience.objects.filter(pk=trigger["audience"] or 0).first()
        parts = {kind: part_form(kind, trigger) for kind in KINDS}
        # What was just posted keeps its errors.
        posted = context["forms"][2]
        parts |= {
            kind: posted for kind, form in parts.items() if type(form) is type(posted)
        }
        return {
            **context,
            **choices_context("", self.campaign.pk, chosen=audience),
            "basics": context["forms"][0],
            "entering": context["forms"][1],
            "form": parts["audience"],
            "parts": parts,
            "kinds": REGISTRY,
            "trigger": trigger,
            "trigger_sentence": trigger_sentence(trigger),
            "entering_sentences": entering_sentences(trigger),
            "forecast_url": self.url("campaigns_trigger_forecast"),
            "date_attributes": [entry.name for entry in Catalog().attributes],
            "audience_words": condition_words(audience.rule) if audience else "",
            "member_count": Membership.objects.filter(audience=audience).count()
            if audience
            else 0,
        }


class TriggerForecastPage(CampaignPage):
    """How many would come, and what the guardrails would say of them now."""

    title = "Forecast"
    results_only = True
    results_template_name = "campaigns/_trigger_forecast.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count by the draft as it is saved."""
        trigger = trigger_of(self.campaign.draft)
        forecast = who_would_enter(self.campaign, now=timezone.now())
        return super().get_context_data(
            forecast=forecast,
            held=held_by_reason(forecast),
            trigger=trigger,
            takes_existing=takes_existing(trigger),
            population_label=POPULATIONS[trigger["kind"]],
            **kwargs,
        )


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
            "campaigns/campaign/<int:pk>/trigger/forecast/",
            TriggerForecastPage.as_view(),
            name="campaigns_trigger_forecast",
        ),
        path(
            "campaigns/campaign/<int:pk>/audiences/",
            AudienceChoicesPage.as_view(),
            name="campaigns_audience_choices",
        ),
    ]
)
