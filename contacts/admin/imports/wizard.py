"""What the pages of the wizard share: the import, the header of steps, the way between them."""

from typing import Any

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from contacts.admin.base import Crumb
from contacts.admin.wizards import Step, Wizard
from contacts.models import ImportBatch, ImportRun

Stage = ImportRun.Stage


def page_of(run: ImportRun) -> str:
    """Find the page on which an import goes on."""
    if run.has_started_writing:
        return reverse("admin:contacts_import_result", args=[run.pk])
    if run.stage in {Stage.CHECKING, Stage.CHECKED}:
        return reverse("admin:contacts_import_review", args=[run.pk])
    return reverse("admin:contacts_import_collect", args=[run.pk])


def steps_of(run: ImportRun | None) -> list[Step]:
    """List the steps; those behind the marketer can be reached until the import is confirmed."""
    if run is None or run.has_started_writing:
        titles = ["List", "Add contacts", "Columns", "Review", "Confirm", "Result"]
        return [Step(title) for title in titles]
    batch = run.batches.order_by("pk").last()
    checked = run.stage == Stage.CHECKED
    return [
        Step("List"),
        Step("Add contacts", reverse("admin:contacts_import_collect", args=[run.pk])),
        Step("Columns", columns_link(batch) if batch else ""),
        Step(
            "Review",
            reverse("admin:contacts_import_review", args=[run.pk]) if checked else "",
        ),
        Step(
            "Confirm",
            reverse("admin:contacts_import_confirm", args=[run.pk]) if checked else "",
        ),
        Step("Result"),
    ]


def columns_link(batch: ImportBatch) -> str:
    """Find the page on which the columns of a batch are mapped."""
    return reverse(
        "admin:contacts_import_columns", args=[batch.import_run_id, batch.pk]
    )


class WizardPage(Wizard):
    """A page of the wizard; ``step`` counts from 1, ``stages`` are those in which it makes sense."""

    title = "Import contacts"
    permission_required = ("contacts.add_importrun",)
    stages: frozenset[str] | None = None

    def get_run(self) -> ImportRun:
        """Fetch the import with its list."""
        return get_object_or_404(
            ImportRun.objects.select_related("contact_list"), pk=self.kwargs["pk"]
        )

    def get_batch(self) -> ImportBatch:
        """Fetch a batch of the import."""
        return get_object_or_404(
            ImportBatch.objects.select_related("import_run__contact_list"),
            pk=self.kwargs["batch"],
            import_run_id=self.kwargs["pk"],
        )

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the history."""
        return [Crumb("Imports", reverse("admin:contacts_importrun_changelist"))]

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Show the page, or go where the import is now."""
        if self.stages is not None:
            run = self.get_run()
            if run.stage not in self.stages:
                return HttpResponseRedirect(page_of(run))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the header of steps."""
        run = kwargs.get("run")
        if run is None and "pk" in self.kwargs:
            run = self.get_run()
        return super().get_context_data(
            **{
                "run": run,
                "steps": steps_of(run),
                "step": self.step,
                **kwargs,
            }
        )
