"""Who is, or was, in a campaign."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import path
from django.views.generic.list import MultipleObjectMixin

from campaigns.admin.draft import CampaignPage
from campaigns.flows.definition import walk_steps
from campaigns.guardrails.reasons import LABELS
from campaigns.models import Ask, CampaignVersion, Enrollment, Hold
from campaigns.reports.people import search_people
from campaigns.reports.steps import standing
from contacts.admin.base import Crumb, CsvExportMixin
from contacts.admin.site import register_pages


class EnrollmentsPage(CsvExportMixin, CampaignPage, MultipleObjectMixin):
    """The passes through a campaign: searched, by state, step and reason of a hold."""

    title = "People"
    shows_people = True
    template_name = "campaigns/enrollments.html"
    results_template_name = "campaigns/_enrollments_results.html"
    paginate_by = 25
    csv_name = "people of a campaign"
    csv_headers = {
        "name": "Name",
        "email": "Email",
        "state": "State",
        "step": "Step",
        "enrolled_at": "Entered",
        "due_at": "Next",
        "ended_at": "Ended",
    }

    def get_title(self) -> str:
        """Say whose people."""
        return f"People in “{self.campaign}”"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the overview."""
        crumb = Crumb(self.campaign.name, self.url("campaigns_overview"))
        return [*super().get_breadcrumbs()[:1], crumb]

    def get_queryset(self) -> QuerySet[Enrollment]:
        """Filter by what the address says; odd words select nothing or everything."""
        chosen = self.request.GET
        rows = Enrollment.objects.filter(campaign=self.campaign)
        if chosen.get("step"):
            rows = standing(self.campaign).filter(place=chosen["step"])
        if chosen.get("state") in Enrollment.State.values:
            rows = rows.filter(state=chosen["state"])
        if chosen.get("held"):
            holds = Hold.objects.filter(
                contact=OuterRef("contact"),
                enrollment_id=OuterRef("pk"),
                reason=chosen["held"],
            )
            rows = rows.filter(Exists(holds))
        asked = Ask.objects.filter(
            contact=OuterRef("contact"), enrollment_id=OuterRef("pk"), refunded_at=None
        )
        rows = search_people(rows, chosen.get("q", ""))
        return (
            rows.select_related("contact")
            .annotate(was_asked=Exists(asked))
            .order_by("-enrolled_at", "-pk")
        )

    def step_names(self) -> dict[str, str]:
        """Name the steps of all versions; the newest name wins."""
        versions = CampaignVersion.objects.filter(campaign=self.campaign)
        return {
            step["key"]: step["name"]
            for steps in versions.order_by("number").values_list(
                "definition__steps", flat=True
            )
            for step in walk_steps(steps)
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the page of rows, each with the name of its step."""
        self.object_list = self.get_queryset()
        context = super().get_context_data(**kwargs)
        names = self.step_names()
        for enrollment in context["object_list"]:
            enrollment.step_name = names.get(enrollment.step_key, "")
        chosen = self.request.GET
        return {
            **context,
            "states": Enrollment.State.choices,
            "step_names": names.items(),
            "reasons": LABELS.items(),
            "chosen": {
                key: chosen.get(key, "") for key in ("q", "state", "step", "held")
            },
            "has_filters": any(
                chosen.get(key) for key in ("q", "state", "step", "held")
            ),
            "results_url": self.url("campaigns_enrollments_results"),
        }

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List all rows under the filters."""
        names = self.step_names()
        for enrollment in self.get_queryset().iterator(chunk_size=2000):
            yield {
                "name": enrollment.contact.name,
                "email": enrollment.contact.email,
                "state": enrollment.get_state_display(),
                "step": names.get(enrollment.step_key, ""),
                "enrolled_at": enrollment.enrolled_at,
                "due_at": enrollment.due_at,
                "ended_at": enrollment.ended_at,
            }


register_pages(
    [
        path(
            "campaigns/campaign/<int:pk>/people/",
            EnrollmentsPage.as_view(),
            name="campaigns_enrollments",
        ),
        path(
            "campaigns/campaign/<int:pk>/people/results/",
            EnrollmentsPage.as_view(results_only=True),
            name="campaigns_enrollments_results",
        ),
    ]
)
