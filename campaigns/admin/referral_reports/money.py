"""What friends brought, what it cost, and what is owed."""

from dataclasses import replace
from typing import Any

from django.urls import path
from django.utils import timezone
from django.utils.functional import cached_property

from campaigns.admin.referral_reports.page import FilteredPage, Rows
from campaigns.reports.charts import draw_columns
from campaigns.reports.referrals.money import MoneyLine, MoneyReport, count_money
from campaigns.reports.referrals.money_over_time import Curve, count_over_time
from campaigns.reports.referrals.stretches import Stretches, stretches_of
from contacts.admin.site import register_pages
from referrals.money import from_minor, say_money

# What else there is, is folded.
MOST_CARDS = 6
MOST_CURVES = 2
OWED_WORDS = {
    "approved": "Approved, not delivered",
    "held": "On hold",
    "waiting": "Waits for the budget",
}
AMOUNTS = (
    "revenue",
    "first_orders",
    "taken_back",
    "cost",
    "delivered",
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
        "delivered": "of it delivered",
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
        lines = [self._tell(line) for line in self.report.lines]
        curves = [self._draw(curve) for curve in self.curves]
        return super().get_context_data(
            lines=lines[:MOST_CARDS],
            more_lines=lines[MOST_CARDS:],
            curves=curves[:MOST_CURVES],
            more_curves=curves[MOST_CURVES:],
            unit=self.stretches.unit,
            won=sum(self.report.won.values()),
            **kwargs,
        )

    @cached_property
    def stretches(self) -> Stretches:
        """The period, taken apart for the charts."""
        return stretches_of(self.filters, zone=timezone.get_current_timezone())

    @cached_property
    def curves(self) -> list[Curve]:
        """Each currency as time went by."""
        return count_over_time(self.filters, self.stretches, self.report.lines)

    def _tell(self, line: MoneyLine) -> dict[str, Any]:
        """Write the amounts of a program, and say how its people are chosen."""
        filters = replace(self.filters, program=line.program.pk)
        return {
            "line": line,
            "said": say_line(line),
            "owed": say_owed(line),
            "query": filters.as_query(),
        }

    def _draw(self, curve: Curve) -> dict[str, Any]:
        """Draw what a currency brought, cost and owes."""
        chart = draw_columns(curve.revenue, curve.cost)
        owed = [
            (word, OWED_WORDS[word], minor, say_money(minor, curve.currency))
            for word, minor in curve.owed.items()
        ]
        return {
            "curve": curve,
            "chart": chart,
            "top": say_money(chart.top, curve.currency),
            "middle": say_money(chart.middle, curve.currency),
            "series": [
                (
                    label,
                    tone,
                    [
                        (
                            column,
                            curve.begins[column.place],
                            say_money(column.number, curve.currency),
                        )
                        for column in columns
                    ],
                    say_money(sum(numbers), curve.currency),
                )
                for label, tone, columns, numbers in (
                    ("Revenue", "in", chart.series[0], curve.revenue),
                    ("Reward cost", "out", chart.series[1], curve.cost),
                )
            ],
            "rows": [
                (
                    begin,
                    revenue,
                    say_money(revenue, curve.currency),
                    cost,
                    say_money(cost, curve.currency),
                )
                for begin, revenue, cost in zip(
                    curve.begins[::-1],
                    curve.revenue[::-1],
                    curve.cost[::-1],
                    strict=True,
                )
                if revenue or cost
            ],
            "owed": owed,
            "owed_shares": share_out(curve),
            "owed_total": say_money(sum(curve.owed.values()), curve.currency),
        }


def share_out(curve: Curve) -> list[tuple[str, str, str]]:
    """Place what is owed on a bar of the width of 100: word, beginning and width of each."""
    whole = sum(curve.owed.values())
    found = []
    begin = 0.0
    for word, minor in curve.owed.items():
        if minor:
            width = 100 * minor / whole
            found.append((word, f"{begin:.2f}", f"{width:.2f}"))
            begin += width
    return found


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
