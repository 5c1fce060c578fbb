"""Let look-ups follow: whom an identifier, a code or a click id belongs to."""

from collections.abc import Collection

from django.db import connection

from contacts.identities.tables import Table, pointing_look_ups, table_named

# All of a contact. Leans on an index of the contact.
ALL = "contact_id = %(from)s"
# Those that a table about the contact names; leans on the unique index of the value.
NAMED = """
contact_id = %(from)s
AND {column} IN (SELECT {column} FROM {table} WHERE contact_id = %(to)s)
"""
LISTED = "contact_id = %(from)s AND id = ANY (%(ids)s)"

POINT = "UPDATE {look_up} SET contact_id = %(to)s WHERE {condition} RETURNING id"


def point_all(*, from_id: int, to_id: int) -> dict[str, list[int]]:
    """
    Let everything that named one contact name another, once the rows have moved.

    :returns: the rows that changed, by table
    """
    changed = {}
    for model in pointing_look_ups():
        ids = _point(model, _named(model) or ALL, from_id, to_id, [])
        if ids:
            changed[model._meta.label_lower] = ids
    return changed


def point_back(*, from_id: int, to_id: int, listed: dict[str, list[int]]) -> None:
    """Let what was listed name another contact, and what the rows that moved name."""
    for model in pointing_look_ups():
        ids = listed.get(model._meta.label_lower, [])
        _point(model, _named(model) or LISTED, from_id, to_id, ids)


def _named(model: Table) -> str:
    """Write the condition under which a look-up follows what it names."""
    if not hasattr(model, "named_by"):
        return ""
    label, column = model.named_by
    return NAMED.format(column=column, table=table_named(label)._meta.db_table)


def _point(
    model: Table, condition: str, from_id: int, to_id: int, ids: Collection[int]
) -> list[int]:
    """Point a look-up at another contact."""
    statement = POINT.format(look_up=model._meta.db_table, condition=condition)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"from": from_id, "to": to_id, "ids": list(ids)})
        return [row[0] for row in cursor.fetchall()]
