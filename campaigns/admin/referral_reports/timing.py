"""How long it takes from the moment until the ask arrives."""

from dataclasses import replace
from typing import Any

from django.urls import path
from django.utils.functional import cached_property

from campaigns.admin.referral_reports.page import (
    UNKNOWN,
    FilteredPage,
    Rows,
)
from campaigns.reports.referrals.timing import TimeReport, Times, count_times
from contacts.admin.site import register_pages


class TimingPage(FilteredPage):
    """Median, the slowest of most, and the share within two hours."""

    title = "Time to ask"
    template_name = "campaigns/referral_reports/timing.html"
    url_name = "campaigns_timing"
    csv_name = "time to ask"
    csv_headers = {
        "campaign": "Campaign",
        "asks": "Asks",
        "median": "Median minutes",
        "slowest": "95 of 100 within minutes",
        "in_time": "Within two hours",
    }

    @cached_property
    def report(self) -> TimeReport:
        """The times."""
        return count_times(self.filters)

    @property
    def lines(self) -> list[tuple[str, Times, str]]:
        """The times of each campaign, and how its asks are chosen."""
        return [
            (
                self.names.campaigns.get(pk, UNKNOWN),
                times,
                replace(self.filters, campaign=pk).as_query(),
            )
            for pk, times in self.report.campaigns
        ]

    def get_csv_rows(self) -> Rows:
        """List all asks, and each campaign."""
        for name, times, _ in (("All", self.report.whole, ""), *self.lines):
            yield {
                "campaign": name,
                "asks": times.total,
                "median": times.median,
                "slowest": times.slowest_of_most,
                "in_time": times.in_time.count,
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the times."""
        return super().get_context_data(
            report=self.report, whole=self.report.whole, lines=self.lines, **kwargs
        )


register_pages([path("reports/timing/", TimingPage.as_view(), name="campaigns_timing")])
