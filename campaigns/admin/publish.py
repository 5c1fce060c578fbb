"""Publish changes: what becomes of who is inside, chosen place by place, and taking it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from campaigns.admin.difference_words import summary_of
from campaigns.admin.draft import CampaignPage, posted_revision
from campaigns.admin.lifecycle import Action, LifecyclePage
from campaigns.admin.plan_words import (
    KIND_WORDS,
    SPREAD_WORDS,
    effect_sentences,
    times_words,
    waiting_words,
)
from campaigns.changing.plan import (
    SPREADS,
    Choice,
    Effect,
    Waiting,
    effects_of,
    make_action,
    may_carry,
    proposed,
    times_of,
    unsent_mails,
    waiting_people,
)
from campaigns.changing.standing import CARRY, EXIT, FINISH, MAP
from campaigns.changing.standing import Action as Wish
from campaigns.changing.standing import Setting as Frame
from campaigns.changing.take_back import TooLate, take_back
from campaigns.flows.definition import find_step, walk_steps
from campaigns.flows.diff import Differences, differences
from campaigns.models import Campaign, PublishPlan
from campaigns.publishing import publish
from contacts.admin.base import WorkProgressPage
from contacts.admin.site import register_pages

State = Campaign.State
PUBLISH = Action(
    "publish",
    "Publish changes to",
    "Publish",
    "has a new version",
    (State.SCHEDULED, State.RUNNING, State.PAUSED),
    publish,
)


@dataclass(frozen=True)
class Row:
    """People at one place: what may become of them, what is chosen, and what that does."""

    waiting: Waiting
    title: str
    since_words: str
    choices: list[tuple[str, str]]
    targets: list[tuple[str, str]]
    chosen: str
    times: list[tuple[str, str]]
    chosen_times: str
    sentences: list[str]


class PublishPage(LifecyclePage):
    """Says what is different and who waits where, takes the choices, and publishes."""

    template_name = "campaigns/publish.html"
    results_template_name = "campaigns/_publish_plan.html"

    def find_row(self) -> None:
        """Find the campaign; what is done is clear."""
        CampaignPage.find_row(self)
        self.action = PUBLISH

    @property
    def found(self) -> Differences:
        """What is different between what runs and the draft."""
        assert self.campaign.published is not None  # noqa: S101 - who asks has looked
        return differences(self.campaign.published.definition, self.campaign.draft)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the places where people wait, with what is chosen for them."""
        now = timezone.now()
        if self.campaign.published is None:
            return super().get_context_data(**kwargs)
        found = self.found
        rows, wishes = self.make_rows(now)
        unsent = unsent_mails(self.campaign) if found.is_text_only else 0
        return super().get_context_data(
            rows=rows,
            is_all_finishing=not wishes,
            spreads=[(minutes, SPREAD_WORDS[minutes]) for minutes in SPREADS],
            spread=self.read_spread(),
            is_text_only=found.is_text_only,
            unsent_count=unsent,
            fixes_mails=self.fixes_mails,
            summary=summary_of(found),
            total=sum(row.waiting.count for row in rows),
            plan_url=self.url("campaigns_publish_plan"),
            **kwargs,
        )

    def make_rows(self, now: datetime) -> tuple[list[Row], list[Wish]]:
        """Describe each place; two statements."""
        document = self.campaign.draft
        places = waiting_people(self.campaign, now=now)
        wishes = [self.wish_for(one) for one in places]
        spread = self.read_spread()
        frame = Frame(self.campaign, document, spread, now, now)
        real = [wish for wish in wishes if wish is not None]
        effects = dict(zip(map(id, real), effects_of(frame, real), strict=True))
        rows = [
            self.make_row(
                one, wish, effects.get(id(wish), Effect()), spread=spread, now=now
            )
            for one, wish in zip(places, wishes, strict=True)
        ]
        return rows, real

    def make_row(
        self,
        waiting: Waiting,
        wish: Wish | None,
        effect: Effect,
        *,
        spread: int,
        now: datetime,
    ) -> Row:
        """Describe one place."""
        document = self.campaign.draft
        kinds = [FINISH]
        if may_carry(waiting, document):
            kinds.append(CARRY)
        if waiting.place:
            kinds.append(EXIT)
        is_free = waiting.place and not waiting.is_open
        kind = wish.kind if wish else FINISH
        allowed = times_of(waiting, document) if kind == CARRY else ("anew", "keep")
        words = times_words(kind, find_step(document, waiting.place))
        return Row(
            waiting=waiting,
            title=waiting.step["name"] if waiting.step else "The end of the flow",
            since_words=waiting_words(waiting, self.campaign.paused_at or now),
            choices=[(one, KIND_WORDS[one]) for one in kinds],
            targets=[
                (f"{MAP}:{step['key']}", step["name"])
                for step in walk_steps(document["steps"])
            ]
            if is_free
            else [],
            chosen=f"{MAP}:{wish.target}" if wish and kind == MAP else kind,
            times=[(one, words[one]) for one in allowed]
            if words and len(allowed) > 1
            else [],
            chosen_times=wish.times if wish else "",
            sentences=effect_sentences(
                waiting, wish, effect, document=document, spread_minutes=spread
            ),
        )

    def wish_for(self, waiting: Waiting) -> Wish | None:
        """Read what is chosen for a place; at first what is proposed."""
        posted = self.request.POST
        chosen = posted.get(f"do-{waiting.name}")
        if chosen is None:
            # Nobody has chosen for who has come here since.
            is_first = self.request.method == "GET"
            chosen = proposed(waiting, self.campaign.draft) if is_first else FINISH
        kind, _, target = chosen.partition(":")
        return make_action(
            waiting,
            self.campaign.draft,
            kind=kind,
            target=target,
            times=posted.get(f"times-{waiting.name}", ""),
        )

    def read_spread(self) -> int:
        """Read over how long those are spread who go on at once."""
        text = self.request.POST.get("spread", "0")
        known = {str(minutes): minutes for minutes in SPREADS}
        return known.get(text, 0)

    @property
    def fixes_mails(self) -> bool:
        """Whether mails in the outbox get the new words; proposed at first."""
        return self.request.method == "GET" or "fixes-mails" in self.request.POST

    def act(self, now: datetime) -> None:
        """Publish with what is chosen."""
        _, wishes = self.make_rows(now)
        publish(
            campaign=self.campaign,
            revision=posted_revision(self.request),
            user=self.user,
            now=now,
            choice=Choice(wishes, self.read_spread(), self.fixes_mails),
        )


