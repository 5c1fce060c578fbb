"""What each guardrail costs and saves, by campaign; each number leads to its people."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import path, reverse
from django.utils.functional import cached_property

from campaigns.admin.reports import PeriodMixin
from campaigns.reports.period import LABELS
from campaigns.reports.prices import Price, price_guardrails
from campaigns.reports.unsent import reason_in_words
from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages


class PricesPage(PeriodMixin, CsvExportMixin, AdminPage):
    """A line for each guardrail in each campaign."""

    title = "Price of the guardrails"
    shows_people = False
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/prices.html"
    csv_name = "price of the guardrails"
    csv_headers = {
        "reason": "Guardrail",
        "campaign": "Campaign",
        "lost": "Asks lost",
        "delayed": "Asks delayed",
        "waits": "Asks that wait",
        "forgone": "Yes forgone",
        "prevented": "Complaints prevented",
    }

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the guardrails."""
        return [Crumb("Guardrails", reverse("admin:campaigns_guardrails"))]

    @cached_property
    def prices(self) -> list[Price]:
        """The prices, the highest first."""
        return price_guardrails(self.period)

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List them."""
        for price in self.prices:
            yield {
                "reason": reason_in_words(price.reason),
                "campaign": price.campaign.name,
                "lost": price.lost,
                "delayed": price.delayed,
                "waits": price.waits,
                "forgone": f"{price.forgone[0]:.1f}" if price.forgone else "",
                "prevented": f"{price.prevented[0]:.1f}" if price.prevented else "",
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the lines, by guardrail."""
        lines: dict[str, list[Price]] = {}
        for price in self.prices:
            lines.setdefault(price.reason, []).append(price)
        return super().get_context_data(
            lines=[(reason_in_words(reason), found) for reason, found in lines.items()],
            period=self.period,
            periods=LABELS,
            **kwargs,
        )


register_pages(
    [path("campaigns/guardrails/price/", PricesPage.as_view(), name="campaigns_prices")]
)
