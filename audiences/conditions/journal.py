"""
What a contact was told to have at a time, in SQL.

Whose journal has not begun (``contacts.attributes.earlier``) has what he came with, and what
imports have changed since.
"""

from datetime import datetime

from audiences.conditions.sql import Fragment, combine, value

# What imports told about the attribute: other than before. Leans on the index of the contact.
IMPORTS = """
    FROM contacts_importchange AS change
    JOIN contacts_importrun AS run ON run.id = change.import_run_id
    WHERE change.contact_id = contact.id
    AND (change.after -> 'attributes') ? {}
    AND (change.after -> 'attributes' -> {})
        IS DISTINCT FROM (change.before -> 'attributes' -> {})
"""
# Leans on attribute_change_once.
TOLD = """
    SELECT change.at, change.order_key, change.values -> {} AS value
    FROM contacts_attributechange AS change
    WHERE contact.attributes_at IS NOT NULL
    AND change.contact_id = contact.id AND change.values ? {}
    UNION ALL
    SELECT coalesce(run.confirmed_at, run.created_at), 'import:' || run.id,
        change.after -> 'attributes' -> {}
    {} AND contact.attributes_at IS NULL
    UNION ALL
    SELECT contact.created_at, 'known', CASE WHEN earliest.is_there
        THEN earliest.value ELSE contact.attributes -> {} END
    FROM (SELECT 1) AS always
    LEFT JOIN LATERAL (
        SELECT true AS is_there, change.before -> 'attributes' -> {} AS value
        {}
        ORDER BY coalesce(run.confirmed_at, run.created_at), run.id
        LIMIT 1
    ) AS earliest ON true
    WHERE contact.attributes_at IS NULL
"""


def told_about(name: str) -> Fragment:
    """Select ``at``, ``order_key`` and ``value`` of all that was told of an attribute."""
    key = value(name, "text")
    imports = combine(IMPORTS, key, key, key)
    return combine(TOLD, key, key, key, imports, key, key, imports)


def value_at(name: str, moment: datetime) -> Fragment:
    """Find the value of an attribute of the contact at a moment, as jsonb."""
    return combine(
        "(SELECT told.value FROM ({}) AS told WHERE told.at <= {}"
        ' ORDER BY told.at DESC, told.order_key COLLATE "C" DESC LIMIT 1)',
        told_about(name),
        value(moment, "timestamptz"),
    )
