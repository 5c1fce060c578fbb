"""The fourth step: every row checked, counted, shown and, where wanted, removed."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from contacts.admin.base import WorkProgressPage, progress_context
from contacts.admin.imports.forms import PolicyForm
from contacts.admin.imports.wizard import Stage, WizardPage, page_of
from contacts.admin.wizards import positive
from contacts.imports import runs
from contacts.imports.batches import ImportClosed
from contacts.imports.review import (
    TONES,
    WARNED,
    count_causes,
    count_warnings,
    read_page,
    select_rows,
)
from contacts.models import ImportRun, RowState, Work

KINDS = {
    RowState.NEW: "People you do not know yet.",
    RowState.UPDATE: "People you know, with something new about them.",
    RowState.UNCHANGED: "People you know. They join the list; nothing else changes.",
    RowState.DUPLICATE: "The same person again; merged into the earlier row.",
    RowState.INVALID: "Cannot be imported. Download them later, correct, upload again.",
    RowState.SUPPRESSED: "Unsubscribed, bounced or complained. They stay left alone.",
    RowState.REMOVED: "Taken out by you.",
}


@dataclass(frozen=True)
class Kind:
    """A kind of rows with its number; also a filter."""

    key: str
    label: str
    help_text: str
    count: int
    tone: str


def kinds_of(counts: dict[str, int]) -> list[Kind]:
    """List the kinds of rows; their numbers add up to the rows of the files."""
    return [
        Kind(state, RowState(state).label, text, counts.get(state, 0), TONES[state])
        for state, text in KINDS.items()
        if state != RowState.REMOVED or counts.get(state)
    ]


class ImportReviewPage(WizardPage):
    """The check while it runs, then its result; changes how known people are treated."""

    template_name = "contacts/import/review.html"
    results_template_name = "contacts/import/_rows.html"
    http_method_names = ["get", "post"]
    stages = frozenset([Stage.CHECKING, Stage.CHECKED])
    step = 4

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add progress, or counts, causes and rows."""
        run = self.get_run()
        if run.stage == Stage.CHECKING or not run.is_over:
            progress = progress_of(run, self.user)
            return super().get_context_data(run=run, is_checking=True, **progress)
        context: dict[str, Any] = {"run": run, **self.rows_of(run), **kwargs}
        if not self.results_only:
            counts = run.counts
            context |= {
                "kinds": kinds_of(counts),
                "causes": count_causes(run),
                "warnings": count_warnings(run),
                "warned": WARNED,
                "policy": PolicyForm(initial={"policy": run.policy}),
                "importable": importable(counts),
                "blank_count": sum(b.blank_count for b in run.batches.all()),
            }
        return super().get_context_data(**context)

    def rows_of(self, run: ImportRun) -> dict[str, Any]:
        """Read the rows that the address asks for."""
        query = self.request.GET
        state, code = query.get("kind", ""), query.get("cause", "")
        search, after = query.get("q", "").strip(), positive(query.get("after"))
        rows = select_rows(run, state=state, code=code, search=search)
        return {
            "page": read_page(run, rows, after=after),
            "kind": state,
            "cause": code,
            "search": search,
            "after": after,
            "may_remove": run.stage == Stage.CHECKED,
            "rows_link": reverse("admin:contacts_import_rows", args=[run.pk]),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Remove rows, check anew, or go on with a check that was stopped."""
        run = self.get_run()
        now = timezone.now()
        try:
            if request.POST.get("action") == "remove":
                numbers = [positive(text) for text in request.POST.getlist("row")]
                runs.remove_rows(run=run, numbers=numbers, now=now)
            elif request.POST.get("action") == "policy":
                form = PolicyForm(request.POST)
                if form.is_valid() and form.cleaned_data["policy"] != run.policy:
                    runs.start_check(
                        run=run, policy=form.cleaned_data["policy"], now=now
                    )
            elif request.POST.get("action") == "check":
                runs.start_check(run=run, policy=run.policy, now=now)
        except ImportClosed:
            return self.go(page_of(self.get_run()))
        return self.go(page_of(self.get_run()))


def importable(counts: dict[str, int]) -> int:
    """Count the rows that the import will take."""
    return sum(
        counts.get(state, 0)
        for state in (RowState.NEW, RowState.UPDATE, RowState.UNCHANGED)
    )


def progress_of(run: ImportRun, user: User) -> dict[str, Any]:
    """Collect what the progress of an import shows; a wait counts from when it was queued."""
    context = progress_context(
        run,
        url_name="admin:contacts_import_progress",
        may_stop=user.has_perm(ImportProgressPage.stop_permission),
        now=timezone.now(),
    )
    waited_since = run.queued_at or run.created_at
    waits = run.lease_owner == "" and not run.is_over
    is_stuck = waits and (timezone.now() - waited_since).total_seconds() > 60
    return {**context, "progress_is_stuck": is_stuck}


class ImportProgressPage(WorkProgressPage):
    """The progress of an import, polled."""

    model = ImportRun
    url_name = "admin:contacts_import_progress"
    permission_required = ("contacts.view_importrun",)
    stop_permission = "contacts.add_importrun"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say for how long it has really waited."""
        work: Work = kwargs["work"]
        assert isinstance(work, ImportRun)  # noqa: S101 - for the type checker
        return super().get_context_data(**{**kwargs, **progress_of(work, self.user)})
