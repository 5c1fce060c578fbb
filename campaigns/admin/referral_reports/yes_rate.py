"""The Yes Rate over time, beside what asking may have done harm to."""

from typing import Any

from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property

from campaigns.admin.referral_reports.page import (
    RATE_HEADERS,
    FilteredPage,
    Rows,
    csv_rate,
)
from campaigns.reports.charts import draw_rates
from campaigns.reports.referrals.yes_rate import (
    SHOWN_HARMS,
    YesReport,
    count_people,
    count_yes,
)
from contacts.admin.base import AdminPage
from contacts.admin.site import register_pages


class YesRatePage(FilteredPage):
    """Week by week."""

    title = "Yes Rate"
    template_name = "campaigns/referral_reports/yes_rate.html"
    url_name = "campaigns_yes_rate"
    csv_name = "yes rate"
    csv_headers = {"week": "Week of", "number": "Number", **RATE_HEADERS}

    @cached_property
    def report(self) -> YesReport:
        """The weeks."""
        return count_yes(self.filters, zone=timezone.get_current_timezone())

    def get_csv_rows(self) -> Rows:
        """List each number of each week."""
        for week in self.report.weeks:
            yield {
                "week": week.on,
                "number": "Yes",
                **csv_rate(week.tally.rate("yes")),
            }
            for harm in SHOWN_HARMS:
                rate = week.tally.rate(harm.word)
                yield {"week": week.on, "number": harm.label, **csv_rate(rate)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the chart of the Yes Rate, and one of each harm."""
        weeks = self.report.weeks
        return super().get_context_data(
            report=self.report,
            yes_rate=self.report.whole.rate("yes"),
            chart=draw_rates([week.tally.rate("yes") for week in weeks]),
            harms=[
                (
                    harm,
                    rate,
                    draw_rates([week.tally.rate(harm.word) for week in weeks]),
                )
                for harm, rate in self.report.harms
            ],
            lines=[
                {
                    "week": week,
                    "yes": week.tally.rate("yes"),
                    "harms": [
                        (harm, week.tally.rate(harm.word), harm in week.flags)
                        for harm in SHOWN_HARMS
                    ],
                }
                for week in reversed(weeks)
            ],
            **kwargs,
        )


class YesPeoplePage(FilteredPage):
    """People instead of asks; fetched by the page, for it must sort everybody."""

    title = "People who said yes"
    template_name = "campaigns/referral_reports/_yes_people.html"
    results_template_name = template_name
    results_only = True
    url_name = "campaigns_yes_rate"
    csv_name = "people who said yes"
    csv_headers = RATE_HEADERS

    def get_csv_rows(self) -> Rows:
        """Give the one number."""
        yield csv_rate(count_people(self.filters))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count the people."""
        return AdminPage.get_context_data(
            self,
            people=count_people(self.filters),
            filters_query=self.filters.as_query(),
            **kwargs,
        )


register_pages(
    [
        path("reports/yes-rate/", YesRatePage.as_view(), name="campaigns_yes_rate"),
        path(
            "reports/yes-rate/people/",
            YesPeoplePage.as_view(),
            name="campaigns_yes_people",
        ),
    ]
)
