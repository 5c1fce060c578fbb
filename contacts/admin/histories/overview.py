"""The imports of past events: who, when, what, how it went; and where the pages are mounted."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from contacts.admin.base import ListAdmin
from contacts.admin.histories.outcome import (
    HistoryErrorsPage,
    HistoryProgressPage,
    HistoryResultPage,
    HistoryReviewPage,
)
from contacts.admin.histories.prepare import (
    HistoryColumnsPage,
    HistoryDiscardPage,
    HistoryReadingPage,
    HistoryStartPage,
    download_sample,
)
from contacts.admin.histories.wizard import page_of
from contacts.admin.site import register_pages
from contacts.models import HistoryRun, HistoryState
from contacts.templatetags.greenlight import ago, badge, number

TONES = {
    HistoryRun.Stage.READING: "idle",
    HistoryRun.Stage.CHECKED: "warn",
    HistoryRun.Stage.COMMITTED: "good",
    HistoryRun.Stage.UNDONE: "idle",
}
ROOT = "contacts/historyrun"
RUN = f"{ROOT}/<int:pk>"


@admin.register(HistoryRun)
class HistoryRunAdmin(ListAdmin):
    """Imports of past events, newest first; a row leads to where the import goes on."""

    list_display = ("name", "source", "when", "by", "progress", "rows")
    list_select_related = ("source", "created_by")
    list_filter = ("stage",)
    search_fields = ("name",)
    ordering = ("-created_at", "-pk")
    change_list_template = "contacts/history/list.html"
    export_fields = ("id", "name", "created_at", "created_by", "stage", "row_count")

    empty_title = "No past events imported yet"
    empty_text = (
        "Orders, sign-ups, logins: what happened before you came here, from a CSV file or from "
        "JSON lines. Audiences know it at once, and nobody is asked because of it."
    )
    empty_link_title = "Import past events"
    empty_url_name = "admin:contacts_history_start"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Imports begin in the wizard."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: HistoryRun | None = None
    ) -> bool:
        """Imports are changed by the wizard."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: HistoryRun | None = None
    ) -> bool:
        """Imports are undone or discarded, and remembered."""
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Go to the page where the import goes on."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(
            page_of(get_object_or_404(HistoryRun, pk=object_id))
        )

    @admin.display(description="Started", ordering="created_at")
    def when(self, run: HistoryRun) -> str:
        """Say when it was started."""
        return ago(run.created_at)

    @admin.display(description="By")
    def by(self, run: HistoryRun) -> str:
        """Name who started it."""
        return str(run.created_by) if run.created_by else "–"

    @admin.display(description="Status", ordering="stage")
    def progress(self, run: HistoryRun) -> SafeString:
        """Say how far it is."""
        if run.is_stopped:
            return badge(f"{run.get_stage_display()}, stopped", "bad")
        return badge(
            run.get_stage_display(), TONES.get(HistoryRun.Stage(run.stage), "info")
        )

    @admin.display(description="Rows", ordering="row_count")
    def rows(self, run: HistoryRun) -> str | SafeString:
        """Give the counts that are not zero."""
        counts = [
            (number(run.counts[state]), label.lower())
            for state, label in HistoryState.choices
            if run.counts.get(state)
        ]
        return format_html_join(" · ", "{} {}", counts) if counts else "–"


register_pages(
    [
        path(f"{ROOT}/new/", HistoryStartPage.as_view(), name="contacts_history_start"),
        path(
            f"{ROOT}/sample.csv",
            admin.site.admin_view(download_sample),
            name="contacts_history_sample",
        ),
        *(
            path(f"{RUN}/{place}/", page, name=f"contacts_history_{name}")
            for place, name, page in (
                ("columns", "columns", HistoryColumnsPage.as_view()),
                ("reading", "reading", HistoryReadingPage.as_view()),
                ("discard", "discard", HistoryDiscardPage.as_view()),
                ("review", "review", HistoryReviewPage.as_view()),
                (
                    "review/rows",
                    "review_rows",
                    HistoryReviewPage.as_view(results_only=True),
                ),
                ("result", "result", HistoryResultPage.as_view()),
                (
                    "result/rows",
                    "result_rows",
                    HistoryResultPage.as_view(results_only=True),
                ),
                ("errors", "errors", HistoryErrorsPage.as_view()),
                ("progress", "progress", HistoryProgressPage.as_view()),
            )
        ),
    ]
)
