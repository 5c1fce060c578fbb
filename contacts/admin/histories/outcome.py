"""The last steps: what the rows are and what will follow, then the result, and undoing it."""

from collections.abc import Iterator
from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.text import slugify

from contacts.admin.base import AdminPage, WorkProgressPage, progress_context
from contacts.admin.histories.forms import ConfirmForm, PeopleForm
from contacts.admin.histories.wizard import HistoryPage, Stage, link, page_of
from contacts.admin.imports.review import Kind
from contacts.admin.wizards import positive
from contacts.histories import files, runs
from contacts.histories.classify import count_rows
from contacts.histories.report import error_file, has_errors
from contacts.histories.review import TONES, count_causes, read_page, select_rows
from contacts.models import HistoryRun, HistoryState
from contacts.models.import_run import KEPT_FOR

KINDS = {
    HistoryState.NEW: "Not known yet. They will be imported.",
    HistoryState.KNOWN: "Imported before. They count once.",
    HistoryState.DUPLICATE: "The same event again. It counts once.",
    HistoryState.STRANGER: "Nobody has this id or email, and you leave such rows out.",
    HistoryState.INVALID: "Cannot be imported. Download them later, correct, upload again.",
}


def kinds_of(counts: dict[str, int]) -> list[Kind]:
    """List the kinds of rows; their numbers add up to the rows of the file."""
    return [
        Kind(state, HistoryState(state).label, text, counts.get(state, 0), TONES[state])
        for state, text in KINDS.items()
        if counts.get(state) or state in {HistoryState.NEW, HistoryState.INVALID}
    ]


class RowsPage(HistoryPage):
    """A page that lists rows of the file."""

    results_template_name = "contacts/history/_rows.html"

    def rows_of(self, run: HistoryRun, rows_page: str) -> dict[str, Any]:
        """Read the rows that the address asks for."""
        query = self.request.GET
        kind, cause = query.get("kind", ""), query.get("cause", "")
        after = positive(query.get("after"))
        return {
            "page": read_page(select_rows(run, state=kind, code=cause), after=after),
            "kind": kind,
            "cause": cause,
            "after": after,
            "rows_link": link(rows_page, run),
        }

    def progress_of(self, run: HistoryRun) -> dict[str, Any]:
        """Collect what the progress of the import shows."""
        return progress_context(
            run,
            url_name=HistoryProgressPage.url_name,
            may_stop=self.user.has_perm(HistoryProgressPage.stop_permission),
            now=timezone.now(),
        )


class HistoryReviewPage(RowsPage):
    """What the rows are, what will follow, and the one button that starts it."""

    template_name = "contacts/history/review.html"
    http_method_names = ["get", "post"]
    stages = frozenset([Stage.CHECKING, Stage.CHECKED])
    step = 3

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add progress, or counts, causes, rows and what will follow."""
        run = self.get_run()
        if run.stage == Stage.CHECKING:
            return super().get_context_data(
                run=run, is_checking=True, **self.progress_of(run)
            )
        context: dict[str, Any] = {"run": run, **self.rows_of(run, "review_rows")}
        if not self.results_only:
            predictions = run.forecast.get("predictions", [])
            context |= {
                "kinds": kinds_of(run.counts),
                "causes": count_causes(run),
                "importable": run.counts.get(HistoryState.NEW, 0),
                "people": PeopleForm(
                    initial={"makes_people": "1" if run.makes_people else "0"}
                ),
                "quiet": [one for one in predictions if not one["if_fires"]],
                "firing": [one for one in predictions if one["if_fires"]],
                "confirm": ConfirmForm(),
                "earlier": files.earlier_runs(run),
            }
        return super().get_context_data(**{**context, **kwargs})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Check anew, or import the rows; a second click finds it started."""
        run = self.get_run()
        action, now = request.POST.get("action", ""), timezone.now()
        people, confirm = PeopleForm(request.POST), ConfirmForm(request.POST)
        try:
            if action == "people" and people.is_valid():
                runs.start_check(run=run, now=now, **people.cleaned_data)
            elif action == "check":
                runs.start_check(run=run, makes_people=run.makes_people, now=now)
            elif action == "confirm" and confirm.is_valid():
                runs.confirm_history(
                    run=run, user=self.user, now=now, **confirm.cleaned_data
                )
        except files.HistoryClosed:
            pass
        return self.go(page_of(self.get_run()))


class HistoryResultPage(RowsPage):
    """What became of a confirmed import; go on, or undo it."""

    template_name = "contacts/history/result.html"
    permission_required = ("contacts.view_historyrun",)
    http_method_names = ["get", "post"]
    stages = frozenset([Stage.COMMITTING, Stage.COMMITTED, Stage.UNDOING, Stage.UNDONE])
    step = 4

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add progress, or numbers and what can be done."""
        run = self.get_run()
        context: dict[str, Any] = {
            "run": run,
            "is_working": not run.is_over,
            **self.progress_of(run),
            **self.rows_of(run, "result_rows"),
        }
        if run.is_over and not self.results_only:
            is_counted = run.stage != Stage.COMMITTING
            context |= {
                "kinds": kinds_of(run.counts if is_counted else count_rows(run)),
                "has_errors": has_errors(run),
                "may_undo": run.may_undo(timezone.now()),
                "undo_until": run.confirmed_at + KEPT_FOR if run.confirmed_at else None,
            }
        return super().get_context_data(**context, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Undo, or go on where the import was stopped."""
        if not self.user.has_perm("contacts.add_historyrun"):
            return self.handle_no_permission()
        run = self.get_run()
        if request.POST.get("action") == "undo":
            runs.undo_history(run=run, user=self.user, now=timezone.now())
        elif request.POST.get("action") == "resume":
            runs.resume_history(run=run, now=timezone.now())
        return self.go(page_of(self.get_run()))


class HistoryErrorsPage(AdminPage):
    """The rows that were set aside, as a file like the upload."""

    title = "Error file"
    permission_required = ("contacts.view_historyrun",)
    http_method_names = ["get"]

    def get(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> StreamingHttpResponse:
        """Stream the file."""
        run = get_object_or_404(HistoryRun, pk=kwargs["pk"])
        if not has_errors(run):
            raise Http404("No rows were set aside, or their file is deleted.")
        is_table = run.form == HistoryRun.Form.TABLE
        stem = slugify(run.name.rsplit(".", 1)[0]) or "events"
        name = f"{stem}-errors.{'csv' if is_table else 'jsonl'}"
        content: Iterator[bytes] = error_file(run)
        return StreamingHttpResponse(
            content,
            content_type=f"text/csv; charset={run.encoding}"
            if is_table
            else "application/x-ndjson",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


class HistoryProgressPage(WorkProgressPage):
    """The progress of an import, polled."""

    model = HistoryRun
    url_name = "admin:contacts_history_progress"
    permission_required = ("contacts.view_historyrun",)
    stop_permission = "contacts.add_historyrun"
