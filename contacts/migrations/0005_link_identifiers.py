"""
Link the identifiers that contacts had before links were kept.

So a user id guards the address of its contact against what a public source claims.
"""

from django.db import migrations

# The address comes first; whatever has a link already keeps it.
LINK = """
INSERT INTO contacts_identifierlink
    (first_id, second_id, basis, at, order_key, refusal)
SELECT least(loose.id, anchor.id), greatest(loose.id, anchor.id), 'email',
    loose.created_at, 'contact:' || loose.contact_id, ''
FROM contacts_identifier AS loose
JOIN LATERAL (
    SELECT other.id FROM contacts_identifier AS other
    WHERE other.contact_id = loose.contact_id AND other.id <> loose.id
    ORDER BY other.kind = 'email' DESC, other.id
    LIMIT 1
) AS anchor ON TRUE
WHERE NOT EXISTS (
    SELECT FROM contacts_identifierlink AS link WHERE link.first_id = loose.id
) AND NOT EXISTS (
    SELECT FROM contacts_identifierlink AS link WHERE link.second_id = loose.id
)
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    """Links for what is known."""

    dependencies = [("contacts", "0004_inbox_storage")]

    operations = [migrations.RunSQL(LINK, migrations.RunSQL.noop)]
