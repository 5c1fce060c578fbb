"""The versions of an audience: what changed, by whom, and the way back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone

from audiences import definitions, selection
from audiences.admin.audience_base import OneAudiencePage
from audiences.conditions.errors import ConditionError
from audiences.explain.differences import compare_or_say_why
from audiences.models import AudienceVersion, Telling
from contacts.admin.site import register_pages


@dataclass(frozen=True)
class Row:
    """A version as the page shows it; the newest is what runs."""

    number: int
    rule: Any
    counts_from: datetime | None
    size: int | None
    at: datetime | None
    by: str
    sentence: str
    is_current: bool


class VersionsPage(OneAudiencePage):
    """All versions, and the difference between two of them."""

    tab = "audiences_versions"
    title = "Versions"
    shows_people = False
    template_name = "audiences/versions.html"

    def get_title(self) -> str:
        """Name the audience."""
        return f"Versions of “{self.audience.name}”"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """List the versions, and compare the two that are asked for; four queries."""
        rows = self.get_rows()
        by_number = {row.number: row for row in rows}
        newer = by_number.get(self.read_number("to"), rows[0])
        before = [row for row in rows if row.number < newer.number]
        older = by_number.get(self.read_number("from"), before[0] if before else None)
        context = {
            "rows": rows,
            "newer": newer,
            "older": older,
            "tellings": Telling.choices,
            **kwargs,
        }
        if older is not None and older != newer:
            lines, problem = compare_or_say_why(older.rule, newer.rule)
            context |= {
                "lines": lines,
                "problem": problem,
                "is_same": all(line.change == "same" for line in lines)
                and older.counts_from == newer.counts_from,
            }
        return super().get_context_data(**context)

    def read_number(self, name: str) -> int:
        """Read the number of a version from the address; 0 for none."""
        text = self.request.GET.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 10 else 0

    def get_rows(self) -> list[Row]:
        """List the versions, the newest first; what runs is one, saved or not."""
        names = selection.all_names()
        kept = self.audience.versions.select_related("created_by").order_by("-number")
        rows = [
            Row(
                number=version.number,
                rule=version.rule,
                counts_from=version.counts_from,
                size=version.size,
                at=version.created_at,
                by=name_of(version.created_by),
                sentence=selection.describe_saved(version.rule, names),
                is_current=version.number == self.audience.rule_version,
            )
            for version in kept
        ]
        if any(row.is_current for row in rows):
            return rows
        current = Row(
            number=self.audience.rule_version,
            rule=self.audience.rule,
            counts_from=self.audience.counts_from,
            size=self.audience.size,
            at=None,
            by="",
            sentence=selection.describe_saved(self.audience.rule, names),
            is_current=True,
        )
        return [current, *rows]


class RestoreVersionPage(OneAudiencePage):
    """Make an earlier rule the rule again: a new version, which is filled like any other."""

    title = "Versions"
    permission_required = ("audiences.change_audience",)
    shows_people = False
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Change the rule, and lead to the audience, where its filling shows."""
        number = kwargs["number"]
        get_object_or_404(AudienceVersion, audience=self.audience, number=number)
        tells = request.POST.get("tells", "")
        try:
            definitions.restore_version(
                self.audience,
                number=number,
                now=timezone.now(),
                tells=tells if tells in Telling.values else Telling.ENTERING,
                user=self.user,
            )
        except ConditionError as error:
            messages.error(
                request, f"Version {number} can't come back: {error.message}"
            )
            return redirect("admin:audiences_versions", self.audience.pk)
        messages.success(request, f"The rule of version {number} runs again.")
        return redirect("admin:audiences_audience_change", self.audience.pk)


def name_of(user: Any) -> str:
    """Name who did it; blank for nobody."""
    return (user.get_full_name() or user.get_username()) if user else ""


register_pages(
    [
        path(
            "audiences/audience/<int:pk>/versions/",
            admin.site.admin_view(VersionsPage.as_view()),
            name="audiences_versions",
        ),
        path(
            "audiences/audience/<int:pk>/versions/<int:number>/restore/",
            admin.site.admin_view(RestoreVersionPage.as_view()),
            name="audiences_version_restore",
        ),
    ]
)
