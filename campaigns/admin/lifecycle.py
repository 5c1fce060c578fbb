"""Start, pause, stop, archive and the like: each says first what it will do, in numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from campaigns import scheduling
from campaigns.admin.draft import CampaignPage, posted_revision
from campaigns.admin.resume import ways_to_resume
from campaigns.admin.review import POPULATIONS, held_by_reason
from campaigns.admin.sentences import entering_sentences, trigger_sentence
from campaigns.engine import archive, closing, lifecycle
from campaigns.engine.forecast import who_would_enter
from campaigns.engine.history import WrongState
from campaigns.flows.findings import Finding
from campaigns.flows.triggers import takes_existing, trigger_of
from campaigns.models import Campaign, Enrollment, Moment
from campaigns.publishing import DraftConflict, NotPublishable, publish
from campaigns.readiness import review
from campaigns.seeing.examples import check_examples
from contacts.admin.base import Crumb
from contacts.admin.site import register_pages

# How many seconds the examples may take before a start; what is left stands against it.
PATIENCE_AT_THE_START = 20.0


@dataclass(frozen=True)
class Action:
    """Something that is done to a campaign: its words, and what does it."""

    name: str
    title: str
    button: str
    done: str
    states: tuple[str, ...]
    run: Callable[..., Any]
    is_dangerous: bool = False
    of_archived: bool = False

    def is_possible(self, campaign: Campaign) -> bool:
        """Whether it can be done to a campaign as it is."""
        is_archived = campaign.archived_at is not None
        is_closed = self.name == "close" and campaign.closed_at is not None
        is_fitting = campaign.state in self.states and not is_closed
        return is_fitting and is_archived == self.of_archived


@transaction.atomic
def start_draft(*, campaign: Campaign, revision: int, user: Any, now: datetime) -> None:
    """Publish the draft that was seen, and let it run."""
    publish(campaign=campaign, revision=revision, user=user, now=now)
    lifecycle.start(campaign=campaign, user=user, now=now)


def without_revision(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Call an operation that does not look at the draft."""

    def run(*, campaign: Campaign, revision: int, user: Any, now: datetime) -> None:
        operation(campaign=campaign, user=user, now=now)

    return run


State = Campaign.State
ACTIONS = {
    action.name: action
    for action in (
        Action("start", "Start", "Start now", "runs", Campaign.BEFORE, start_draft),
        Action(
            "unschedule",
            "Cancel the start of",
            "Cancel the start",
            "is a draft again",
            (State.SCHEDULED,),
            without_revision(scheduling.unschedule),
        ),
        Action(
            "pause",
            "Pause",
            "Pause",
            "is paused",
            Campaign.MOVES,
            without_revision(lifecycle.pause),
        ),
        Action(
            "resume",
            "Resume",
            "Resume",
            "runs again",
            (State.PAUSED,),
            without_revision(lifecycle.resume),
        ),
        Action(
            "close",
            "Close the entrance of",
            "Let those inside finish",
            "lets nobody in any more",
            closing.WITH_ENTRANCE,
            without_revision(lifecycle.let_finish),
        ),
        Action(
            "stop",
            "Stop",
            "Stop now",
            "was stopped",
            Campaign.ALIVE,
            without_revision(lifecycle.stop),
            is_dangerous=True,
        ),
        Action(
            "archive",
            "Archive",
            "Archive",
            "is in the archive",
            archive.RESTING,
            without_revision(archive.archive),
        ),
        Action(
            "restore",
            "Restore",
            "Restore",
            "is back in the list",
            archive.RESTING,
            without_revision(archive.restore),
            of_archived=True,
        ),
    )
}


class LifecyclePage(CampaignPage):
    """Says what would happen on GET, does it on POST."""

    title = "Confirm"
    permission_required = ("campaigns.view_campaign", "campaigns.publish_campaign")
    template_name = "campaigns/lifecycle.html"
    action: Action

    def find_row(self) -> None:
        """Find the campaign and the action."""
        super().find_row()
        action = self.kwargs["action"]
        if action not in ACTIONS:
            raise Http404("No such action")
        self.action = ACTIONS[action]

    def get_title(self) -> str:
        """Ask for the confirmation."""
        return f"{self.action.title} “{self.campaign}”?"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the review."""
        review = Crumb("Review", self.url("campaigns_review"))
        return [*super().get_breadcrumbs(), review]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the consequences in numbers."""
        forecast = None
        trigger = trigger_of(self.campaign.draft)
        if self.action.name == "start":
            forecast = who_would_enter(self.campaign, now=timezone.now())
        inside = Enrollment.objects.filter(
            campaign=self.campaign, state=Enrollment.State.ACTIVE
        )
        coming = Moment.objects.filter(campaign=self.campaign)
        return super().get_context_data(
            **kwargs | {"action": self.action},
            may_finish=ACTIONS["close"].is_possible(self.campaign),
            is_possible=self.action.is_possible(self.campaign),
            errors=self.find_errors(),
            forecast=forecast,
            held=held_by_reason(forecast) if forecast else [],
            held_count=sum(forecast.held.values()) if forecast else 0,
            trigger=trigger,
            takes_existing=takes_existing(trigger),
            population_label=POPULATIONS[trigger["kind"]],
            trigger_sentence=trigger_sentence(trigger),
            entering_sentences=entering_sentences(trigger),
            quiet_until=self.campaign.draft["settings"]["quiet_until"],
            inside_count=inside.count(),
            **ways_to_resume(self.campaign, timezone.now()),
            waiting_count=closing.still_to_leave(self.campaign),
            coming_count=coming.exclude(waits_for__in=Moment.PLANNED).count(),
            planned_count=coming.filter(waits_for__in=Moment.PLANNED).count(),
            paused_for=timezone.now() - self.campaign.paused_at
            if self.campaign.paused_at
            else None,
        )

    def find_errors(self) -> list[Finding]:
        """Find what has to be mended before the draft can run."""
        if self.action.name not in ("start", "publish"):
            return []
        return [one for one in review(self.campaign.draft) if one.blocks]

    def act(self, now: datetime) -> None:
        """Do it."""
        self.action.run(
            campaign=self.campaign,
            revision=posted_revision(self.request),
            user=self.user,
            now=now,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, and go to the overview; if it can't be done, say why."""
        now = timezone.now()
        if self.action.name in ("start", "publish"):
            check_examples(self.campaign, now=now, patience=PATIENCE_AT_THE_START)
        try:
            self.act(now)
        except DraftConflict:
            messages.warning(
                request,
                "The draft was changed in the meantime. This is the newest; look at it again"
                " before you go on.",
            )
        except NotPublishable as error:
            messages.error(request, f"It can't be published yet. {error}")
        except WrongState as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"“{self.campaign}” {self.action.done}.")
            return redirect(self.url("campaigns_overview"))
        return redirect(self.url("campaigns_review"))


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/do/<slug:action>/",
            LifecyclePage.as_view(),
            name="campaigns_lifecycle",
        )
    ]
)
