"""A funnel in numbers, and the people behind each."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.funnels.report import (
    Group,
    Report,
    count_funnel,
    count_people,
    find_people,
)
from contacts.funnels.stages import Stage, stages_of
from contacts.funnels.way import Period
from contacts.models import Funnel

LIST_URL = "admin:contacts_funnels"
PERIODS = {"30": "30 days", "90": "90 days", "180": "half a year", "365": "1 year"}
DEFAULT_PERIOD = "90"
PEOPLE_PER_PAGE = 25
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class OneFunnelPage(AdminPage):
    """The base of pages about one funnel, named by ``pk`` in the address."""

    permission_required: tuple[str, ...] = ("contacts.view_funnel",)
    shows_people = False

    def find_row(self) -> None:
        """Find the funnel."""
        self.funnel = get_object_or_404(Funnel, pk=self.kwargs["pk"])

    @cached_property
    def stages(self) -> list[Stage]:
        """The stages of the funnel."""
        return stages_of(self.funnel)

    @cached_property
    def word(self) -> str:
        """How many days the page covers."""
        word = self.request.GET.get("period", DEFAULT_PERIOD)
        return word if word in PERIODS else DEFAULT_PERIOD

    @cached_property
    def period(self) -> Period:
        """When people have begun."""
        now = timezone.now()
        return Period(
            since=now - timedelta(days=int(self.word)),
            until=now,
            window=timedelta(days=self.funnel.window_days),
            now=now,
        )

    def get_title(self) -> str:
        """Name the funnel."""
        return self.funnel.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Funnels", reverse(LIST_URL))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the funnel and the period."""
        return super().get_context_data(
            funnel=self.funnel,
            stages=self.stages,
            periods=PERIODS,
            period=self.word,
            **kwargs,
        )


class FunnelPage(CsvExportMixin, OneFunnelPage):
    """A funnel; its numbers come in a part of their own, for they take a while."""

    template_name = "contacts/funnels/funnel.html"
    results_template_name = "contacts/funnels/_report.html"
    csv_name = "funnel"

    @property
    def csv_headers(self) -> dict[str, str]:  # type: ignore[override]  # a property will do
        """Name a column for each stage."""
        names = {f"stage_{n}": stage.name for n, stage in enumerate(self.stages)}
        return {"week": "Week from", **names}

    @cached_property
    def report(self) -> Report:
        """The numbers."""
        return count_funnel(self.stages, self.period)

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List the whole period and its weeks."""
        whole = {f"stage_{n}": row.count for n, row in enumerate(self.report.stages)}
        yield {"week": PERIODS[self.word], **whole}
        for cohort in self.report.cohorts:
            counts = {f"stage_{n}": count for n, count in enumerate(cohort.counts)}
            yield {"week": cohort.week.isoformat(), **counts}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers, in the part."""
        if self.results_only:
            kwargs["report"] = self.report
            kwargs["cohorts"] = [
                (cohort, list(zip(cohort.counts, cohort.ratios, strict=True)))
                for cohort in reversed(self.report.cohorts)
            ]
        return super().get_context_data(**kwargs)


class FunnelPeoplePage(CsvExportMixin, OneFunnelPage):
    """Who stands behind a number of a funnel."""

    shows_people = True
    template_name = "contacts/funnels/people.html"
    results_template_name = "contacts/funnels/_people.html"
    csv_name = "funnel people"

    @property
    def csv_headers(self) -> dict[str, str]:  # type: ignore[override]  # a property will do
        """Name a column for each stage."""
        names = {f"stage_{n}": stage.name for n, stage in enumerate(self.stages)}
        return {"first": "First name", "last": "Last name", "email": "Email", **names}

    @cached_property
    def group(self) -> Group:
        """Read which number was followed."""
        query = self.request.GET
        stage, week = query.get("stage", "1"), query.get("week", "")
        if not stage.isdecimal() or not 1 <= int(stage[:3]) <= len(self.stages):
            raise Http404("There is no such stage.")
        try:
            monday = date.fromisoformat(week) if DAY.fullmatch(week) else None
        except ValueError:
            monday = None
        return Group(int(stage), stayed=query.get("stayed") == "yes", week=monday)

    def get_title(self) -> str:
        """Say who they are."""
        stage = self.stages[self.group.stage - 1].name
        if self.group.stayed and self.group.stage < len(self.stages):
            following = self.stages[self.group.stage].name
            return f"“{stage}” reached, “{following}” not"
        return f"“{stage}” reached"

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the funnel."""
        link = reverse("admin:contacts_funnel", args=[self.funnel.pk])
        return [
            *super().get_breadcrumbs(),
            Crumb(self.funnel.name, f"{link}?period={self.word}"),
        ]

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List everybody."""
        for person in find_people(self.stages, self.period, self.group):
            yield {
                "first": person.contact.first_name,
                "last": person.contact.last_name,
                "email": person.contact.email,
                **{f"stage_{n}": at for n, at in enumerate(person.times)},
            }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of people, in the part."""
        kwargs["group"] = self.group
        if self.results_only:
            total = count_people(self.stages, self.period, self.group)
            page = Paginator(range(total), PEOPLE_PER_PAGE).get_page(
                self.request.GET.get("page")
            )
            kwargs["page_obj"] = page
            kwargs["people"] = find_people(
                self.stages,
                self.period,
                self.group,
                size=PEOPLE_PER_PAGE,
                offset=(page.number - 1) * PEOPLE_PER_PAGE,
            )
        return super().get_context_data(query=self.request.GET.urlencode(), **kwargs)


register_pages(
    [
        path("data/funnels/<int:pk>/", FunnelPage.as_view(), name="contacts_funnel"),
        path(
            "data/funnels/<int:pk>/results/",
            FunnelPage.as_view(results_only=True),
            name="contacts_funnel_results",
        ),
        path(
            "data/funnels/<int:pk>/people/",
            FunnelPeoplePage.as_view(),
            name="contacts_funnel_people",
        ),
        path(
            "data/funnels/<int:pk>/people/results/",
            FunnelPeoplePage.as_view(results_only=True),
            name="contacts_funnel_people_results",
        ),
    ]
)
