"""The first steps of the wizard: choose a list, add files, pasted rows and typed emails."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from contacts import lists
from contacts.admin.imports.forms import ListForm
from contacts.admin.imports.wizard import Stage, WizardPage, columns_link, page_of
from contacts.imports import batches, runs
from contacts.imports.uploads import MAX_BYTES, UploadRefused
from contacts.models import ImportBatch, ImportRun

SAMPLE = (
    "Email,First Name,Last Name,Language,Time zone,Plan\r\n"
    "ben.carter@example.com,Ben,Carter,en,Europe/London,Pro\r\n"
    "ana.ruiz@example.com,Ana,Ruiz,es,Europe/Madrid,Pro\r\n"
    "yuki.tanaka@example.com,友紀,田中,ja,Asia/Tokyo,Free\r\n"
    "max.weber@example.com,Max,Weber,de,Europe/Berlin,Pro\r\n"
)


@require_GET
def download_sample(request: HttpRequest) -> HttpResponse:
    """Hand out a small file that shows how an import looks; holds nobody's data."""
    return HttpResponse(
        "\ufeff" + SAMPLE,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="sample-contacts.csv"'},
    )


class ImportStartPage(WizardPage):
    """Choose the list that the contacts join, or create it."""

    template_name = "contacts/import/start.html"
    http_method_names = ["get", "post"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, with the list that the marketer comes from."""
        form = kwargs.pop("form", None)
        if form is None:
            form = ListForm(initial={"contact_list": self.request.GET.get("list")})
        return super().get_context_data(form=form, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start the import."""
        form = ListForm(request.POST)
        if not form.is_valid():
            return self.show(form=form)
        now = timezone.now()
        chosen = form.cleaned_data["contact_list"] or lists.create_list(
            name=form.cleaned_data["name"], user=self.user, now=now
        )
        run = runs.start_import(contact_list=chosen, user=self.user, now=now)
        return self.go(reverse("admin:contacts_import_collect", args=[run.pk]))


class ImportCollectPage(WizardPage):
    """Add contacts in any mix: a file, pasted rows, typed emails; remove what is too much."""

    template_name = "contacts/import/collect.html"
    results_template_name = "contacts/import/_collect.html"
    http_method_names = ["get", "post"]
    stages = frozenset([Stage.COLLECTING, Stage.CHECKING, Stage.CHECKED])
    step = 2

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the batches, each with what earlier imports say about it."""
        run = kwargs.pop("run", None) or self.get_run()
        shown: list[dict[str, Any]] = [
            {
                "batch": batch,
                "columns_link": columns_link(batch),
                "earlier": batches.earlier_imports(batch),
            }
            for batch in run.batches.order_by("pk")
        ]
        unmapped = next((row for row in shown if row["batch"].mapped_at is None), None)
        return super().get_context_data(
            run=run, batches=shown, unmapped=unmapped, **kwargs
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add what was given, or remove a batch."""
        run = self.get_run()
        actions: dict[str, Callable[[ImportRun], HttpResponse]] = {
            "file": self.add_file,
            "paste": self.add_pasted,
            "type": self.add_typed,
            "remove": self.remove,
            "discard": self.discard,
        }
        action = actions.get(request.POST.get("action", ""))
        try:
            return action(run) if action else self.answer(run)
        except UploadRefused as error:
            return self.answer(run, error=str(error))
        except batches.ImportClosed:
            return self.go(page_of(run))

    def answer(self, run: ImportRun, error: str = "") -> HttpResponse:
        """Show the batches anew, and what was wrong."""
        self.results_only = bool(self.request.headers.get("HX-Request"))
        return self.show(run=run, error=error, posted=self.request.POST)

    def add_file(self, run: ImportRun) -> HttpResponse:
        """Add a file, then map its columns."""
        upload = self.request.FILES.get("file")
        if upload is None or isinstance(upload, list):
            raise UploadRefused("Choose a file first.")
        if (upload.size or 0) > MAX_BYTES:
            raise UploadRefused(
                "The file is larger than 200 MB. Split it and import the parts one after "
                "the other."
            )
        batch = batches.add_file(
            run=run,
            name=upload.name or "File",
            chunks=upload.chunks(1 << 20),
            now=timezone.now(),
        )
        return self.go(columns_link(batch))

    def add_pasted(self, run: ImportRun) -> HttpResponse:
        """Add pasted rows, then map their columns."""
        text = self.request.POST.get("text", "")
        if not text.strip():
            raise UploadRefused("Paste some rows first.")
        batch = batches.add_pasted(run=run, text=text, now=timezone.now())
        return self.go(columns_link(batch))

    def add_typed(self, run: ImportRun) -> HttpResponse:
        """Add typed emails; they need no mapping."""
        batches.add_typed(
            run=run, text=self.request.POST.get("emails", ""), now=timezone.now()
        )
        return self.go(self.request.path)

    def remove(self, run: ImportRun) -> HttpResponse:
        """Remove a batch."""
        number = self.request.POST.get("batch", "")
        batch = (
            ImportBatch.objects.filter(import_run=run, pk=number).first()
            if number.isdigit()
            else None
        )
        if batch is not None:
            batches.remove_batch(batch=batch)
        return self.go(self.request.path)

    def discard(self, run: ImportRun) -> HttpResponse:
        """Throw the import away."""
        runs.discard_import(run=run)
        messages.info(self.request, "The import was discarded. Nothing was changed.")
        return self.go(reverse("admin:contacts_importrun_changelist"))
