"""Who was held by which guardrail, over all campaigns; each number leads to its people."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import path, reverse
from django.utils.functional import cached_property

from campaigns.admin.reports import PeriodMixin
from campaigns.reports.holds import HeldLine, count_held_everywhere
from campaigns.reports.period import LABELS
from campaigns.reports.unsent import reason_in_words
from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages


class HoldsPage(PeriodMixin, CsvExportMixin, AdminPage):
    """A line for each reason, with the campaigns in which it held somebody."""

    title = "Who was held"
    shows_people = False
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/holds.html"
    csv_name = "held"
    csv_headers = {"reason": "Reason", "campaign": "Campaign", "people": "People"}

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the guardrails."""
        return [Crumb("Guardrails", reverse("admin:campaigns_guardrails"))]

    @cached_property
    def lines(self) -> list[HeldLine]:
        """The reasons, the commonest first."""
        return count_held_everywhere(self.period)

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List reasons and campaigns."""
        for line in self.lines:
            for campaign, people in line.campaigns:
                yield {
                    "reason": reason_in_words(line.reason),
                    "campaign": campaign.name,
                    "people": people,
                }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the lines."""
        return super().get_context_data(
            lines=[(line, reason_in_words(line.reason)) for line in self.lines],
            period=self.period,
            periods=LABELS,
            **kwargs,
        )


register_pages(
    [path("campaigns/guardrails/held/", HoldsPage.as_view(), name="campaigns_holds")]
)
