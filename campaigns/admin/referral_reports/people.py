"""The people behind a number of these reports: searched, paged and exported."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from campaigns.admin.referral_reports.page import FilteredPage
from campaigns.reports.people import People, UnknownGroup, search_people
from campaigns.reports.referrals.people import find_people
from contacts.admin.base import Crumb
from contacts.admin.site import register_pages
from referrals.money import from_minor, say_money

PAGE_SIZE = 50
HEADERS = {
    "contact__first_name": "First name",
    "contact__last_name": "Last name",
    "contact__email": "Email",
    "at": "When",
    "note": "Note",
}
MONEY_HEADERS = {"amount": "Amount", "currency": "Currency"}


class ReferralPeoplePage(FilteredPage):
    """Who is in a number."""

    title = "People"
    shows_people = True
    template_name = "campaigns/referral_reports/people.html"
    results_template_name = "campaigns/_report_people_results.html"
    url_name = "campaigns_referral_people"
    csv_name = "people"
    csv_headers = HEADERS

    def find_row(self) -> None:
        """Find the people; where there is money, the file has columns for it."""
        if self.people.has_money:
            self.csv_headers = {**HEADERS, **MONEY_HEADERS}

    @cached_property
    def people(self) -> People:
        """The people of the number in the address."""
        zone = timezone.get_current_timezone()
        try:
            return find_people(self.filters, self.kwargs["group"], zone=zone)
        except UnknownGroup as error:
            raise Http404(f"No report has a number called {error}.") from error

    def get_title(self) -> str:
        """Name the number."""
        return self.people.label

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the report, with what was chosen there."""
        kind = self.kwargs["group"].partition(":")[0]
        name, title = PAGE_OF.get(kind, ("campaigns_funnel", "Referral funnel"))
        link = f"{reverse(f'admin:{name}')}?{self.filters.as_query()}"
        return [Crumb("Reports", reverse("admin:campaigns_funnel")), Crumb(title, link)]

    def get_csv_rows(self) -> Any:
        """Stream everybody that the search leaves."""
        rows = search_people(self.people.rows, self.request.GET.get("q", ""))
        for row in rows.iterator(chunk_size=2000):
            if not self.people.has_money:
                yield row
            elif row["currency"]:
                amount = from_minor(row["sum_minor"], row["currency"])
                yield {**row, "amount": amount}
            else:
                yield {**row, "amount": ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of people."""
        text = self.request.GET.get("q", "").strip()
        rows = search_people(self.people.rows, text)
        page = Paginator(rows, PAGE_SIZE).get_page(self.request.GET.get("page"))
        if self.people.has_money:
            for row in page:
                row["amount"] = say_sum(row["sum_minor"], row["currency"])
        return super().get_context_data(
            people=self.people,
            page_obj=page,
            sums=self.add_up(rows) if self.people.has_money else [],
            text=text,
            hidden=[
                (name, value)
                for name, value in self.request.GET.items()
                if name not in ("q", "page", "format")
            ],
            results_url=reverse(
                "admin:campaigns_referral_people_results",
                args=[self.kwargs["group"]],
            ),
            **kwargs,
        )

    def add_up(self, rows: Any) -> list[str]:
        """Add up the amounts, each currency by itself."""
        sums = rows.exclude(currency="").order_by("currency").values_list("currency")
        return [
            say_money(total, currency)
            for currency, total in sums.annotate(total=Sum("sum_minor"))
        ]


def say_sum(minor: int, currency: str) -> str:
    """Write an amount; nothing where it is no money."""
    return say_money(minor, currency) if currency else ""


PAGE_OF = {
    "maturing": ("campaigns_funnel", "Referral funnel"),
    "answer": ("campaigns_yes_rate", "Yes Rate"),
    "harm": ("campaigns_yes_rate", "Yes Rate"),
    "took": ("campaigns_timing", "Time to ask"),
    "moment": ("campaigns_timing", "Time to ask"),
    "person": ("campaigns_yes_rate", "Yes Rate"),
    "reward": ("campaigns_money", "Revenue and rewards"),
    "order": ("campaigns_money", "Revenue and rewards"),
    "leader": ("campaigns_leaders", "Leaderboard"),
    "decision": ("campaigns_fraud_report", "Fraud"),
    "fraud": ("campaigns_fraud_report", "Fraud"),
    "check": ("campaigns_fraud_report", "Fraud"),
}
people_path = "reports/referrals/people/<str:group>/"
register_pages(
    [
        path(
            people_path,
            ReferralPeoplePage.as_view(),
            name="campaigns_referral_people",
        ),
        path(
            f"{people_path}results/",
            ReferralPeoplePage.as_view(results_only=True),
            name="campaigns_referral_people_results",
        ),
    ]
)
