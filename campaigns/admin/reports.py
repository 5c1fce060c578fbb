"""The conversion report of a campaign, and the people behind each of its numbers."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from campaigns.flows.definition import walk_steps
from campaigns.models import Campaign
from campaigns.reports.daily import Day, count_days, group_by_week
from campaigns.reports.funnel import Funnel, count_funnel
from campaigns.reports.goals import BASES, count_goals
from campaigns.reports.groups import asks_in_period
from campaigns.reports.holds import count_held, holds_in_period
from campaigns.reports.people import (
    People,
    UnknownGroup,
    find_people,
    search_people,
)
from campaigns.reports.period import DEFAULT, LABELS, Period, read_period
from campaigns.reports.rungs import count_rungs
from campaigns.reports.steps import StepCounts, count_steps
from campaigns.reports.totals import total_campaigns
from campaigns.reports.unsent import count_unsent, reason_in_words, unsent_in_period
from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages

PAGE_SIZE = 50
# More days than this are drawn as weeks.
MOST_DAYS = 62
SERIES = {
    "delivered": ("Delivered", "--gl-series-2"),
    "yes": ("Yes", "--gl-series-1"),
    "lead": ("Leads", "--gl-series-3"),
    "won": ("Won", "--gl-series-4"),
}


class PeriodMixin:
    """A page whose period is chosen by ``?period=``."""

    request: HttpRequest

    @cached_property
    def period(self) -> Period:
        """What the page covers."""
        word = self.request.GET.get("period", DEFAULT)
        return read_period(word, now=timezone.now())


class ReportsPage(PeriodMixin, CsvExportMixin, AdminPage):
    """Every campaign in one line."""

    title = "Reports"
    shows_people = False
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/reports.html"
    csv_name = "campaigns report"
    csv_headers = {
        "campaign": "Campaign",
        "state": "State",
        "inside": "People inside",
        "delivered": "Asks delivered",
        "yes": "Yes",
        "lead": "Leads",
        "won": "Won",
    }

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List the campaigns."""
        for line in self.totals:
            yield {
                "campaign": line.campaign.name,
                "state": line.campaign.get_state_display(),
                "inside": line.inside,
                "delivered": line.delivered,
                "yes": line.yes,
                "lead": line.lead,
                "won": line.won,
            }

    @cached_property
    def totals(self) -> list[Any]:
        """The campaigns that ever ran, the latest first."""
        campaigns = Campaign.objects.exclude(state__in=Campaign.BEFORE)
        return total_campaigns(
            self.period, campaigns=list(campaigns.order_by("-started_at", "-pk"))
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the lines."""
        return super().get_context_data(
            totals=self.totals, period=self.period, periods=LABELS, **kwargs
        )


class ConversionReportPage(PeriodMixin, CsvExportMixin, AdminPage):
    """The funnel of a campaign, its answers, days, holds and steps."""

    title = "Conversion report"
    shows_people = False
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/report.html"
    csv_name = "conversion report"
    csv_headers = {
        "number": "Number",
        "count": "Count",
        "of_delivered": "Percent of delivered",
    }

    @cached_property
    def campaign(self) -> Campaign:
        """The campaign of the address."""
        return get_object_or_404(Campaign, pk=self.kwargs["pk"])

    @cached_property
    def basis(self) -> str:
        """By which day goals are counted."""
        chosen = self.request.GET.get("basis", "")
        return chosen if chosen in BASES else "asked"

    @cached_property
    def funnel(self) -> Funnel:
        """The counts of the period."""
        asks = asks_in_period(self.period, campaign=self.campaign)
        return count_funnel(asks, now=self.period.until)

    def get_title(self) -> str:
        """Name the campaign."""
        return self.campaign.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to all reports."""
        return [Crumb("Reports", reverse("admin:campaigns_reports"))]

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List the stages and the answers."""
        yield {"number": "Asked", "count": self.funnel.asked, "of_delivered": ""}
        for row in (*self.funnel.stages, *self.funnel.answers):
            yield {
                "number": row.group.label,
                "count": row.count,
                "of_delivered": round(row.of_delivered.percent, 2),
            }
        for line in count_goals(self.campaign, self.period, self.basis):
            name = f"{line.name} ({BASES[self.basis].lower()})"
            yield {"number": name, "count": line.credited, "of_delivered": ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers of the report."""
        asks = asks_in_period(self.period, campaign=self.campaign)
        days = count_days(asks, zone=timezone.get_current_timezone())
        counts = count_steps(self.campaign)
        held = count_held(holds_in_period(self.period, campaign=self.campaign))
        unsent = count_unsent(unsent_in_period(self.period, campaign=self.campaign))
        return super().get_context_data(
            campaign=self.campaign,
            period=self.period,
            periods=LABELS,
            funnel=self.funnel,
            goals=count_goals(self.campaign, self.period, self.basis),
            basis=self.basis,
            bases=BASES,
            chart=draw_days(days),
            steps=self._describe_steps(counts),
            held=[(row, reason_in_words(row.reason)) for row in held],
            rungs=count_rungs(self.campaign, self.period),
            unsent=[(row, reason_in_words(row.reason)) for row in unsent],
            **kwargs,
        )

    def _describe_steps(self, counts: dict[str, StepCounts]) -> list[dict[str, Any]]:
        """Put each step of the published flow beside its counts."""
        if self.campaign.published is None:
            return []
        steps = walk_steps(self.campaign.published.definition["steps"])
        return [
            {"step": step, "counts": counts.get(step["key"], StepCounts())}
            for step in steps
        ]


def draw_days(days: list[Day]) -> str:
    """Write the data of the chart for the theme's Chart.js, as JSON; blank for no days."""
    if not days:
        return ""
    points = group_by_week(days) if len(days) > MOST_DAYS else days
    return json.dumps(
        {
            "labels": [f"{point.on:%b} {point.on.day}" for point in points],
            "datasets": [
                {
                    "label": label,
                    "data": [getattr(point, name) for point in points],
                    "backgroundColor": f"var({color})",
                    "displayYAxis": True,
                }
                for name, (label, color) in SERIES.items()
            ],
        }
    )


class ReportPeoplePage(PeriodMixin, CsvExportMixin, AdminPage):
    """The people behind a number: searched, paged and exported."""

    title = "People"
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/report_people.html"
    results_template_name = "campaigns/_report_people_results.html"
    csv_name = "people"
    csv_headers = {
        "contact__first_name": "First name",
        "contact__last_name": "Last name",
        "contact__email": "Email",
        "at": "When",
        "note": "Note",
    }

    @cached_property
    def campaign(self) -> Campaign:
        """The campaign of the address."""
        return get_object_or_404(Campaign, pk=self.kwargs["pk"])

    @cached_property
    def people(self) -> People:
        """The people of the number in the address."""
        try:
            return find_people(self.campaign, self.kwargs["group"], self.period)
        except UnknownGroup as error:
            raise Http404(f"No report has a number called {error}.") from error

    def get_title(self) -> str:
        """Name the number."""
        return self.people.label

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the report, in the same period."""
        report = reverse("admin:campaigns_report", args=[self.campaign.pk])
        return [
            Crumb("Reports", reverse("admin:campaigns_reports")),
            Crumb(self.campaign.name, f"{report}?period={self.period.word}"),
        ]

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """Stream everybody that the search leaves."""
        rows = search_people(self.people.rows, self.request.GET.get("q", ""))
        return rows.iterator(chunk_size=2000)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of people."""
        text = self.request.GET.get("q", "").strip()
        rows = search_people(self.people.rows, text)
        page = Paginator(rows, PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            campaign=self.campaign,
            people=self.people,
            period=self.period,
            page_obj=page,
            text=text,
            results_url=reverse(
                "admin:campaigns_report_people_results",
                args=[self.campaign.pk, self.kwargs["group"]],
            ),
            **kwargs,
        )


people_path = "campaigns/campaign/<int:pk>/report/people/<str:group>/"
register_pages(
    [
        path("reports/", ReportsPage.as_view(), name="campaigns_reports"),
        path(
            "campaigns/campaign/<int:pk>/report/",
            ConversionReportPage.as_view(),
            name="campaigns_report",
        ),
        path(people_path, ReportPeoplePage.as_view(), name="campaigns_report_people"),
        path(
            f"{people_path}results/",
            ReportPeoplePage.as_view(results_only=True),
            name="campaigns_report_people_results",
        ),
    ]
)
