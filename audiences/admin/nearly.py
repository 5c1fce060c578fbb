"""Who is almost in an audience, and who enters and leaves by time alone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.urls import path, reverse
from django.utils import timezone

from audiences.admin.audience_base import NoAnswer, OneAudiencePage, asking
from audiences.explain.ahead import forecast
from audiences.explain.nearly import Near, choose_part, parts_of, people_near
from contacts.admin.site import register_pages

PAGE_SIZE = 25
DAYS_AHEAD = 7
DAY = timedelta(days=1)


class NearPeople(Sequence[Near]):
    """Those who miss one condition, of whom only a page is ever looked up."""

    def __init__(self, length: int, **asked: Any) -> None:
        self.length = length
        self.asked = asked

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, wanted: Any) -> Any:
        """Look up a page."""
        start, stop, _ = wanted.indices(self.length)
        return people_near(**self.asked, offset=start, size=stop - start)


class NearlyPage(OneAudiencePage):
    """People of whom one condition is missing, the nearest first."""

    tab = "audiences_nearly"
    title = "Almost there"
    template_name = "audiences/nearly.html"
    results_template_name = "audiences/_nearly.html"

    def get_title(self) -> str:
        """Name the audience."""
        return f"Almost in “{self.audience.name}”"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count who misses which condition, and list those who miss the one chosen."""
        context = {
            "results_url": reverse(
                "admin:audiences_nearly_results", args=[self.audience.pk]
            ),
            **kwargs,
        }
        asked = {
            "document": self.audience.rule,
            "as_of": timezone.now(),
            "counts_from": self.audience.counts_from,
        }
        wanted = self.request.GET.get("missing", "")
        try:
            with asking():
                parts = parts_of(**asked)
                chosen = choose_part(parts, int(wanted) if wanted.isdecimal() else None)
                people = NearPeople(chosen.people, place=chosen.place, **asked)
                paginator = Paginator(people, PAGE_SIZE)
                page_obj = paginator.get_page(self.request.GET.get("page"))
        except NoAnswer as error:
            return super().get_context_data(problem=str(error), **context)
        return super().get_context_data(
            parts=parts, chosen=chosen, page_obj=page_obj, **context
        )


class ForecastPage(OneAudiencePage):
    """Who enters and leaves in the days to come if nothing happens: numbers only."""

    title = "The days to come"
    shows_people = False
    results_template_name = "audiences/_forecast.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask the rule of each day."""
        now = timezone.now()
        moments = [now + days * DAY for days in range(DAYS_AHEAD + 1)]
        try:
            with asking():
                steps = forecast(
                    self.audience.rule, moments, counts_from=self.audience.counts_from
                )
        except NoAnswer as error:
            return super().get_context_data(problem=str(error), **kwargs)
        most = max((max(step.entering, step.leaving) for step in steps), default=0)
        return super().get_context_data(
            steps=[
                {
                    "step": step,
                    "entering": 100 * step.entering / (most or 1),
                    "leaving": 100 * step.leaving / (most or 1),
                }
                for step in steps
            ],
            changes=sum(step.entering + step.leaving for step in steps),
            **kwargs,
        )


register_pages(
    [
        path(
            "audiences/audience/<int:pk>/almost/",
            admin.site.admin_view(NearlyPage.as_view()),
            name="audiences_nearly",
        ),
        path(
            "audiences/audience/<int:pk>/almost/results/",
            admin.site.admin_view(NearlyPage.as_view(results_only=True)),
            name="audiences_nearly_results",
        ),
        path(
            "audiences/audience/<int:pk>/forecast/",
            admin.site.admin_view(ForecastPage.as_view(results_only=True)),
            name="audiences_forecast",
        ),
    ]
)
