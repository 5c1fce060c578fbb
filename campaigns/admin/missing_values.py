"""The parts of the editor and the review that say what the readers of a mail lack."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import path
from django.utils import timezone

from campaigns.admin.draft import CampaignPage
from campaigns.emails.locales import locale_name
from campaigns.flows.definition import Step, find_step, walk_steps
from campaigns.flows.ladder import EMAIL
from campaigns.seeing.missing_values import Lack, who_lacks_what
from contacts.admin.site import register_pages
from contacts.templatetags.greenlight import number

# How the review calls the ways beside the mail.
WAYS = {
    "in_app": "in the product",
    "sms": "text message",
    "push": "push notification",
    "other": "another channel",
    "dm": "personal message",
    "call": "call",
}


@dataclass(frozen=True)
class Told:
    """What readers of a mail, or of another text, lack, as a sentence; and where to mend it."""

    sentence: str
    advice: str
    link: str


class MissingValuesPage(CampaignPage):
    """What the readers of one mail, or of all mails of the draft, lack."""

    title = "Missing values"
    results_only = True
    results_template_name = "campaigns/_missing_values.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count, mail by mail."""
        document = self.campaign.draft
        key = self.kwargs.get("key")
        steps = [
            step for step in walk_steps(document["steps"]) if step["kind"] == "email"
        ]
        if key is not None:
            if find_step(document, key) is None:
                raise Http404
            steps = [step for step in steps if step["key"] == key]
        told, problems = [], []
        for step in steps:
            report = who_lacks_what(document, step, now=timezone.now())
            told += [
                self.tell(lack, step, is_alone=key is not None)
                for lack in report.lacks
                # The editor is of the mail alone.
                if key is None or lack.channel == EMAIL
            ]
            if report.problem and report.problem not in problems:
                problems.append(report.problem)
        return super().get_context_data(
            told=told, problems=problems, is_editor=key is not None, **kwargs
        )

    def tell(self, lack: Lack, step: Step, *, is_alone: bool) -> Told:
        """Say what is missing, and how to mend it."""
        is_mail = lack.channel == EMAIL
        several = lack.locale and (not is_mail or len(step["content"]["variants"]) > 1)
        by = "" if is_mail else f", {WAYS.get(lack.channel, '')}"
        where = "" if is_alone else f"“{step['name']}”{by}: "
        readers = (
            f"{locale_name(lack.locale) or lack.locale} readers"
            if several
            else "people"
        )
        verb = "has" if lack.missing == 1 else "have"
        return Told(
            f"{where}{number(lack.missing)} of {number(lack.readers)} {readers} {verb} no"
            f" {lack.label}, and no default is given.",
            f'{{{{ {lack.name} | default: "there" }}}}',
            f"{self.url('campaigns_email', step['key'])}?locale={lack.locale}"
            if is_mail
            else f"{self.url('campaigns_flow')}?step={step['key']}",
        )


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/review/missing/",
            MissingValuesPage.as_view(),
            name="campaigns_review_missing",
        ),
        path(
            "campaigns/campaign/<int:pk>/email/<str:key>/missing/",
            MissingValuesPage.as_view(),
            name="campaigns_email_missing",
        ),
    ]
)
