"""The history of imports: who, when, what, how it went."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from contacts.admin.base import ListAdmin
from contacts.admin.imports.wizard import page_of
from contacts.models import ImportRun, RowState
from contacts.templatetags.greenlight import ago, badge, number

TONES = {
    ImportRun.Stage.COLLECTING: "idle",
    ImportRun.Stage.CHECKED: "warn",
    ImportRun.Stage.COMMITTED: "good",
    ImportRun.Stage.UNDONE: "idle",
}


@admin.register(ImportRun)
class ImportRunAdmin(ListAdmin):
    """Imports, newest first; a row leads to the page where the import goes on."""

    list_display = ("files", "into", "when", "by", "progress", "rows")
    list_select_related = ("contact_list", "created_by")
    list_filter = ("stage",)
    search_fields = ("batches__name", "contact_list__name")
    ordering = ("-created_at", "-pk")
    export_fields = (
        "id",
        "created_at",
        "created_by",
        "contact_list",
        "stage",
        "row_count",
        "confirmed_at",
        "confirmed_by",
        "consent_statement",
        "undone_at",
    )
    change_list_template = "contacts/import/history.html"
    empty_title = "No imports yet"
    empty_text = (
        "Bring in the people you already know: a CSV file, rows from a spreadsheet, or a few "
        "emails. Nothing is changed before you have seen and confirmed it."
    )
    empty_link_title = "Import contacts"
    empty_url_name = "admin:contacts_import_start"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        """Fetch the batches with their imports."""
        return super().get_queryset(request).prefetch_related("batches")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Imports are added by the wizard."""
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: ImportRun | None = None
    ) -> bool:
        """Imports are changed by the wizard."""
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ImportRun | None = None
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
        run = get_object_or_404(ImportRun, pk=object_id)
        return HttpResponseRedirect(page_of(run))

    @admin.display(description="Contacts from")
    def files(self, run: ImportRun) -> str:
        """Name what was imported."""
        names = [batch.name for batch in run.batches.all()]
        if not names:
            return "Nothing added yet"
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        return f"{names[0]}{more}"

    @admin.display(description="List", ordering="contact_list__name")
    def into(self, run: ImportRun) -> str:
        """Name the list."""
        return str(run.contact_list) if run.contact_list else "A deleted list"

    @admin.display(description="Started", ordering="created_at")
    def when(self, run: ImportRun) -> str:
        """Say when it was started."""
        return ago(run.created_at)

    @admin.display(description="By")
    def by(self, run: ImportRun) -> str:
        """Name who started it."""
        return str(run.created_by) if run.created_by else "–"

    @admin.display(description="Status", ordering="stage")
    def progress(self, run: ImportRun) -> SafeString:
        """Say how far it is."""
        if run.is_stopped:
            return badge(f"{run.get_stage_display()}, stopped", "bad")
        return badge(
            run.get_stage_display(), TONES.get(ImportRun.Stage(run.stage), "info")
        )

    @admin.display(description="Rows", ordering="row_count")
    def rows(self, run: ImportRun) -> str | SafeString:
        """Give the counts that are not zero."""
        counts = [
            (number(run.counts[state]), label.lower())
            for state, label in RowState.choices
            if run.counts.get(state)
        ]
        return format_html_join(" · ", "{} {}", counts) if counts else "–"
