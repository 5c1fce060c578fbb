"""The page of a campaign that runs, or has run: where people are, and what was held."""

from typing import Any, cast

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from campaigns.admin.canvas import draw_flow
from campaigns.admin.draft import CampaignPage, has_unpublished_changes
from campaigns.admin.publish_note import plan_context
from campaigns.admin.schedule import notes_of
from campaigns.admin.sentences import (
    condition_words,
    entering_sentences,
    sentence_within,
    trigger_sentence,
)
from campaigns.engine.moments import read_books
from campaigns.flows.definition import walk_steps
from campaigns.guardrails.reasons import LABELS
from campaigns.models import Campaign, CampaignVersion, Enrollment, StartRun
from campaigns.reports.funnel import count_funnel
from campaigns.reports.groups import asks_in_period
from campaigns.reports.holds import count_held, holds_in_period
from campaigns.reports.period import read_period
from campaigns.reports.steps import StepCounts, count_steps
from contacts.admin.base import Crumb, WorkProgressPage, progress_context
from contacts.admin.site import register_pages

CHANGES_SHOWN = 8
State = Campaign.State
# What may be done in which state, in the order of the buttons.
NO_ACTIONS: tuple[tuple[str, str], ...] = ()
ACTIONS: dict[State, tuple[tuple[str, str], ...]] = {
    State.SCHEDULED: (("start", "Start now"), ("unschedule", "Cancel the start")),
    State.RUNNING: (("pause", "Pause"), ("stop", "Stop")),
    State.PAUSED: (("resume", "Resume"), ("stop", "Stop")),
    State.STOPPING: (("pause", "Pause"), ("stop", "Stop now")),
    State.STOPPED: (("archive", "Archive"),),
    State.FINISHED: (("archive", "Archive"),),
}


class OverviewPage(CampaignPage):
    """State, numbers now, where people are, held asks by reason, and what was done."""

    title = "Overview"
    template_name = "campaigns/overview.html"
    results_template_name = "campaigns/_overview_numbers.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Lead to the draft of a campaign that has never run."""
        if self.campaign.published is None or self.campaign.state == State.DRAFT:
            return redirect(self.url("campaigns_trigger"))
        return super().get(request, *args, **kwargs)

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the campaigns only."""
        return super().get_breadcrumbs()[:1]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers; about fifteen queries, however many people."""
        version = cast(CampaignVersion, self.campaign.published)
        period = read_period("all", now=timezone.now())
        document = version.definition
        people_url = self.url("campaigns_enrollments") if self.may_see_people else ""
        counted = count_steps(self.campaign)
        counts = {
            step["key"]: counted.get(step["key"], StepCounts())
            for step in walk_steps(document["steps"])
        }
        return super().get_context_data(
            version=version,
            actions=self.list_actions(),
            **notes_of(self.campaign),
            has_unpublished_changes=has_unpublished_changes(self.campaign),
            numbers=self.count_enrollments(),
            funnel=count_funnel(
                asks_in_period(period, campaign=self.campaign), now=timezone.now()
            ),
            held=[
                (LABELS.get(row.reason, row.reason), row.reason, row.people)
                for row in count_held(holds_in_period(period, campaign=self.campaign))
            ],
            counts=counts,
            is_part=self.results_only,
            results_url=self.url("campaigns_overview_results"),
            report_url=self.url("campaigns_report"),
            flow=draw_flow(
                document, sentence=sentence_within(document), problems={}, counts=counts
            ),
            trigger_sentence=trigger_sentence(document["trigger"]),
            entering_sentences=entering_sentences(document["trigger"]),
            books=read_books(self.campaign),
            goal_words=condition_words(document["goal"]["condition"]),
            tracked_names=[goal["name"] for goal in document["goals"]],
            people_url=people_url,
            people_links={
                state: f"{people_url}?state={state}"
                for state in Enrollment.State.values
                if people_url
            },
            older_count=self.count_older(version),
            changes=self.campaign.changes.select_related("changed_by").order_by("-pk")[
                :CHANGES_SHOWN
            ],
            **self.start_context(),
            **plan_context(
                self.campaign,
                may_publish=self.can_publish,
                may_see_people=self.may_see_people,
                now=timezone.now(),
            ),
            **kwargs,
        )

    def list_actions(self) -> tuple[tuple[str, str], ...]:
        """List what the user may do to it, in the order of the buttons."""
        if not self.can_publish or self.campaign.archived_at is not None:
            return NO_ACTIONS
        return ACTIONS.get(State(self.campaign.state), NO_ACTIONS)

    def count_enrollments(self) -> dict[str, int]:
        """Count the passes by state; one query."""
        return Enrollment.objects.filter(campaign=self.campaign).aggregate(
            all=Count("pk"),
            **{
                str(state): Count("pk", filter=Q(state=state))
                for state in Enrollment.State.values
            },
        )

    def count_older(self, version: CampaignVersion) -> int:
        """Count who is still inside on an older version."""
        active = Enrollment.objects.filter(
            campaign=self.campaign, state=Enrollment.State.ACTIVE
        )
        return active.exclude(version=version).count()

    def start_context(self) -> dict[str, Any]:
        """Describe the enrolling at the start, if it goes on or has failed."""
        run = self.campaign.start_runs.order_by("-pk").first()
        if run is None or run.state == "done":
            return {"start_run": None}
        return {
            "start_run": run,
            **progress_context(
                run,
                url_name="admin:campaigns_start_progress",
                may_stop=self.can_publish,
                now=timezone.now(),
            ),
        }


class StartProgressPage(WorkProgressPage):
    """How far the enrolling at the start is."""

    model = StartRun
    url_name = "admin:campaigns_start_progress"
    permission_required = ("campaigns.view_campaign",)
    stop_permission = "campaigns.publish_campaign"


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/overview/",
            OverviewPage.as_view(),
            name="campaigns_overview",
        ),
        path(
            "campaigns/campaign/<int:pk>/overview/results/",
            OverviewPage.as_view(results_only=True),
            name="campaigns_overview_results",
        ),
        path(
            "campaigns/start/<int:pk>/",
            StartProgressPage.as_view(),
            name="campaigns_start_progress",
        ),
    ]
)
