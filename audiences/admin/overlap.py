"""How up to eight audiences overlap: a chart of every intersection, and who is in one."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404
from django.urls import path, reverse
from django.utils.http import urlencode

from audiences.explain.overlap import (
    MOST_AUDIENCES,
    MOST_SHOWN,
    Intersection,
    intersection,
    intersections,
    people_of,
    read_ids,
)
from audiences.models import Audience
from contacts.admin.base import AdminPage, Crumb
from contacts.admin.site import register_pages

PAGE_SIZE = 25
# Of the chart, in its own units.
COLUMN = 30
BAR = 22
ROW = 30
BARS = 150
LABELS = 24


@dataclass(frozen=True)
class Column:
    """An intersection as a column of the chart, with its links."""

    at: Intersection
    left: int
    bar: int
    x: int
    top: float
    height: float
    dots: list[tuple[int, bool]]
    line: tuple[int, int]
    people_url: str
    save_url: str


class OverlapPage(AdminPage):
    """The chart of intersections, its twin as a table, and the choice of audiences."""

    title = "Overlap of audiences"
    permission_required = ("audiences.view_audience",)
    shows_people = False
    template_name = "audiences/overlap.html"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Audiences", reverse("admin:audiences_audience_changelist"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Count the intersections of those that are chosen; two queries."""
        everything = list(Audience.objects.live().order_by("name", "pk"))
        wanted = read_ids(self.request.GET, "audience")
        chosen = [audience for audience in everything if audience.pk in wanted]
        context = {
            "audiences": everything,
            "chosen": chosen,
            "chosen_ids": {audience.pk for audience in chosen},
            "most": MOST_AUDIENCES,
            "is_too_much": len(chosen) > MOST_AUDIENCES,
            **kwargs,
        }
        if 2 <= len(chosen) <= MOST_AUDIENCES:
            context |= chart_of(chosen)
        return super().get_context_data(**context)


class OverlapPeoplePage(AdminPage):
    """The people of one intersection."""

    title = "In exactly these"
    permission_required = ("audiences.view_audience",)
    template_name = "audiences/overlap_people.html"

    def find_row(self) -> None:
        """Find the audiences and read which of them are meant."""
        wanted = read_ids(self.request.GET, "audience")
        self.chosen = list(
            Audience.objects.live().filter(pk__in=wanted).order_by("name", "pk")
        )
        pattern = self.request.GET.get("pattern", "")
        is_number = pattern.isdecimal() and len(pattern) < 4
        self.pattern = int(pattern) if is_number else 0
        if self.chosen and not 0 < self.pattern < 2 ** len(self.chosen):
            raise Http404("There is no such intersection.")

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the chart."""
        return [
            Crumb("Audiences", reverse("admin:audiences_audience_changelist")),
            Crumb("Overlap", overlap_url(self.chosen)),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Fetch a page of the people; three queries."""
        at = intersection(self.chosen, self.pattern)
        people = people_of(at) if self.chosen else people_of(at).none()
        return super().get_context_data(
            at=at,
            save_url=save_url(at),
            page_obj=Paginator(people, PAGE_SIZE).get_page(
                self.request.GET.get("page")
            ),
            **kwargs,
        )


def chart_of(chosen: list[Audience]) -> dict[str, Any]:
    """Lay the chart out: bars above, a row of dots for each audience below."""
    found = intersections(chosen)
    shown, others = found[:MOST_SHOWN], found[MOST_SHOWN:]
    most = max((one.people for one in shown), default=0) or 1
    columns = [
        _column(one, chosen, place, BARS * one.people / most)
        for place, one in enumerate(shown)
    ]
    return {
        "columns": columns,
        "others": {"kinds": len(others), "people": sum(one.people for one in others)},
        "total": sum(one.people for one in found),
        "rows": [
            {
                "audience": audience,
                "y": BARS + LABELS + ROW * place,
                "middle": BARS + LABELS + ROW * place + ROW // 2,
                "is_odd": place % 2,
            }
            for place, audience in enumerate(chosen)
        ],
        "width": max(COLUMN * len(columns), COLUMN),
        "height": BARS + LABELS + ROW * len(chosen),
        "column": COLUMN,
        "bar": BAR,
        "row_height": ROW,
    }


def _column(
    at: Intersection, chosen: list[Audience], place: int, height: float
) -> Column:
    """Place an intersection in the chart."""
    middles = [BARS + LABELS + ROW * row + ROW // 2 for row in range(len(chosen))]
    dots = [
        (middle, audience in at.inside)
        for middle, audience in zip(middles, chosen, strict=True)
    ]
    filled = [middle for middle, is_inside in dots if is_inside]
    query = [("audience", audience.pk) for audience in chosen]
    return Column(
        at=at,
        left=COLUMN * place,
        bar=COLUMN * place + (COLUMN - BAR) // 2,
        x=COLUMN * place + COLUMN // 2,
        top=BARS + LABELS - 6 - max(height, 1.0),
        height=max(height, 1.0),
        dots=dots,
        line=(min(filled), max(filled)),
        people_url=f"{reverse('admin:audiences_overlap_people')}?"
        + urlencode([*query, ("pattern", at.pattern)]),
        save_url=save_url(at),
    )


def overlap_url(chosen: list[Audience]) -> str:
    """Give the address of the chart of some audiences."""
    query = urlencode([("audience", audience.pk) for audience in chosen])
    return f"{reverse('admin:audiences_overlap')}?{query}"


def save_url(at: Intersection) -> str:
    """Give the address of a new audience with the rule of an intersection."""
    query = [
        *(("in", audience.pk) for audience in at.inside),
        *(("not_in", audience.pk) for audience in at.outside),
    ]
    return f"{reverse('admin:audiences_audience_add')}?{urlencode(query)}"


register_pages(
    [
        path(
            "audiences/overlap/",
            admin.site.admin_view(OverlapPage.as_view()),
            name="audiences_overlap",
        ),
        path(
            "audiences/overlap/people/",
            admin.site.admin_view(OverlapPeoplePage.as_view()),
            name="audiences_overlap_people",
        ),
    ]
)
