"""The base of the pages about one audience, and the tabs that lead from one to another."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from audiences.conditions.errors import ConditionError
from audiences.models import Audience
from audiences.previews.limits import TookTooLong, limited
from contacts.admin.base import AdminPage, Crumb


@dataclass(frozen=True)
class Tab:
    """A page of an audience."""

    title: str
    link: str
    is_current: bool


# Title, name of the address, and whether the page is for who may see people.
TABS = (
    ("Members", "audiences_audience_change", False),
    ("Why?", "audiences_why", True),
    ("Almost there", "audiences_nearly", True),
    ("Time travel", "audiences_past", False),
    ("Versions", "audiences_versions", False),
    ("Connections", "audiences_graph", False),
)


class NoAnswer(Exception):
    """A rule can't be asked now; the text says why, for people."""


@contextmanager
def asking() -> Iterator[None]:
    """
    Ask a rule of everybody, for as long as a page may take.

    :raises NoAnswer: if it can't be understood any more, or takes longer
    """
    try:
        with limited():
            yield
    except ConditionError as error:
        raise NoAnswer(error.message) from error
    except TookTooLong as error:
        raise NoAnswer(
            "This takes longer than a page waits. Try again when less is going on."
        ) from error


class OneAudiencePage(AdminPage):
    """
    The base of pages about one audience, named by ``pk`` in the address.

    ``tab`` is the name of the address of the tab under which the page is.
    """

    permission_required = ("audiences.view_audience",)
    tab = ""

    def find_row(self) -> None:
        """Find the audience."""
        self.audience = get_object_or_404(Audience, pk=self.kwargs["pk"])

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list and to the audience."""
        return [
            Crumb("Audiences", reverse("admin:audiences_audience_changelist")),
            Crumb(
                self.audience.name,
                reverse("admin:audiences_audience_change", args=[self.audience.pk]),
            ),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the audience and its tabs."""
        context = {"audience": self.audience, **kwargs}
        if not self.results_only:
            context["tabs"] = tabs_of(
                self.audience, self.tab, sees_people=self.may_see_people
            )
        return super().get_context_data(**context)


def tabs_of(audience: Audience, current: str, *, sees_people: bool) -> list[Tab]:
    """List the pages of an audience that are for the user."""
    return [
        Tab(title, reverse(f"admin:{name}", args=[audience.pk]), name == current)
        for title, name, shows_people in TABS
        if sees_people or not shows_people
    ]


def read_as_of(text: str) -> datetime | None:
    """
    Read a moment from the field of a form, by the clock of the site; None for none.

    :raises Http404: if it is no moment
    """
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or not 1970 < found.year < 2999:
        raise Http404("There is no such moment.")
    return timezone.make_aware(found) if timezone.is_naive(found) else found
