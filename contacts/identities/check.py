"""
Each table about people says what merging and forgetting do with it, as a system check.

So a new table can't be forgotten: without its word the checks fail.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from contacts.identities.combining import COMBINERS
from contacts.identities.tables import Table, look_ups, person_tables
from contacts.models import PersonModel

MERGING = {True: ("moves", "combines"), False: ("points", "stays")}
ERASING = ("deleted", "kept")


@register(Tags.models)
def check_rules(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Check each table about people."""
    return [
        error for model in (*person_tables(), *look_ups()) for error in errors_of(model)
    ]


def errors_of(model: Table) -> Iterator[Error]:
    """Find what a table does not say."""
    merging = getattr(model, "merging", None)
    words = MERGING[issubclass(model, PersonModel)]
    if merging not in words:
        yield _error(model, f"merging must be one of {', '.join(words)}.", "E001")
    combined = {table for combiner in COMBINERS for table in combiner.tables}
    if merging == "combines" and model not in combined:
        yield _error(model, "Register a function that combines its rows.", "E002")
    yield from _erasing_errors(model)


def _erasing_errors(model: Table) -> Iterator[Error]:
    """Find what is wrong with what a table says about forgetting."""
    erasing = getattr(model, "erasing", None)
    if isinstance(erasing, dict):
        unknown = erasing.keys() - {field.name for field in model._meta.fields}
        if unknown:
            names = ", ".join(sorted(unknown))
            yield _error(model, f"erasing names no fields of it: {names}.", "E004")
    elif erasing not in ERASING:
        yield _error(
            model,
            f"erasing must be one of {', '.join(ERASING)}, or the fields to empty.",
            "E003",
        )


def _error(model: Table, text: str, number: str) -> Error:
    """Make an error about a table."""
    return Error(f"{model._meta.label}: {text}", obj=model, id=f"identities.{number}")
