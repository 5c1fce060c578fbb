"""The tables about one person, of every app, and what they declare."""

from collections.abc import Iterable

from django.apps import apps
from django.db import connection, models

from contacts.models import Contact, PersonModel

Table = type[models.Model]


def person_tables() -> list[Table]:
    """List the tables about one contact, of every app."""
    return [model for model in apps.get_models() if issubclass(model, PersonModel)]


def look_ups() -> list[Table]:
    """List the tables that say which contact something belongs to."""
    return [
        model
        for model in apps.get_models()
        if hasattr(model, "sharded_by")
        and model is not Contact
        and "contact_id" in columns_of(model)
    ]


def pointing_look_ups() -> list[Table]:
    """List the look-ups that follow a contact who becomes a part of another."""
    return [model for model in look_ups() if getattr(model, "merging", "") == "points"]


def columns_of(model: Table) -> list[str]:
    """Name the columns of a table that are written, in its own order."""
    return [
        field.column
        for field in model._meta.concrete_fields
        if field.column and not field.generated
    ]


def key_of(model: Table) -> str:
    """Name the column that tells one row of a contact from another."""
    keys = [field.column or "" for field in model._meta.pk_fields]
    [key] = [column for column in keys if column != "contact_id"]
    return key


def references_of(model: Table) -> tuple[str, ...]:
    """Name the columns, besides the contact, that name a person."""
    return getattr(model, "references", ())


def has_identifier(model: Table) -> bool:
    """Whether its rows know the identifier they came under."""
    return "identifier_id" in columns_of(model)


def filled_tables(contact_id: int) -> list[Table]:
    """Tell which tables have rows about a contact; one statement."""
    tables = person_tables()
    probes = [
        f"SELECT {place} WHERE EXISTS (SELECT FROM {model._meta.db_table} "  # noqa: S608 - names and texts of ours
        f"WHERE {about_any(model)})"
        for place, model in enumerate(tables)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(probes), {"contacts": [contact_id]})
        return [tables[row[0]] for row in sorted(cursor.fetchall())]


def about_any(model: Table) -> str:
    """Write the condition that a row is about any of ``%(contacts)s``."""
    own = "id" if model is Contact else "contact_id"
    columns = (own, *references_of(model))
    return " OR ".join(f"{column} = ANY (%(contacts)s)" for column in columns)


def table_named(label: str) -> Table:
    """Find a table by "app.Model"."""
    return apps.get_model(label)


def order_by_parents(tables: Iterable[Table]) -> list[Table]:
    """Put tables whose rows follow others after those."""
    return sorted(tables, key=lambda model: hasattr(model, "follows"))
