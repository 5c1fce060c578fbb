"""A tracking plan as a grid: edited with the keyboard, and as a CSV file."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.utils import timezone

from contacts.admin.base import CsvExportMixin
from contacts.admin.plans.plans import OnePlanPage, conflict
from contacts.admin.site import register_pages
from contacts.models import EventType
from contacts.plans.edit import PlanChanged, save_rows
from contacts.plans.rows import (
    COLUMNS,
    KINDS,
    CellError,
    Reading,
    read_rows,
    rows_of,
)
from contacts.plans.sheets import SheetRefused, read_sheet
from contacts.shapes import TYPE_LABELS

# What the grid offers while somebody types.
MOST_NAMES = 300


class PlanPage(CsvExportMixin, OnePlanPage):
    """The grid of a plan; a file that is sent fills it, and is saved like what is typed."""

    template_name = "contacts/plans/grid.html"
    csv_name = "tracking plan"
    csv_headers = COLUMNS
    http_method_names = ["get", "post"]

    def get_csv_rows(self) -> Iterable[Mapping[str, Any]]:
        """List the rows of the plan."""
        return (row.cells() for row in rows_of(self.plan))

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Fill the grid from a file, with what is wrong at the cells; nothing is saved."""
        if not request.user.has_perm("contacts.change_trackingplan"):
            return self.handle_no_permission()
        file = request.FILES.get("file")
        try:
            if file is None:
                raise SheetRefused("Choose a CSV file first.")
            reading = read_sheet(file.read())
        except SheetRefused as refused:
            return self.render_to_response(self.get_context_data(refused=str(refused)))
        return self.render_to_response(
            self.get_context_data(reading=reading, file_name=file.name)
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the rows of the plan, or of the file."""
        reading: Reading = kwargs.pop("reading", None) or Reading(rows_of(self.plan))
        names = EventType.objects.exclude(name="").order_by("-last_seen_at", "pk")
        return super().get_context_data(
            columns=COLUMNS,
            kinds=KINDS,
            types=TYPE_LABELS,
            cells=[row.cells() for row in reading.rows],
            errors=[error_cell(error) for error in reading.errors],
            names=names.values_list("name", flat=True)[:MOST_NAMES],
            sources=self.plan.sources.order_by("name", "pk"),
            may_change=self.request.user.has_perm("contacts.change_trackingplan"),
            **kwargs,
        )


class PlanRowsPage(OnePlanPage):
    """Check what stands in the grid, or save it; answers with what is wrong with which cell."""

    permission_required = ("contacts.change_trackingplan",)
    results_template_name = "contacts/plans/_grid_state.html"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Read the rows; save them unless they are only checked or wrong."""
        reading = read_posted(request.POST.get("rows", ""))
        is_check = request.POST.get("check") == "yes"
        context: dict[str, Any] = {
            "errors": [error_cell(error) for error in reading.errors],
            "revision": request.POST.get("revision", ""),
            "is_check": is_check,
        }
        if not reading.errors and not is_check:
            context |= self.save(reading, context["revision"])
        return self.render_to_response(self.get_context_data(**context))

    def save(self, reading: Reading, revision: str) -> dict[str, Any]:
        """Save the rows; says what became of it."""
        try:
            new_revision = save_rows(
                plan=self.plan,
                rows=reading.rows,
                revision=int(revision) if revision.isdecimal() else 0,
                user=self.user,
                now=timezone.now(),
            )
        except PlanChanged as changed:
            return {"conflict": conflict(changed.plan)}
        return {"revision": new_revision, "saved_count": len(reading.rows)}


def read_posted(text: str) -> Reading:
    """Read the rows that the grid sends; what is no table is one error."""
    broken = Reading(errors=[CellError(0, "event", "The rows could not be read.")])
    try:
        cells = json.loads(text)
    except (ValueError, RecursionError):
        return broken
    if not isinstance(cells, list) or not all(isinstance(row, dict) for row in cells):
        return broken
    return read_rows(cells)


def error_cell(error: CellError) -> dict[str, Any]:
    """Write down where an error stands, for the script of the grid."""
    return {"row": error.row, "column": error.column, "message": error.message}


register_pages(
    [
        path("data/plans/<int:pk>/", PlanPage.as_view(), name="contacts_plan"),
        path(
            "data/plans/<int:pk>/rows/",
            PlanRowsPage.as_view(results_only=True),
            name="contacts_plan_rows",
        ),
    ]
)
