"""The third step: how a file was read, and what each of its columns becomes."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from contacts.admin.imports.forms import ColumnForm, ReadingForm
from contacts.admin.imports.wizard import WizardPage, columns_link, page_of
from contacts.imports import batches, runs
from contacts.imports.batches import ImportClosed
from contacts.imports.fields import ASK
from contacts.imports.mapping import Column, MappingError, read_columns
from contacts.imports.reading import Sample, read_sample
from contacts.imports.uploads import UploadRefused
from contacts.models import ImportBatch
from contacts.models.text_file import TextFile

PREVIEW_ROWS = 5
SAMPLES = 3
SHOWN_CELL = 80


@dataclass(frozen=True)
class ShownColumn:
    """A column of the file: its name, what is in it, and what it may become."""

    header: str
    samples: list[str]
    fill_percent: int
    form: forms.Form
    asks: bool


def show_columns(
    file: TextFile,
    sample: Sample,
    columns: list[Column],
    column_form: type[forms.Form] = ColumnForm,
) -> list[ShownColumn]:
    """Put each column beside its samples."""
    shown = []
    for place, (header, column) in enumerate(zip(file.headers, columns, strict=True)):
        values = [row[place].strip() if place < len(row) else "" for row in sample.rows]
        filled = [value for value in values if value]
        shown.append(
            ShownColumn(
                header=header,
                samples=[v[:SHOWN_CELL] for v in dict.fromkeys(filled)][:SAMPLES],
                fill_percent=len(filled) * 100 // len(values) if values else 0,
                form=column_form(initial=column.to_document(), prefix=str(place)),
                asks=column.field == ASK,
            )
        )
    return shown


def show_reading(file: TextFile, sample: Sample) -> dict[str, Any]:
    """Show how a file was read, with its first rows."""
    return {
        "file": file,
        "reading": ReadingForm(
            initial={
                "encoding": file.encoding,
                "delimiter": file.delimiter,
                "has_header": "1" if file.has_header else "0",
            }
        ),
        "preview": [
            [cell[:SHOWN_CELL] for cell in record.cells]
            for record in sample.records[:PREVIEW_ROWS]
        ],
    }


class ImportColumnsPage(WizardPage):
    """How a batch was read, its first rows, and the mapping of its columns."""

    template_name = "contacts/import/columns.html"
    results_template_name = "contacts/import/_columns.html"
    http_method_names = ["get", "post"]
    step = 3

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the columns, or go where the import is now."""
        batch = self.get_batch()
        if not batch.import_run.may_change():
            return self.go(page_of(batch.import_run))
        return self.show(batch=batch)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the first rows and the columns with their samples."""
        batch = kwargs["batch"]
        columns = kwargs.pop("columns", None) or read_columns(batch.columns)
        sample = read_sample(batch)
        return super().get_context_data(
            run=batch.import_run,
            **show_reading(batch, sample),
            reading_link=reverse(
                "admin:contacts_import_reading", args=[batch.import_run_id, batch.pk]
            ),
            columns=show_columns(batch, sample, columns),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the mapping and go on."""
        batch = self.get_batch()
        forms = [
            ColumnForm(request.POST, prefix=str(place))
            for place in range(len(batch.headers))
        ]
        if not all(form.is_valid() for form in forms):
            return self.show(batch=batch, error="Choose what each column becomes.")
        columns = [form.column() for form in forms]
        try:
            batches.map_columns(batch=batch, columns=columns, now=timezone.now())
        except MappingError as error:
            return self.show(batch=batch, columns=columns, error=str(error))
        except ImportClosed:
            return self.go(page_of(batch.import_run))
        return self.go(self.next_page(batch))

    def next_page(self, batch: ImportBatch) -> str:
        """Go to the next batch without a mapping, back to add more, or on to the check."""
        run = batch.import_run
        waiting = run.batches.filter(mapped_at=None).order_by("pk").first()
        if waiting is not None:
            return columns_link(waiting)
        if self.request.POST.get("then") == "add":
            return reverse("admin:contacts_import_collect", args=[run.pk])
        runs.start_check(run=run, policy=run.policy, now=timezone.now())
        return reverse("admin:contacts_import_review", args=[run.pk])


class ImportReadingPage(ImportColumnsPage):
    """Read a batch in another way, at once; answers the part below the controls."""

    results_only = True
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Read again and show what comes out."""
        batch = self.get_batch()
        form = ReadingForm(request.POST)
        if not form.is_valid():
            return self.show(batch=batch, error="Choose how the file is read.")
        try:
            batches.read_as(batch=batch, **form.cleaned_data)
        except UploadRefused as error:
            return self.show(batch=self.get_batch(), error=str(error))
        except ImportClosed:
            return self.go(page_of(batch.import_run))
        return self.show(batch=batch)
