"""An audience: its size, its members, who entered and left, and what needs it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.urls import path, reverse
from django.utils import timezone

from audiences import catalog, selection, usage
from audiences.admin.audience_base import OneAudiencePage
from audiences.admin.member_columns import CHUNK, member_rows, read_columns
from audiences.admin.past import history_context
from audiences.models import (
    Audience,
    AudienceRefresh,
    Membership,
    MembershipChange,
    Trait,
)
from audiences.models.membership import Change
from contacts.admin.base import (
    Crumb,
    CsvExportMixin,
    WorkProgressPage,
    progress_context,
)
from contacts.admin.site import register_pages
from contacts.models.work import WorkState
from contacts.templatetags.greenlight import ago

PAGE_SIZE = 25
PROGRESS_URL = "admin:audiences_refresh_progress"


class AudiencePage(CsvExportMixin, OneAudiencePage):
    """
    The page of an audience; its results are the members, or the ledger with ``?show=changes``.

    Members can be searched by the beginning of their address or name, and exported.
    """

    title = "Audience"
    tab = "audiences_audience_change"
    shows_people = False
    csv_shows_people = True
    template_name = "audiences/audience.html"
    results_template_name = "audiences/_members.html"

    def find_row(self) -> None:
        """Find the audience, and what its file is called and holds."""
        super().find_row()
        self.csv_name = self.audience.name
        self.columns = read_columns(self.request.GET)
        self.csv_headers = self.columns.headers()

    def get_title(self) -> str:
        """Name the audience."""
        return self.audience.name

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Audiences", reverse("admin:audiences_audience_changelist"))]

    def get_members(self) -> QuerySet[Membership]:
        """Select the members that are searched for, the latest first."""
        return search(
            Membership.objects.filter(audience=self.audience).select_related("contact"),
            self.request.GET.get("q", ""),
        ).order_by("-entered_at", "-pk")

    def get_changes(self) -> QuerySet[MembershipChange]:
        """Select the entries and exits that are searched for, the latest first."""
        return search(
            MembershipChange.objects.filter(audience=self.audience).select_related(
                "contact"
            ),
            self.request.GET.get("q", ""),
        ).order_by("-changed_at", "-pk")

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List the members for the file."""
        members = self.get_members().iterator(chunk_size=CHUNK)
        return member_rows(members, self.columns, as_of=timezone.now())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Collect the results, and for the whole page what is around them."""
        shows_changes = self.request.GET.get("show") == "changes"
        rows = self.get_changes() if shows_changes else self.get_members()
        context = {
            "shows_changes": shows_changes,
            "query": self.request.GET.get("q", ""),
            "page_obj": Paginator(rows, PAGE_SIZE).get_page(
                self.request.GET.get("page")
            ),
            "results_url": reverse(
                "admin:audiences_members_results", args=[self.audience.pk]
            ),
            **kwargs,
        }
        if not self.results_only:
            context |= self.get_surroundings(timezone.now())
        return super().get_context_data(**context)

    def get_surroundings(self, now: datetime) -> dict[str, Any]:
        """Collect the sentence, the numbers, the chart, the uses and the filling."""
        filling = self.audience.refreshes.order_by("pk").last()
        context = {
            "sentence": selection.describe_saved(self.audience.rule),
            "refreshed": f"looked up {ago(self.audience.refreshed_at)}"
            if self.audience.refreshed_at
            else "not looked up yet",
            "uses": usage.uses_of(self.audience),
            "attributes": catalog.attributes(),
            "traits": list(Trait.objects.order_by("name").values("pk", "name")),
            **history_context(self.audience, now, self.request.GET.get("span", "")),
            **recent(self.audience, now),
        }
        if filling and filling.state != WorkState.DONE:
            context |= progress_context(
                filling,
                url_name=PROGRESS_URL,
                may_stop=self.user.has_perm(RefreshProgressPage.stop_permission),
                now=now,
            )
        return context


class RefreshProgressPage(WorkProgressPage):
    """How far the filling of an audience is."""

    model = AudienceRefresh
    url_name = PROGRESS_URL
    permission_required = ("audiences.view_audience",)
    stop_permission = "audiences.change_audience"


def search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Keep rows whose contact's address or name begins with each of the words."""
    for word in text.replace("\0", "").split():
        rows = rows.filter(
            Q(contact__email__startswith=word.lower())
            | Q(contact__first_name__istartswith=word)
            | Q(contact__last_name__istartswith=word)
        )
    return rows


def recent(audience: Audience, now: datetime) -> dict[str, int]:
    """Count who entered and left in the last week; one query."""
    entered = Count("pk", filter=Q(change=Change.ENTERED))
    left = Count("pk", filter=Q(change=Change.LEFT))
    return MembershipChange.objects.filter(
        audience=audience, changed_at__gt=now - timedelta(days=7)
    ).aggregate(entered=entered, left=left)


register_pages(
    [
        path(
            "audiences/audience/<int:pk>/change/",
            admin.site.admin_view(AudiencePage.as_view()),
            name="audiences_audience_change",
        ),
        path(
            "audiences/audience/<int:pk>/members/",
            admin.site.admin_view(
                AudiencePage.as_view(results_only=True, shows_people=True)
            ),
            name="audiences_members_results",
        ),
        path(
            "audiences/refresh/<int:pk>/",
            admin.site.admin_view(RefreshProgressPage.as_view()),
            name="audiences_refresh_progress",
        ),
    ]
)
