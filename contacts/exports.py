"""
Lists as CSV files that a spreadsheet can't be tricked with.

A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay
numbers. Rows are streamed, so a million of them never sit in memory.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse
from django.utils.text import slugify
from import_export.fields import Field
from import_export.resources import ModelResource, modelresource_factory

# What begins a formula in Excel, LibreOffice or Google Sheets, full-width forms included.
FORMULA_STARTS = tuple("=+-@\t\r\n\0＝＋－＠")
# Excel takes a file for UTF-8 only if it begins with this mark.
BYTE_ORDER_MARK = "\ufeff"
CHUNK_SIZE = 2000


def safe_cell(value: Any) -> Any:
    """Turn a value into a cell: numbers as they are, text that can't be a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = str(value).replace("\0", "\ufffd")
    if str(value).startswith(FORMULA_STARTS):
        return f"'{text}"
    return text


class Echo:
    """A file that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def csv_lines(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Write headers and rows, line by line."""
    writer = csv.writer(Echo())
    yield BYTE_ORDER_MARK + writer.writerow([safe_cell(header) for header in headers])
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


def csv_response(
    name: str, headers: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """Answer with a CSV file, streamed."""
    return StreamingHttpResponse(
        csv_lines(headers, rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{slugify(name) or "export"}.csv"',
            "X-Content-Type-Options": "nosniff",
        },
    )


class CsvResource(ModelResource):
    """
    The base of exports of a list: which fields, and under which names.

    Numbers are not turned to text on the way, so that ``safe_cell`` can tell the two apart.
    """

    def export_field(self, field: Field, instance: Model, **kwargs: Any) -> Any:
        """Give numbers as numbers and everything else as its widget writes it."""
        if field.attribute:
            value = field.get_value(instance)
            if isinstance(value, int | float | Decimal | datetime):
                return value
        return super().export_field(field, instance, **kwargs)

    def csv_rows(self, queryset: QuerySet) -> Iterator[list[Any]]:
        """Read the rows in chunks."""
        for instance in queryset.iterator(chunk_size=CHUNK_SIZE):
            yield self.export_resource(instance)


def make_resource(model: type[Model], fields: Sequence[str]) -> type[CsvResource]:
    """Make a resource with some of the fields of a model, in their order."""
    return modelresource_factory(
        model,
        resource_class=CsvResource,
        meta_options={"fields": tuple(fields), "export_order": tuple(fields)},
    )


def rows_from_mappings(
    mappings: Iterable[Mapping[str, Any]], headers: Sequence[str]
) -> Iterator[list[Any]]:
    """Bring mappings into the order of the headers."""
    for mapping in mappings:
        yield [mapping.get(header) for header in headers]
