"""What the pages of the wizard share: the import, the header of steps, the way between them."""

from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse

from contacts.admin.base import Crumb
from contacts.admin.wizards import Step, Wizard
from contacts.models import HistoryRun

Stage = HistoryRun.Stage


def link(name: str, run: HistoryRun) -> str:
    """Find a page of an import."""
    return reverse(f"admin:contacts_history_{name}", args=[run.pk])


def page_of(run: HistoryRun) -> str:
    """Find the page on which an import goes on."""
    if run.has_started_writing:
        return link("result", run)
    if run.stage in {Stage.CHECKING, Stage.CHECKED}:
        return link("review", run)
    return link("columns", run)


def steps_of(run: HistoryRun | None) -> list[Step]:
    """List the steps; those behind the marketer can be reached until the import is confirmed."""
    if run is None or run.has_started_writing:
        return [Step("File"), Step("Columns"), Step("Review"), Step("Result")]
    is_table = run.form == HistoryRun.Form.TABLE
    return [
        Step("File"),
        Step("Columns", link("columns", run) if is_table else ""),
        Step("Review", link("review", run) if run.stage == Stage.CHECKED else ""),
        Step("Result"),
    ]


class HistoryPage(Wizard):
    """A page of the wizard; ``stages`` are those in which it makes sense."""

    title = "Import past events"
    permission_required = ("contacts.add_historyrun",)
    stages: frozenset[str] | None = None

    def get_run(self) -> HistoryRun:
        """Fetch the import with its source."""
        return get_object_or_404(
            HistoryRun.objects.select_related("source", "confirmed_by"),
            pk=self.kwargs["pk"],
        )

    def get_breadcrumbs(self) -> list[Crumb]:
        """Lead back to the list."""
        return [Crumb("Event imports", reverse("admin:contacts_historyrun_changelist"))]

    def get(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
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
            **{"run": run, "steps": steps_of(run), "step": self.step, **kwargs}
        )
