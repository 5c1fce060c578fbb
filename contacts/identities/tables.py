"""The tables about one person, of every app."""

from django.apps import apps
from django.db import models

from contacts.models import PersonModel

Table = type[models.Model]


def person_tables() -> list[Table]:
    """List the tables about one contact, of every app."""
    return [model for model in apps.get_models() if issubclass(model, PersonModel)]


def columns_of(model: Table) -> list[str]:
    """Name the columns of a table, in its own order."""
    return [field.column for field in model._meta.concrete_fields if field.column]


def key_of(model: Table) -> list[str]:
    """Name the columns that tell one row of a contact from another, besides the contact."""
    keys = [field.column for field in model._meta.pk_fields]
    return [column for column in keys if column != "contact_id"]
