"""Who brought the most."""

from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.urls import path
from django.utils.functional import cached_property

from campaigns.admin.referral_reports.page import FilteredPage, Rows
from campaigns.reports.referrals.advocates import (
    ORDERS,
    Leader,
    Leaders,
    currencies_of,
    tell_leaders,
)
from contacts.admin.site import register_pages
from referrals.money import say_money

PAGE_SIZE = 50
CHUNK = 1_000


class LeadersPage(FilteredPage):
    """Advocates by friends who bought, by friends, or by revenue."""

    title = "Leaderboard"
    shows_people = True
    template_name = "campaigns/referral_reports/leaders.html"
    url_name = "campaigns_leaders"
    csv_name = "leaderboard"
    csv_headers = {
        "rank": "Rank",
        "has_equals": "Shares the rank",
        "name": "Advocate",
        "program": "Program",
        "shares": "Shares",
        "visits": "Visits of people",
        "lead": "Friends",
        "won": "Won",
        "revenue": "Revenue, net",
        "rewards": "Rewards",
    }

    @cached_property
    def order(self) -> str:
        """By what they are put in order."""
        chosen = self.request.GET.get("order", "")
        return chosen if chosen in ORDERS else "won"

    @cached_property
    def currencies(self) -> list[str]:
        """In what friends paid."""
        return currencies_of(self.filters)

    @cached_property
    def currency(self) -> str:
        """The currency by which revenue is put in order."""
        chosen = self.request.GET.get("currency", "")
        if chosen in self.currencies:
            return chosen
        return self.currencies[0] if self.currencies else ""

    @cached_property
    def leaders(self) -> Leaders:
        """All of them."""
        return Leaders(self.filters, order=self.order, currency=self.currency)

    def get_csv_rows(self) -> Rows:
        """List all advocates, some at a time."""
        total = self.leaders.count()
        for start in range(0, total, CHUNK):
            rows = self.leaders[start : start + CHUNK]
            for leader in tell_leaders(self.filters, rows):
                yield {
                    **{name: getattr(leader, name) for name in ("rank", "name")},
                    "has_equals": "yes" if leader.has_equals else "",
                    "program": leader.program.name,
                    "shares": leader.shares,
                    "visits": leader.visits,
                    "lead": leader.lead,
                    "won": leader.won,
                    "revenue": say_sums(leader.revenue),
                    "rewards": say_sums(leader.rewards),
                }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of advocates."""
        paginator: Paginator[Any] = Paginator(cast(Any, self.leaders), PAGE_SIZE)
        page: Page[Any] = paginator.get_page(self.request.GET.get("page"))
        leaders = tell_leaders(self.filters, list(page))
        return super().get_context_data(
            page_obj=page,
            leaders=[self._tell(leader) for leader in leaders],
            orders={word: label for word, (label, _) in ORDERS.items()},
            order=self.order,
            currencies=self.currencies,
            currency=self.currency,
            **kwargs,
        )

    def _tell(self, leader: Leader) -> dict[str, Any]:
        """Say the sums of an advocate, with what opens each."""
        group = f"leader:{leader.advocate_id}"
        return {
            "leader": leader,
            "number": str(leader.advocate_id),
            "revenue": name_sums(f"{group}:orders", leader.revenue),
            "rewards": name_sums(f"{group}:rewards", leader.rewards),
        }


def name_sums(group: str, sums: dict[str, int]) -> list[tuple[str, str]]:
    """Write sums of several currencies, each with the name of its people."""
    return [
        (f"{group}:{currency}", say_money(minor, currency))
        for currency, minor in sorted(sums.items())
        if currency
    ]


def say_sums(sums: dict[str, int]) -> str:
    """Write sums of several currencies side by side."""
    return ", ".join(
        say_money(minor, currency)
        for currency, minor in sorted(sums.items())
        if currency
    )


register_pages(
    [path("reports/advocates/", LeadersPage.as_view(), name="campaigns_leaders")]
)
