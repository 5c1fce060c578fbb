"""The page that says what would happen, before anything does."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from audiences.models import Audience
from campaigns.admin.draft import DraftPage
from campaigns.admin.examples import examples_of
from campaigns.admin.publish_note import plan_context
from campaigns.admin.sentences import (
    condition_words,
    entering_sentences,
    trigger_sentence,
)
from campaigns.emails.document import variant_locale
from campaigns.emails.locales import locale_name
from campaigns.engine.forecast import Forecast, who_would_enter
from campaigns.flows.definition import Document, Step, walk_steps
from campaigns.flows.findings import Finding
from campaigns.flows.ladder import needs_mail
from campaigns.flows.triggers import audience_of, takes_existing, trigger_of
from campaigns.guardrails.reasons import (
    AT_THE_HAND_OVER,
    GONE,
    LABELS,
    MAY_BE_OFF,
    ORDER,
    THROTTLED,
)
from campaigns.models import Campaign
from contacts.admin.site import register_pages
from contacts.models import Contact

PART_PAGES = {
    "trigger": "campaigns_trigger",
    "flow": "campaigns_flow",
    "goal": "campaigns_goal",
    "exit": "campaigns_goal",
    "settings": "campaigns_goal",
}
LANGUAGES_SHOWN = 12
# What a campaign can be judged by before it starts.
SHOWN = set(LABELS) - AT_THE_HAND_OVER - {GONE, THROTTLED}
# Of whom a forecast speaks, by the kind of the trigger.
POPULATIONS = {
    "audience": "In the audience today",
    "left": "Left it in the last 30 days",
    "event": "Would have come in the last 30 days",
    "date": "Come in the next 30 days",
    "answer": "Would have come in the last 30 days",
    "manual": "Chosen",
}


@dataclass(frozen=True)
class Mend:
    """A finding, and where to mend it."""

    finding: Finding
    link: str


@dataclass(frozen=True)
class Language:
    """People of one language, and what they would read."""

    name: str
    people: int
    reads: str
    missing: list[str]


@dataclass(frozen=True)
class Guard:
    """A guardrail on the page: whether the campaign does without it, and whether it may."""

    code: str
    label: str
    holds: int
    is_off: bool
    may_be_off: bool


class ReviewPage(DraftPage):
    """What is wrong, who would enter, what they would read, and the start."""

    title = "Review"
    page_name = "campaigns_review"
    template_name = "campaigns/review.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add everything in words and numbers."""
        context = super().get_context_data(**kwargs)
        document = self.document
        mends = [Mend(one, self.link_of(one)) for one in context["findings"]]
        forecast = who_would_enter(self.campaign, now=timezone.now())
        steps = list(walk_steps(document["steps"]))
        trigger = trigger_of(document)
        rehearsal = self.campaign.rehearsals.order_by("-pk").first()
        return {
            **context,
            "rehearsal": rehearsal,
            "rehearsal_is_old": rehearsal is not None
            and rehearsal.document != document,
            "errors": [mend for mend in mends if mend.finding.blocks],
            "warnings": [mend for mend in mends if not mend.finding.blocks],
            "trigger": trigger,
            "takes_existing": takes_existing(trigger),
            "population_label": POPULATIONS[trigger["kind"]],
            "entering_sentences": entering_sentences(trigger),
            "trigger_sentence": trigger_sentence(document["trigger"]),
            "audience": Audience.objects.filter(pk=audience_of(document) or 0).first(),
            "forecast": forecast,
            "held": held_by_reason(forecast),
            "guards": guards_of(document, forecast),
            "guards_url": self.url("campaigns_review_guardrails"),
            "goal_words": condition_words(document["goal"]["condition"]),
            "tracked": document["goals"],
            "exit_words": condition_words(document["exit"]["condition"]),
            "settings": document["settings"],
            "step_count": len(steps),
            "mail_count": sum(
                step["kind"] == "email" and needs_mail(step) for step in steps
            ),
            "window_days": document["goal"]["window_days"],
            "languages": languages_of(document),
            **plan_context(
                self.campaign,
                may_publish=self.can_publish,
                may_see_people=self.may_see_people,
                now=timezone.now(),
            ),
            **examples_of(self, context["findings"]),
            "may_start": self.can_publish
            and self.campaign.state == Campaign.State.DRAFT
            and self.campaign.archived_at is None
            and not any(mend.finding.blocks for mend in mends),
        }

    def link_of(self, finding: Finding) -> str:
        """Give the page on which a finding is mended."""
        link = self.url(PART_PAGES[finding.part])
        return f"{link}?step={finding.step_key}" if finding.step_key else link


class ReviewGuardrailsPage(ReviewPage):
    """The form that says which guardrails the campaign does without."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Save what is chosen; law, and what a person has said, can't be chosen."""
        on = set(request.POST.getlist("on"))
        off = sorted(code for code in MAY_BE_OFF if code not in on)
        document = {**self.document, "guardrails": {"off": off}}
        if self.save(document, "Changed guardrails"):
            return redirect(self.url("campaigns_review"))
        return self.render_to_response(self.get_context_data(**kwargs))


def guards_of(document: Document, forecast: Forecast) -> list[Guard]:
    """List the guardrails of a campaign that asks, in their order."""
    off = set(document["guardrails"]["off"])
    return [
        Guard(
            code,
            LABELS[code],
            forecast.held.get(code, 0),
            code in off and code in MAY_BE_OFF,
            code in MAY_BE_OFF,
        )
        for code in sorted(SHOWN, key=lambda code: ORDER[code])
    ]


def held_by_reason(forecast: Forecast) -> list[tuple[str, int]]:
    """Pair the reasons in words with how many people each would hold."""
    return [(LABELS[reason], count) for reason, count in forecast.held.items()]


def languages_of(document: Document) -> list[Language]:
    """
    Say which languages the audience reads, and what each would get; the largest first.

    One query. Only people whose language is known are counted by name.
    """
    mails = [
        step
        for step in walk_steps(document["steps"])
        if step["kind"] == "email"
        and needs_mail(step)
        and step["content"].get("variants")
    ]
    counted = (
        Contact.objects.filter(membership__audience=audience_of(document) or 0)
        .values_list("locale")
        .annotate(people=Count("pk"))
        .order_by("-people", "locale")
    )
    return [
        language_of(locale, people, mails)
        for locale, people in counted[:LANGUAGES_SHOWN]
    ]


def language_of(locale: str, people: int, mails: list[Step]) -> Language:
    """Say what people of one language would read."""
    fallbacks: dict[str, str] = {}
    for step in mails:
        found = variant_locale(step["content"], locale)
        if locale and found.split("-")[0] != locale.split("-")[0]:
            fallbacks[step["name"]] = found
    read = {variant_locale(step["content"], locale) for step in mails}
    return Language(
        name=locale_name(locale) or locale or "Not known",
        people=people,
        reads=", ".join(sorted(locale_name(tag) or tag for tag in read)),
        missing=list(fallbacks),
    )


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/review/",
            ReviewPage.as_view(),
            name="campaigns_review",
        ),
        path(
            "campaigns/campaign/<int:pk>/review/guardrails/",
            ReviewGuardrailsPage.as_view(),
            name="campaigns_review_guardrails",
        ),
    ]
)
