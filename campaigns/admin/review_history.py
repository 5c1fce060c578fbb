"""The part of the review that compares the branches of a draft with what has happened."""

from dataclasses import dataclass
from typing import Any

from django.urls import path
from django.utils import timezone

from campaigns.admin.draft import CampaignPage
from campaigns.admin.sentences import condition_words
from campaigns.flows.definition import Step
from campaigns.flows.triggers import AUDIENCE, DATE, Trigger, takes_existing, trigger_of
from campaigns.seeing.never_taken import LEAST, History, Side, look_back
from contacts.admin.site import register_pages
from contacts.templatetags.greenlight import number


@dataclass(frozen=True)
class Never:
    """A side that nobody takes: the sentence, why, and where to mend it."""

    sentence: str
    why: str
    link: str


class ReviewHistoryPage(CampaignPage):
    """Who would take which side, counted in the last 90 days."""

    title = "What history says"
    results_only = True
    results_template_name = "campaigns/_review_history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count, and say what stands out."""
        history = look_back(self.campaign, now=timezone.now())
        trigger = trigger_of(self.campaign.draft)
        who = people_words(trigger)
        flow = self.url("campaigns_flow")
        return super().get_context_data(
            history=history,
            who=who,
            never=[
                Never(
                    sentence_of(side, history, who),
                    why_of(side, trigger),
                    f"{flow}?step={side.step['key']}",
                )
                for side in history.never_taken
            ],
            too_few=not history.problem and history.people < LEAST,
            **kwargs,
        )


def people_words(trigger: Trigger) -> str:
    """Say of whom history speaks, to stand after a number of people."""
    if trigger["kind"] == DATE:
        return "whose date comes in the next 30 days"
    if trigger["kind"] == AUDIENCE and takes_existing(trigger):
        return "who are in the audience, or came into it in the last 90 days"
    return "who had this moment in the last 90 days"


def sentence_of(side: Side, history: History, who: str) -> str:
    """Say that nobody takes it."""
    return (
        f"“{side.step['name']}”: nobody of the {number(history.people)} people {who} would"
        f" take “{side.title}” today."
    )


def why_of(side: Side, trigger: Trigger) -> str:
    """Say what keeps everybody from it: the entrance, a side before it, or itself."""
    if side.comes:
        words = condition_words(trigger["condition"])
        return f"For {_some(side.comes)} it is, but the entrance is only for {words}."
    if side.fits:
        return (
            f"For {_some(side.fits)} it is, but another side before it takes"
            f" {'this person' if side.fits == 1 else 'them'}. The two conditions say the"
            " opposite."
        )
    words = _own_words(side.step, side.name)
    return f"It is for {words}." if words else ""


def _some(count: int) -> str:
    """Say of how many it is true."""
    return f"{number(count)} of them"


def _own_words(step: Step, name: str) -> str:
    """Say for whom a side is."""
    if step["kind"] == "branch":
        words = condition_words(step["condition"])
        return words if name == "yes" else f"everybody else than {words}"
    for branch in step["branches"]:
        if branch["key"] == name:
            return condition_words(branch["condition"])
    return ""


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/review/history/",
            ReviewHistoryPage.as_view(),
            name="campaigns_review_history",
        )
    ]
)