class PublishPlanPage(PublishPage):
    """The places again, with what is chosen now; writes nothing."""

    results_only = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what the choices would do."""
        return self.render_to_response(self.get_context_data(**kwargs))


class TakeBackPage(CampaignPage):
    """Takes the last publishing back."""

    title = "Take back"
    permission_required = ("campaigns.view_campaign", "campaigns.publish_campaign")
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Take it back, and go to the overview."""
        try:
            undo = take_back(
                campaign=self.campaign,
                plan_id=kwargs["plan"],
                user=self.user,
                now=timezone.now(),
            )
        except TooLate as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request,
                f"Version {undo.to_version.number} is published again."
                " Your changes are still in the draft.",
            )
        return redirect(self.url("campaigns_overview"))


class PlanProgressPage(WorkProgressPage):
    """How far the moving of people is."""

    model = PublishPlan
    url_name = "admin:campaigns_plan_progress"
    permission_required = ("campaigns.view_campaign",)
    stop_permission = "campaigns.publish_campaign"


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/publish/",
            PublishPage.as_view(),
            name="campaigns_publish",
        ),
        path(
            "campaigns/campaign/<int:pk>/publish/plan/",
            PublishPlanPage.as_view(),
            name="campaigns_publish_plan",
        ),
        path(
            "campaigns/campaign/<int:pk>/publish/<int:plan>/take-back/",
            TakeBackPage.as_view(),
            name="campaigns_take_back",
        ),
        path(
            "campaigns/plan/<int:pk>/",
            PlanProgressPage.as_view(),
            name="campaigns_plan_progress",
        ),
    ]
)
