"""An audience at another time: its history, its size as of a past moment, and who was in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.urls import path, reverse
from django.utils import timezone

from audiences.admin.audience_base import (
    NoAnswer,
    OneAudiencePage,
    asking,
    read_as_of,
)
from audiences.explain.past import (
    SIDES,
    Period,
    Then,
    begins_at,
    count_then,
    history,
    people_then,
    sample_moments,
    size_then,
)
from audiences.explain.reasons import reasons_of
from audiences.models import Audience
from contacts.admin.site import register_pages
from contacts.models import Contact

PAGE_SIZE = 25
SPANS = {"30": "30 days", "90": "90 days", "365": "1 year", "all": "All"}
# Of the curve of today's rule: so many moments, each of which is a look at everybody. No
# moment is begun after so long.
SAMPLES = 13
FEWEST_COLUMNS = 14
SECONDS = timedelta(seconds=10)


class PeopleThen(Sequence[Contact]):
    """Those on a side, of whom only a page is ever looked up."""

    def __init__(self, length: int, audience: Audience, at: datetime, side: str):
        self.length = length
        self.asked = (audience, at, side)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, wanted: Any) -> Any:
        """Look up a page."""
        start, stop, _ = wanted.indices(self.length)
        return people_then(*self.asked, offset=start, size=stop - start)


class PastPage(OneAudiencePage):
    """The history by the ledger, and both answers as of a past moment."""

    tab = "audiences_past"
    title = "Time travel"
    shows_people = False
    template_name = "audiences/past.html"

    def get_title(self) -> str:
        """Name the audience."""
        return f"“{self.audience.name}” at other times"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Recall the history, and count as of the moment that is asked about."""
        now = timezone.now()
        as_of = read_as_of(self.request.GET.get("as_of", ""))
        span = self.request.GET.get("span", "")
        context = {
            **history_context(self.audience, now, span),
            "as_of": as_of,
            "is_ahead": as_of is not None and as_of > now,
            **kwargs,
        }
        if as_of is not None and as_of <= now:
            context |= self.collect_then(as_of)
        return super().get_context_data(**context)

    def collect_then(self, as_of: datetime) -> dict[str, Any]:
        """Count both sides, and list who was on the one that is chosen, for who may see."""
        try:
            with asking():
                return self.look_at(as_of)
        except NoAnswer as error:
            return {"problem": str(error)}

    def look_at(self, as_of: datetime) -> dict[str, Any]:
        """Ask the rule and the ledger."""
        then = count_then(self.audience, as_of)
        side = self.request.GET.get("side", "")
        side = side if side in SIDES else largest_side(then)
        context: dict[str, Any] = {"then": then, "side": side}
        if then.rule or then.ledger:
            context["reasons"] = reasons_of(self.audience, as_of)
        if self.may_see_people:
            people = PeopleThen(getattr(then, side), self.audience, as_of, side)
            context["page_obj"] = Paginator(people, PAGE_SIZE).get_page(
                self.request.GET.get("page")
            )
        return context


class RuleCurvePage(OneAudiencePage):
    """The size of today's rule at some moments of the past; numbers only."""

    title = "Today's rule over time"
    shows_people = False
    results_template_name = "audiences/_rule_curve.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask the rule of moment after moment, as long as there is time."""
        now = timezone.now()
        span = self.request.GET.get("span", "")
        start = now - timedelta(
            days=int(span) if span in SPANS and span != "all" else 90
        )
        if span == "all":
            start = begins_at(self.audience) or start
        points: list[dict[str, Any]] = []
        moments = sample_moments(start, now, SAMPLES)
        try:
            for at in reversed(moments):
                with asking():
                    size = size_then(self.audience, at)
                points.insert(0, {"at": at, "size": size})
                if timezone.now() - now > SECONDS:
                    break
        except NoAnswer as error:
            if not points:
                return super().get_context_data(problem=str(error), **kwargs)
        most = max(point["size"] for point in points) or 1
        for place, point in enumerate(points):
            point["height"] = max(100 * point["size"] / most, 0.5)
            point["x"] = place * 10
        return super().get_context_data(
            points=points, is_cut=len(points) < len(moments), **kwargs
        )


def history_context(audience: Audience, now: datetime, span: str) -> dict[str, Any]:
    """Collect what ``audiences/_history.html`` draws; one query."""
    span = span if span in SPANS else "90"
    periods = history(audience, now, days=None if span == "all" else int(span))
    return {
        "span": span,
        "spans": SPANS,
        "history_url": reverse("admin:audiences_history", args=[audience.pk]),
        **draw(periods),
    }


def draw(periods: Sequence[Period]) -> dict[str, Any]:
    """
    Place sizes as columns, and entries above and exits below a line.

    A short history stands at the right, where today is; its columns are no wider for it.
    """
    room = max(FEWEST_COLUMNS - len(periods), 0)
    most = max((period.size for period in periods), default=0) or 1
    moved = max((max(one.entered, one.left) for one in periods), default=0) or 1
    return {
        "periods": [
            {
                "period": one,
                "is_day": one.since == one.until,
                "x": (room + place) * 10,
                "height": 100 * one.size / most,
                "entered": 30 * one.entered / moved,
                "left": 30 * one.left / moved,
            }
            for place, one in enumerate(periods)
        ],
        "chart_width": 10 * (room + len(periods)),
        "most": most,
    }


def largest_side(then: Then) -> str:
    """Choose the side on which there is a difference to see, else who is on both."""
    if not then.rule and not then.ledger:
        return "both"
    return "ledger" if then.ledger >= then.rule else "rule"


class HistoryPage(OneAudiencePage):
    """The history alone, when another span is chosen."""

    title = "Size over time"
    shows_people = False
    results_template_name = "audiences/_history.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Draw it."""
        span = self.request.GET.get("span", "")
        return super().get_context_data(
            **history_context(self.audience, timezone.now(), span), **kwargs
        )


register_pages(
    [
        path(
            "audiences/audience/<int:pk>/time/",
            admin.site.admin_view(PastPage.as_view()),
            name="audiences_past",
        ),
        path(
            "audiences/audience/<int:pk>/time/history/",
            admin.site.admin_view(HistoryPage.as_view(results_only=True)),
            name="audiences_history",
        ),
        path(
            "audiences/audience/<int:pk>/time/curve/",
            admin.site.admin_view(RuleCurvePage.as_view(results_only=True)),
            name="audiences_rule_curve",
        ),
    ]
)
