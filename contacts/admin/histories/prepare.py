"""The first steps: choose a file, and say what its columns are."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from contacts.admin.histories.forms import ChoicesForm, EventColumnForm
from contacts.admin.histories.wizard import HistoryPage, link, page_of
from contacts.admin.imports.columns import show_columns, show_reading
from contacts.admin.imports.forms import ReadingForm
from contacts.histories import files, runs
from contacts.imports.mapping import Column, MappingError, read_columns
from contacts.imports.reading import read_sample
from contacts.imports.uploads import MAX_BYTES, UploadRefused
from contacts.models import HistoryRun

SAMPLE = (
    "Event,User id,Email,Timestamp,Message id,properties.total,properties.plan\r\n"
    "Order Completed,u-1001,ana.ruiz@example.com,2026-03-04T10:15:00Z,order-5001,99.50,pro\r\n"
    "Order Completed,u-1002,yuki.tanaka@example.com,2026-03-05T08:00:00Z,order-5002,12,free\r\n"
)


@require_GET
def download_sample(request: HttpRequest) -> HttpResponse:
    """Hand out a small file that shows how past events look; holds nobody's data."""
    return HttpResponse(
        "\ufeff" + SAMPLE,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="sample-events.csv"'},
    )


class HistoryStartPage(HistoryPage):
    """Choose a file."""

    template_name = "contacts/history/start.html"
    results_template_name = "contacts/history/_start.html"
    http_method_names = ["get", "post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Begin an import with the file."""
        upload = request.FILES.get("file")
        try:
            if upload is None or isinstance(upload, list):
                raise UploadRefused("Choose a file first.")
            if (upload.size or 0) > MAX_BYTES:
                raise UploadRefused(
                    "The file is larger than 200 MB. Split it and import the parts one after "
                    "the other."
                )
            now = timezone.now()
            run = files.add_file(
                name=upload.name or "File",
                chunks=upload.chunks(1 << 20),
                source=files.file_source(user=self.user, now=now),
                user=self.user,
                now=now,
            )
        except UploadRefused as error:
            self.results_only = bool(request.headers.get("HX-Request"))
            return self.show(error=str(error))
        if run.form == HistoryRun.Form.LINES:
            runs.start_check(run=run, now=now)
            return self.go(link("review", run))
        return self.go(link("columns", run))


class HistoryColumnsPage(HistoryPage):
    """How a table was read, its first rows, and what its columns become."""

    template_name = "contacts/history/columns.html"
    results_template_name = "contacts/history/_columns.html"
    http_method_names = ["get", "post"]
    step = 2

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the columns, or go where the import is now."""
        run = self.get_run()
        if not run.may_change() or run.form != HistoryRun.Form.TABLE:
            return self.go(
                page_of(run) if not run.may_change() else link("review", run)
            )
        return self.show(run=run)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the first rows, the columns with their samples, and how times are written."""
        run: HistoryRun = kwargs["run"]
        columns: list[Column] = kwargs.pop("columns", None) or read_columns(run.columns)
        sample = read_sample(run)
        times = files.times_of(sample, columns)
        kwargs.setdefault(
            "choices",
            ChoicesForm(
                initial={
                    "event_name": run.event_name,
                    "time_zone": run.time_zone,
                    "date_order": run.date_order or times.order,
                }
            ),
        )
        return super().get_context_data(
            **show_reading(run, sample),
            reading_link=link("reading", run),
            columns=show_columns(run, sample, columns, EventColumnForm),
            times=times,
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Take the mapping and check all rows."""
        run = self.get_run()
        forms = [
            EventColumnForm(request.POST, prefix=str(place))
            for place in range(len(run.headers))
        ]
        choices = ChoicesForm(request.POST)
        if not (all(form.is_valid() for form in forms) and choices.is_valid()):
            return self.show(
                run=run, choices=choices, error="Choose what each column becomes."
            )
        columns = [form.column() for form in forms]
        now = timezone.now()
        try:
            files.map_columns(run=run, columns=columns, now=now, **choices.cleaned_data)
            runs.start_check(run=run, makes_people=run.makes_people, now=now)
        except MappingError as error:
            return self.show(
                run=run, columns=columns, choices=choices, error=str(error)
            )
        except files.HistoryClosed:
            return self.go(page_of(run))
        return self.go(link("review", run))


class HistoryReadingPage(HistoryColumnsPage):
    """Read a table in another way, at once; answers the part below the controls."""

    results_only = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Read again and show what comes out."""
        run = self.get_run()
        form = ReadingForm(request.POST)
        if not form.is_valid():
            return self.show(run=run, error="Choose how the file is read.")
        try:
            files.read_as(run=run, **form.cleaned_data)
        except UploadRefused as error:
            return self.show(run=self.get_run(), error=str(error))
        except files.HistoryClosed:
            return self.go(page_of(run))
        return self.show(run=run)


class HistoryDiscardPage(HistoryPage):
    """Throw an import away that has written nothing."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Discard it, and go to the list."""
        run = self.get_run()
        try:
            runs.discard_history(run=run)
        except files.HistoryClosed:
            return self.go(page_of(run))
        messages.info(request, "The import was discarded. Nothing was changed.")
        return self.go(reverse("admin:contacts_historyrun_changelist"))
