"""
The rules that let the tables be spread over machines by contact, as a system check.

A table is one of four:

- the contacts themselves
- *per person*: derives from ``PersonModel``; what is unique in it is unique per contact
- a *look-up*, or rows that are kept together by something else than the contact:
  ``sharded_by`` names the field, and what is unique contains it
- *configuration*: a copy is on each machine, so it never points at people

Most primary keys are a row number alone, for Django's admin knows no others; spreading such
a table makes its key (contact, number), which our statements name already.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import models

from contacts.models import Contact, PersonModel

OUR_APPS = ("contacts", "audiences", "referrals", "campaigns")

Model = type[models.Model]


@register(Tags.models)
def check_sharding(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Check each table of ours."""
    configs = apps.get_app_configs() if app_configs is None else app_configs
    return [
        error
        for config in configs
        if config.name in OUR_APPS
        for model in config.get_models(include_auto_created=True)
        for error in errors_of(model)
    ]


def errors_of(model: Model) -> list[Error]:
    """List what keeps one table from being spread."""
    if model._meta.proxy or model is Contact:
        return []
    if issubclass(model, PersonModel):
        return [*_uniques_without(model, "contact"), *_constrained_references(model)]
    if hasattr(model, "sharded_by"):
        return [
            *_bad_look_up(model),
            *_constrained_references(model),
        ]
    return list(_references_to_people(model))


def _bad_look_up(model: Model) -> Iterator[Error]:
    """Find what is wrong with a look-up."""
    value = model.sharded_by  # type: ignore[attr-defined]  # who calls has seen it
    if value not in {field.name for field in model._meta.get_fields()}:
        yield _error(model, f"sharded_by names no field of it: {value!r}.", "E001")
    else:
        yield from _uniques_without(model, value)


def _uniques_without(model: Model, value: str) -> Iterator[Error]:
    """Find what is unique across all machines, which none of them can know."""
    for names in _unique_sets(model):
        if value not in names:
            what = ", ".join(names) or "an expression"
            yield _error(
                model,
                f"What is unique must contain {value!r}; {what} does not.",
                "E002",
            )


def _unique_sets(model: Model) -> Iterator[Sequence[str]]:
    """List the fields that are unique together."""
    keys = [field.name for field in model._meta.pk_fields]
    if len(keys) > 1:
        yield keys
    for field in model._meta.local_fields:
        if field.unique and not field.primary_key:
            yield [field.name]
    yield from model._meta.unique_together
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            yield constraint.fields


def _constrained_references(model: Model) -> Iterator[Error]:
    """Find references to another person's row that the database would have to check."""
    for field in model._meta.local_fields:
        if not isinstance(field, models.ForeignKey) or not _is_about_people(field):
            continue
        is_own_contact = field.name == "contact" and issubclass(model, PersonModel)
        is_constrained = field.db_constraint  # type: ignore[attr-defined]  # the stubs leave it out
        if is_constrained and not is_own_contact:
            yield _error(
                model,
                f"{field.name!r} needs db_constraint=False: its row may be on another "
                "machine.",
                "E003",
            )
    for many in model._meta.local_many_to_many:
        yield _error(model, f"{many.name!r} must be a table of its own.", "E004")


def _references_to_people(model: Model) -> Iterator[Error]:
    """Find what points at people in a table that is on every machine."""
    for field in model._meta.local_fields:
        is_reference = isinstance(field, models.ForeignKey) and _is_about_people(field)
        if is_reference or field.attname == "contact_id":
            yield _error(
                model,
                f"{field.name!r} points at people. Derive from PersonModel, or name the "
                "field it is looked up by in sharded_by.",
                "E005",
            )


def _is_about_people(field: models.ForeignKey) -> bool:
    """Tell whether a reference leads to a table that is spread."""
    target = field.related_model
    if not isinstance(target, type):
        return False
    return issubclass(target, (Contact, PersonModel)) or hasattr(target, "sharded_by")


def _error(model: Model, text: str, number: str) -> Error:
    """Make an error about a table."""
    return Error(f"{model._meta.label}: {text}", obj=model, id=f"sharding.{number}")
