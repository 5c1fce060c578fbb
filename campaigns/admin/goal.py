"""The page of goal, exit and settings."""

from typing import Any
from zoneinfo import available_timezones

from django.urls import path

from campaigns.admin.draft import DraftFormPage
from campaigns.flows.definition import Document
from campaigns.flows.edits import update_part
from campaigns.forms import ExitForm, GoalForm, SettingsForm
from contacts.admin.site import register_pages


class GoalPage(DraftFormPage):
    """What counts as success, who leaves early, and from whom and when mails are sent."""

    title = "Goal & exit"
    page_name = "campaigns_goal"
    template_name = "campaigns/goal.html"
    summary = "Changed goal, exit or settings"

    def make_forms(self, values: Any = None) -> list[Any]:
        """Make the forms of the three parts."""
        document = self.document
        return [
            GoalForm(values, initial=document["goal"], prefix="goal"),
            ExitForm(values, initial=document["exit"], prefix="exit"),
            SettingsForm(values, initial=document["settings"], prefix="settings"),
        ]

    def apply(self, made: list[Any]) -> Document:
        """Write the three parts."""
        goal, leaving, settings = made
        document = update_part(self.document, "goal", **goal.cleaned_data)
        document = update_part(document, "exit", **leaving.cleaned_data)
        return update_part(document, "settings", **settings.values())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the forms; add the zones to choose from."""
        context = super().get_context_data(**kwargs)
        goal, leaving, settings = context["forms"]
        return {
            **context,
            "goal": goal,
            "leaving": leaving,
            "settings": settings,
            "time_zones": sorted(zone for zone in available_timezones() if "/" in zone),
        }


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/goal/",
            GoalPage.as_view(),
            name="campaigns_goal",
        )
    ]
)
