"""What the fraud checks did."""

from typing import Any

from django.urls import path
from django.utils.functional import cached_property

from campaigns.admin.referral_reports.page import FilteredPage, Rows
from campaigns.reports.referrals.fraud import FraudReport, count_fraud
from contacts.admin.site import register_pages
from referrals.fraud.checks.registry import label_of
from referrals.money import say_money


class FraudReportPage(FilteredPage):
    """Decided, rejected and held, check by check."""

    title = "Fraud"
    template_name = "campaigns/referral_reports/fraud.html"
    url_name = "campaigns_fraud_report"
    csv_name = "fraud"
    csv_headers = {
        "check": "Check",
        "found": "Found",
        "in_shadow": "Noted only",
        "held": "Held",
        "rejected": "Rejected",
        "cleared": "Cleared",
    }

    @cached_property
    def report(self) -> FraudReport:
        """The numbers."""
        return count_fraud(self.filters)

    def get_csv_rows(self) -> Rows:
        """List the checks."""
        for line in self.report.checks:
            yield {name: getattr(line, name) for name in self.csv_headers}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers."""
        return super().get_context_data(
            report=self.report,
            held_value=[
                (f"reward:suspected:{currency}", say_money(minor, currency))
                for currency, minor in self.report.held_value
            ],
            checks=[(label_of(line.check), line) for line in self.report.checks],
            **kwargs,
        )


register_pages(
    [path("reports/fraud/", FraudReportPage.as_view(), name="campaigns_fraud_report")]
)
