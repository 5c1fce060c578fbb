"""The page of goal, exit and settings."""

from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path

from campaigns.admin.draft import DraftFormPage, DraftPage
from campaigns.flows.definition import Document
from campaigns.flows.edits import update_part
from campaigns.flows.goals import MOST_GOALS, add_goal, change_goal, remove_goal
from campaigns.forms import (
    ExitForm,
    GoalForm,
    SettingsForm,
    TaggingForm,
    TrackedGoalForm,
)
from contacts.admin.site import register_pages


class GoalPage(DraftFormPage):
    """What counts as success, who leaves early, and from whom and when mails are sent."""

    title = "Goal & exit"
    page_name = "campaigns_goal"
    template_name = "campaigns/goal.html"
    summary = "Changed goal, exit or settings"

    def make_forms(self, values: Any = None) -> list[Any]:
        """Make the forms of the parts."""
        document = self.document
        return [
            GoalForm(values, initial=document["goal"], prefix="goal"),
            ExitForm(values, initial=document["exit"], prefix="exit"),
            SettingsForm(values, initial=document["settings"], prefix="settings"),
            TaggingForm(
                values, initial=document["settings"]["tagging"], prefix="tagging"
            ),
            *(
                TrackedGoalForm(values, initial=goal, prefix=f"track-{goal['key']}")
                for goal in document["goals"]
            ),
        ]

    def apply(self, made: list[Any]) -> Document:
        """Write the parts."""
        goal, leaving, settings, tagging, *tracked = made
        document = update_part(self.document, "goal", **goal.cleaned_data)
        document = update_part(document, "exit", **leaving.cleaned_data)
        for form, known in zip(tracked, self.document["goals"], strict=True):
            document = change_goal(document, known["key"], **form.cleaned_data)
        own = {**settings.values(), "tagging": tagging.cleaned_data}
        return update_part(document, "settings", **own)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the forms; add the zones to choose from."""
        context = super().get_context_data(**kwargs)
        goal, leaving, settings, tagging, *tracked = context["forms"]
        return {
            **context,
            "goal": goal,
            "leaving": leaving,
            "settings": settings,
            "tagging": tagging,
            "tracked": [
                (form, self.url("campaigns_goal_remove", known["key"]))
                for form, known in zip(tracked, self.document["goals"], strict=True)
            ],
            "may_track_more": len(self.document["goals"]) < MOST_GOALS,
            "add_url": self.url("campaigns_goal_add"),
            "time_zones": sorted(zone for zone in available_timezones() if "/" in zone),
        }


class TrackedGoalsPage(DraftPage):
    """Adds a goal that is tracked, or removes one; then the page of the goals comes again."""

    title = "Tracked goals"
    page_name = "campaigns_goal"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change the draft, if it is the one that was seen."""
        key = self.kwargs.get("key")
        if key is None and len(self.document["goals"]) >= MOST_GOALS:
            messages.warning(request, f"A campaign tracks at most {MOST_GOALS} goals.")
        else:
            document = (
                remove_goal(self.document, key) if key else add_goal(self.document)
            )
            summary = "Removed a tracked goal" if key else "Added a tracked goal"
            if not self.save(document, summary):
                messages.warning(
                    request,
                    "Somebody changed this draft in the meantime, so nothing was changed."
                    " This is the newest version.",
                )
        return redirect(self.url("campaigns_goal"))


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/goal/add/",
            TrackedGoalsPage.as_view(),
            name="campaigns_goal_add",
        ),
        path(
            "campaigns/campaign/<int:pk>/goal/<slug:key>/remove/",
            TrackedGoalsPage.as_view(),
            name="campaigns_goal_remove",
        ),
        path(
            "campaigns/campaign/<int:pk>/goal/",
            GoalPage.as_view(),
            name="campaigns_goal",
        ),
    ]
)
