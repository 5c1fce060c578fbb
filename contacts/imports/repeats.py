"""
What a file repeats that was merely claimed before is stated from then on.

The contact shows the value already, so nothing changes but whose word it is: no later claim
takes its place.
"""

from contacts.imports.merging import ATTRIBUTES, TEXT_FIELDS, value_of

# Follows what messages and people have told; ``contacts.imports.undo`` takes it back.
SUFFIX = ":repeated"


def _document(values: dict[str, str]) -> str:
    """Build the JSON of some fields, from one expression for each."""
    pairs = ", ".join(f"'{name}', {value}" for name, value in values.items())
    return f"jsonb_build_object({pairs})"


def state_repeated(in_chunk: str) -> str:
    """
    Note the values that contacts of a chunk show already, and that nobody has stated yet.

    Leans on attribute_change_once.
    """
    brought = _document({field: value_of(field) for field in TEXT_FIELDS})
    shown = _document({field: f"contact.{field}" for field in TEXT_FIELDS})
    return f"""
WITH claiming AS (
    SELECT id FROM contacts_source WHERE kind IN ('browser', 'mobile') AND trusted_at IS NULL
), met AS MATERIALIZED (
    SELECT
        contact.id,
        greatest(contact.attributes_at, %(now)s) AS at,
        {brought} || {ATTRIBUTES} AS brought,
        {shown} || contact.attributes AS shown
    FROM contacts_importrow AS row
    JOIN contacts_contact AS contact ON contact.id = row.contact_id
    WHERE {in_chunk}
        AND row.state IN ('update', 'unchanged')
        AND contact.attributes_at IS NOT NULL
        AND EXISTS (
            SELECT FROM contacts_attributechange AS change
            WHERE change.contact_id = contact.id
                AND change.source_id IN (SELECT id FROM claiming)
        )
    ORDER BY contact.id
    FOR UPDATE OF contact
), repeated AS (
    SELECT met.id, met.at, jsonb_object_agg(news.name, news.value) AS values
    FROM met
    CROSS JOIN LATERAL jsonb_each(met.brought) AS news (name, value)
    WHERE news.value = met.shown -> news.name
        AND news.value <> '""'
        AND NOT EXISTS (
            SELECT FROM contacts_attributechange AS change
            WHERE change.contact_id = met.id
                AND change.values ? news.name
                AND (
                    change.source_id IS NULL
                    OR change.source_id NOT IN (SELECT id FROM claiming)
                )
        )
    GROUP BY met.id, met.at
), told AS (
    INSERT INTO contacts_attributechange
        (contact_id, at, order_key, values, cause, identifier_id, changed_by_id, recorded_at)
    SELECT
        repeated.id, repeated.at, '~import:' || %(run)s || '{SUFFIX}', repeated.values,
        'import', (
            SELECT min(id) FROM contacts_identifier AS identifier
            WHERE identifier.contact_id = repeated.id AND identifier.kind = 'email'
        ), %(user)s, %(now)s
    FROM repeated
    ON CONFLICT (contact_id, at, order_key) DO NOTHING
), remembered AS (
    INSERT INTO contacts_importchange
        (import_run_id, contact_id, before, after, was_listed, was_granted)
    SELECT %(run)s, repeated.id, '{{}}', '{{}}', FALSE, FALSE
    FROM repeated
    ON CONFLICT (import_run_id, contact_id) DO NOTHING
)
UPDATE contacts_contact AS contact
SET attributes_at = repeated.at
FROM repeated
WHERE contact.id = repeated.id
"""  # noqa: S608 - names and texts of ours
