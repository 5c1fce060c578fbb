"""Generations: friends of friends, and whether a program goes on by itself."""

import json
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from contacts.admin.base import AdminPage, Crumb, CsvExportMixin
from contacts.admin.site import register_pages
from contacts.models import Contact
from referrals.generations import (
    ADVOCATES,
    PEOPLE,
    RING,
    WINDOWS,
    WON,
    Report,
    people_of,
    report,
)
from referrals.models import Program
from referrals.money import say_money

PAGE_SIZE = 50
TITLES = {
    PEOPLE: "People of generation {number}",
    ADVOCATES: "Of generation {number}, who brought friends",
    WON: "Of generation {number}, who ordered",
    RING: "People who refer each other in a circle",
}


class GenerationsMixin:
    """The program and the window that were chosen."""

    request: Any

    @cached_property
    def programs(self) -> list[Program]:
        """All programs, the newest first."""
        return list(Program.objects.order_by("-created_at", "-pk"))

    @cached_property
    def program(self) -> Program | None:
        """The program that was chosen, or else the newest."""
        word = self.request.GET.get("program", "")
        chosen = (one for one in self.programs if str(one.pk) == word)
        return next(chosen, self.programs[0] if self.programs else None)

    @cached_property
    def window(self) -> int:
        """The window in days that was chosen."""
        word = self.request.GET.get("window", "")
        return next((days for days in WINDOWS if str(days) == word), 90)


class GenerationsPage(GenerationsMixin, CsvExportMixin, AdminPage):
    """A line for each generation, and what one person brings."""

    title = "Generations"
    shows_people = False
    permission_required = ("referrals.view_referral",)
    template_name = "referrals/generations.html"
    csv_name = "generations"
    csv_headers = {
        "generation": "Generation",
        "people": "People",
        "advocates": "Brought friends",
        "won": "Ordered",
        "revenue": "Revenue",
        "cohort": "Cohort",
        "invites": "Shares",
        "brought": "Friends won",
        "k": "k",
        "cycle_days": "Days until the first share",
    }

    @cached_property
    def report(self) -> Report | None:
        """Count."""
        if self.program is None:
            return None
        return report(self.program, window_days=self.window, now=timezone.now())

    def get_csv_rows(self) -> list[dict[str, Any]]:
        """List the generations."""
        return [
            {
                "generation": row.number,
                "people": row.people,
                "advocates": row.advocates,
                "won": row.won,
                "revenue": ", ".join(say_money(*amount) for amount in row.revenue),
                "cohort": row.cohort,
                "invites": row.invites,
                "brought": row.brought,
                "k": "" if row.k is None else f"{row.k:.3f}",
                "cycle_days": "" if row.cycle_days is None else f"{row.cycle_days:.1f}",
            }
            for row in (self.report.generations if self.report else [])
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the numbers."""
        found = self.report
        rows = found.generations if found else []
        return super().get_context_data(
            programs=self.programs,
            program=self.program,
            windows=WINDOWS,
            window=self.window,
            report=found,
            rows=[
                (row, [say_money(*amount) for amount in row.revenue]) for row in rows
            ],
            most=max((row.people for row in rows), default=0),
            chart=draw(found) if found and len(rows) > 1 else "",
            people_url=reverse("admin:referrals_generations_people"),
            **kwargs,
        )


class GenerationPeoplePage(GenerationsMixin, CsvExportMixin, AdminPage):
    """The people behind a number."""

    title = "People"
    permission_required = ("referrals.view_referral",)
    template_name = "referrals/generation_people.html"
    csv_name = "generation"
    csv_shows_people = True
    csv_headers = {"name": "Name", "email": "Email"}

    @cached_property
    def who(self) -> str:
        """Which number is meant."""
        word = self.request.GET.get("who", PEOPLE)
        if word not in TITLES or self.program is None:
            raise Http404("No report has such a number.")
        return str(word)

    @cached_property
    def number(self) -> int:
        """Which generation is meant."""
        text = self.request.GET.get("generation", "0")
        if not (text.isdecimal() and len(text) < 3):
            raise Http404("There is no such generation.")
        return int(text)

    @cached_property
    def contact_ids(self) -> list[int]:
        """The people, in order."""
        if self.program is None:
            raise Http404("There is no program.")
        return people_of(self.program, generation=self.number, who=self.who)

    def get_title(self) -> str:
        """Name the number."""
        return TITLES[self.who].format(number=self.number)

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the report."""
        page = reverse("admin:referrals_generations")
        chosen = f"?program={self.program.pk}" if self.program else ""
        return [Crumb(GenerationsPage.title, f"{page}{chosen}")]

    def get_csv_rows(self) -> list[dict[str, Any]]:
        """List the people."""
        contacts = Contact.objects.in_bulk(self.contact_ids)
        return [
            {"name": contacts[pk].name, "email": contacts[pk].email}
            for pk in self.contact_ids
            if pk in contacts
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of them."""
        page = Paginator(self.contact_ids, PAGE_SIZE).get_page(
            self.request.GET.get("page")
        )
        found = Contact.objects.in_bulk(list(page.object_list))
        return super().get_context_data(
            program=self.program,
            page_obj=page,
            people=[found[pk] for pk in page.object_list if pk in found],
            **kwargs,
        )


def draw(found: Report) -> str:
    """Write the data of the chart for the theme's Chart.js, as JSON."""
    rows = found.generations
    series = (
        ("People", [row.people for row in rows], "var(--color-primary-300)"),
        (
            "Brought friends",
            [row.advocates for row in rows],
            "var(--color-primary-500)",
        ),
        ("Ordered", [row.won for row in rows], "var(--color-primary-700)"),
    )
    return json.dumps(
        {
            "labels": [f"Generation {row.number}" for row in rows],
            "datasets": [
                {
                    "label": label,
                    "data": counts,
                    "backgroundColor": color,
                    "displayYAxis": True,
                }
                for label, counts, color in series
            ],
        }
    )


register_pages(
    [
        path(
            "referrals/generations/",
            GenerationsPage.as_view(),
            name="referrals_generations",
        ),
        path(
            "referrals/generations/people/",
            GenerationPeoplePage.as_view(),
            name="referrals_generations_people",
        ),
    ]
)
