"""The next thirty days: who comes before an ask, what is expected besides, and where it is tight."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import cached_property

from audiences.previews.limits import TookTooLong, limited
from campaigns.models import Campaign
from campaigns.reports.forecast import FATES, GOES_ON, forecast, people_on
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages

PAGE_SIZE = 50
PATIENCE_SECONDS = 8.0
TITLES = {
    "known": "Come before an ask",
    "askable": "May be asked",
    "capped": "Were asked less than 90 days before",
    "rests": "Said not now",
    "never": "Asked us never to ask again",
    "free": "May be asked again",
    "twice": "Come before the asks of two campaigns",
}


class ForecastMixin:
    """The campaigns that a forecast is about: one that ``?campaign=`` names, or all that run."""

    request: Any

    @cached_property
    def running(self) -> list[Campaign]:
        """All campaigns that run."""
        found = Campaign.objects.filter(state__in=GOES_ON).defer("draft")
        return list(found.order_by("name", "pk"))

    @cached_property
    def chosen(self) -> Campaign | None:
        """The campaign that was chosen."""
        word = self.request.GET.get("campaign", "")
        return next((one for one in self.running if str(one.pk) == word), None)

    @property
    def campaigns(self) -> list[Campaign]:
        """The campaigns that count."""
        return [self.chosen] if self.chosen else self.running


class ForecastPage(ForecastMixin, AdminPage):
    """Thirty days, one line each."""

    title = "Forecast"
    shows_people = False
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/forecast.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the campaigns."""
        return [Crumb("Campaigns", reverse("admin:campaigns_campaign_changelist"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count, as long as a page waits."""
        shown = None
        try:
            with limited(seconds=PATIENCE_SECONDS):
                shown = forecast(
                    self.campaigns,
                    now=timezone.now(),
                    zone=timezone.get_current_timezone_name(),
                )
        except TookTooLong:
            kwargs["problem"] = (
                "Counting takes longer than 8 seconds. Choose one campaign."
            )
        return super().get_context_data(
            forecast=shown,
            running=self.running,
            chosen=self.chosen,
            people_url=reverse("admin:campaigns_forecast_people"),
            **kwargs,
        )


class ForecastPeoplePage(ForecastMixin, AdminPage):
    """The people behind a known number."""

    title = "People"
    permission_required = ("campaigns.view_campaign",)
    template_name = "campaigns/forecast_people.html"
    results_template_name = "campaigns/_forecast_people.html"

    @cached_property
    def word(self) -> str:
        """The number that is meant."""
        word = self.request.GET.get("who", "known")
        if word not in (*FATES, "known", "free", "twice"):
            raise Http404("No forecast has such a number")
        return str(word)

    @cached_property
    def day(self) -> date | None:
        """The day that is meant; None for all."""
        try:
            return parse_date(self.request.GET.get("day", ""))
        except ValueError:
            return None

    def get_title(self) -> str:
        """Name the number."""
        when = f" on {self.day:%-d %B %Y}" if self.day else " in the next 30 days"
        return f"{TITLES[self.word]}{when}"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the forecast."""
        page = reverse("admin:campaigns_forecast")
        chosen = f"?campaign={self.chosen.pk}" if self.chosen else ""
        return [Crumb(ForecastPage.title, f"{page}{chosen}")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of people."""
        people = people_on(
            self.campaigns,
            now=timezone.now(),
            zone=timezone.get_current_timezone_name(),
            word=self.word,
            day=self.day,
        )
        page = Paginator(people, PAGE_SIZE).get_page(self.request.GET.get("page"))
        return super().get_context_data(
            page_obj=page,
            chosen=self.chosen,
            results_url=reverse("admin:campaigns_forecast_people_results"),
            **kwargs,
        )


register_pages(
    [
        path("campaigns/forecast/", ForecastPage.as_view(), name="campaigns_forecast"),
        path(
            "campaigns/forecast/people/",
            ForecastPeoplePage.as_view(),
            name="campaigns_forecast_people",
        ),
        path(
            "campaigns/forecast/people/results/",
            ForecastPeoplePage.as_view(results_only=True),
            name="campaigns_forecast_people_results",
        ),
    ]
)
