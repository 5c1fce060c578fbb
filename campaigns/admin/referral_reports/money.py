"""What friends brought, what it cost, and what is owed."""

from typing import Any

from django.urls import path
from django.utils.functional import cached_property

from campaigns.admin.referral_reports.page import FilteredPage, Rows
from campaigns.reports.referrals.money import MoneyLine, MoneyReport, count_money
from contacts.admin.site import register_pages
from referrals.money import from_minor, say_money

AMOUNTS = (
    "revenue",
    "first_orders",
    "taken_back",
    "cost",
    "cost_per_won",
    "approved",
    "held",
    "waiting",
    "owed_back",
)


class MoneyPage(FilteredPage):
    """Each program in each currency."""

    title = "Revenue and rewards"
    template_name = "campaigns/referral_reports/money.html"
    url_name = "campaigns_money"
    csv_name = "revenue and rewards"
    csv_headers = {
        "program": "Program",
        "currency": "Currency",
        "won": "Friends who bought",
        "orders": "Orders",
        "revenue": "Revenue, net",
        "first_orders": "of first orders",
        "taken_back": "Taken back",
        "cost": "Reward cost",
        "cost_per_won": "Cost per friend",
        "approved": "Approved, not delivered",
        "held": "On hold",
        "waiting": "Waits for the budget",
        "owed_back": "Owed back",
        "budget": "Budget",
        "booked": "of it booked",
    }

    @cached_property
    def report(self) -> MoneyReport:
        """The lines."""
        return count_money(self.filters)

    def get_csv_rows(self) -> Rows:
        """List the lines, in whole units of the currency."""
        for line in self.report.lines:
            amounts: dict[str, Any] = {name: getattr(line, name) for name in AMOUNTS}
            if line.budget:
                amounts["budget"] = line.budget.amount_minor
                amounts["booked"] = line.budget.booked_minor
            yield {
                "program": line.program.name,
                "currency": line.currency,
                "won": line.won,
                "orders": line.orders,
                **{
                    name: from_minor(minor, line.currency)
                    for name, minor in amounts.items()
                    if minor is not None and line.currency
                },
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the lines."""
        return super().get_context_data(
            lines=[
                (line, say_line(line), say_owed(line)) for line in self.report.lines
            ],
            won=sum(self.report.won.values()),
            **kwargs,
        )


def say_line(line: MoneyLine) -> dict[str, str]:
    """Write the amounts of a line; nothing where there is no currency."""
    if not line.currency:
        return {}
    amounts: dict[str, int | None] = {name: getattr(line, name) for name in AMOUNTS}
    if line.budget:
        amounts["budget"] = line.budget.amount_minor
        amounts["booked"] = line.budget.booked_minor
    return {
        name: "–" if minor is None else say_money(minor, line.currency)
        for name, minor in amounts.items()
    }


def say_owed(line: MoneyLine) -> list[tuple[str, str, int, str]]:
    """Write what is owed: word, name, amount and text."""
    return [
        (word, label, minor, say_money(minor, line.currency) if line.currency else "")
        for word, label, minor in line.owed
    ]


register_pages([path("reports/revenue/", MoneyPage.as_view(), name="campaigns_money")])
