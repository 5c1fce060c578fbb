"""The last step: progress, numbers, error files, what to do next, undo."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from contacts.admin.base import AdminPage
from contacts.admin.imports.review import kinds_of, progress_of
from contacts.admin.imports.wizard import Stage, WizardPage, page_of
from contacts.admin.wizards import positive
from contacts.imports import runs
from contacts.imports.classify import count_rows
from contacts.imports.consequences import next_steps
from contacts.imports.report import error_file, has_errors
from contacts.imports.review import read_page, select_rows
from contacts.models import ContactList, ImportBatch, ImportRun
from contacts.models.import_run import KEPT_FOR

UNDO_LABELS = {
    "removed": "contacts removed",
    "restored": "contacts given back their earlier values",
    "taken_off_list": "contacts taken off the list",
    "permissions_taken_back": "permissions taken back",
    "kept_active": "contacts kept, because something has happened to them since",
    "kept_changed": "contacts kept as they are, because somebody changed them since",
}


class ImportResultPage(WizardPage):
    """What became of a confirmed import; go on, or undo it."""

    template_name = "contacts/import/result.html"
    results_template_name = "contacts/import/_rows.html"
    permission_required = ("contacts.view_importrun",)
    http_method_names = ["get", "post"]
    stages = frozenset([Stage.COMMITTING, Stage.COMMITTED, Stage.UNDOING, Stage.UNDONE])
    step = 6

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add progress, or numbers and what can be done."""
        run = self.get_run()
        context: dict[str, Any] = {
            "run": run,
            "is_working": not run.is_over,
            "undo_lines": [
                (run.undo_report[key], label)
                for key, label in UNDO_LABELS.items()
                if run.undo_report.get(key)
            ],
            **progress_of(run, self.user),
            **self.rows_of(run),
        }
        if run.is_over and not self.results_only:
            context |= self.numbers_of(run)
        return super().get_context_data(**context, **kwargs)

    def numbers_of(self, run: ImportRun) -> dict[str, Any]:
        """Collect the numbers and the files of an import at rest."""
        counts = run.counts if run.stage != Stage.COMMITTING else count_rows(run)
        return {
            "kinds": kinds_of(counts),
            "error_batches": [
                batch for batch in run.batches.order_by("pk") if has_errors(batch)
            ]
            if run.purged_at is None
            else [],
            "may_undo": run.may_undo(timezone.now()),
            "undo_until": run.confirmed_at + KEPT_FOR if run.confirmed_at else None,
            "next_steps": next_steps(run.contact_list) if run.contact_list else [],
            "list_link": reverse(
                "admin:contacts_contactlist_change", args=[run.contact_list_id]
            )
            if run.contact_list_id and admin.site.is_registered(ContactList)
            else "",
        }

    def rows_of(self, run: ImportRun) -> dict[str, Any]:
        """Read the rows of the kind that the address asks for."""
        kind = self.request.GET.get("kind", "")
        after = positive(self.request.GET.get("after"))
        page = read_page(run, select_rows(run, state=kind), after=after)
        return {
            "page": page,
            "kind": kind,
            "after": after,
            "rows_link": reverse("admin:contacts_import_result_rows", args=[run.pk]),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Undo, or go on where the import was stopped."""
        if not request.user.has_perm("contacts.add_importrun"):
            return self.handle_no_permission()
        run = self.get_run()
        if request.POST.get("action") == "undo":
            runs.undo_import(run=run, user=self.user, now=timezone.now())
        elif request.POST.get("action") == "resume":
            runs.resume_import(run=run, now=timezone.now())
        return self.go(page_of(self.get_run()))


class ImportErrorsPage(AdminPage):
    """The rows of a batch that were set aside, as a file like the upload."""

    title = "Error file"
    permission_required = ("contacts.view_importrun",)
    http_method_names = ["get"]

    def get(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> StreamingHttpResponse:
        """Stream the file."""
        batch = get_object_or_404(
            ImportBatch.objects.filter(import_run__purged_at=None),
            pk=kwargs["batch"],
            import_run_id=kwargs["pk"],
        )
        if not has_errors(batch):
            raise Http404("No rows were set aside, or their file is deleted.")
        stem = slugify(batch.name.rsplit(".", 1)[0]) or "import"
        content: Iterator[bytes] = error_file(batch)
        return StreamingHttpResponse(
            content,
            content_type=f"text/csv; charset={batch.encoding}",
            headers={
                "Content-Disposition": f'attachment; filename="{stem}-errors.csv"'
            },
        )
