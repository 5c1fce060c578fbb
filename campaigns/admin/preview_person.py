"""The page on which one person goes through a draft, or through what is published."""

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property

from audiences.admin.audience_base import read_as_of
from campaigns.admin.draft import PAGES, CampaignPage
from campaigns.admin.why import BUSY, find_people
from campaigns.models import Answer, Campaign, CampaignVersion
from campaigns.seeing.journey import Stop
from campaigns.seeing.preview import Preview, preview
from campaigns.seeing.scratch import Busy
from campaigns.seeing.words import say_outcome
from contacts.admin.base import Crumb
from contacts.admin.site import register_pages
from contacts.models import Contact

ANSWERS = (("", "No reply"), *Answer.choices)
PAGE_OF_PART = {part: name for _, name, parts in PAGES for part in parts}


class PreviewPersonPage(CampaignPage):
    """Choose a person, a start and an answer, and see each step with its local time."""

    title = "Preview"
    shows_people = True
    template_name = "campaigns/preview_person.html"
    results_template_name = "campaigns/_preview_people.html"

    def get_title(self) -> str:
        """Say what is previewed."""
        return f"One person through “{self.campaign}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the flow of a campaign that has not run."""
        if self.campaign.state in Campaign.BEFORE:
            flow = Crumb(self.campaign.name, self.url("campaigns_flow"))
            return [*super().get_breadcrumbs()[:1], flow]
        return super().get_breadcrumbs()

    @cached_property
    def contact(self) -> Contact | None:
        """Fetch who was chosen."""
        chosen = self.request.GET.get("contact", "")
        if not chosen.isdecimal() or len(chosen) > 18:
            return None
        return get_object_or_404(Contact, pk=int(chosen))

    @cached_property
    def version(self) -> CampaignVersion | None:
        """Fetch the version that was chosen; None for the draft."""
        chosen = self.request.GET.get("version", "")
        if not chosen.isdecimal() or len(chosen) > 9:
            return None
        return get_object_or_404(self.campaign.versions, number=int(chosen))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Let the chosen person go through it."""
        now = timezone.now()
        start_at = read_as_of(self.request.GET.get("at", ""))
        answer = self.request.GET.get("answer", "")
        answer = answer if answer in Answer.values else ""
        shown: Preview | None = None
        if self.contact and not self.results_only:
            try:
                shown = self.show(self.contact, start_at or now, now, answer)
            except Busy:
                kwargs["problem"] = BUSY
        journey = shown.journey if shown else None
        return super().get_context_data(
            **find_people(self.request.GET.get("q", "")),
            contact=self.contact,
            version=self.version,
            versions=self.campaign.versions.order_by("-number").defer("definition"),
            start_at=start_at,
            begun_at=start_at or now,
            answer=answer,
            answers=ANSWERS,
            shown=shown,
            stops=[(stop, sentence_of(stop)) for stop in journey.stops]
            if journey
            else [],
            findings=[
                (one, self.url(PAGE_OF_PART.get(one.part, "campaigns_flow")))
                for one in (shown.findings if shown else ())
            ],
            results_url=self.url("campaigns_preview_person_results"),
            **kwargs,
        )

    def show(
        self, contact: Contact, start_at: datetime, now: datetime, answer: str
    ) -> Preview:
        """Preview."""
        return preview(
            campaign=self.campaign,
            version=self.version,
            contact=contact,
            start_at=start_at,
            now=now,
            answer=answer,
        )


def sentence_of(stop: Stop) -> str:
    """Say what happens at a stop."""
    if stop.answer:
        return f"Answers “{stop.answer}”, as you assume"
    if stop.step is None:
        return "Comes to the end of the flow"
    return f"“{stop.step['name']}”: {say_outcome(stop.step, stop.outcome)}"


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/preview/",
            PreviewPersonPage.as_view(),
            name="campaigns_preview_person",
        ),
        path(
            "campaigns/campaign/<int:pk>/preview/people/",
            PreviewPersonPage.as_view(results_only=True),
            name="campaigns_preview_person_results",
        ),
    ]
)
