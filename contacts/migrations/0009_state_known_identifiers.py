"""
Note since when somebody trusted calls people by their addresses and user ids.

What was known before counts as stated, but for what only public sources have named. Some
thousands at a time, so that nobody waits for it; it may stop halfway and run again.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 10_000

# Leans on link_once, link_of_second and receipt_of_identifier.
STATE = """
UPDATE contacts_identifier AS identifier
SET stated_at = identifier.created_at
WHERE identifier.id > %(after)s AND identifier.id <= %(until)s
    AND identifier.stated_at IS NULL
    AND CASE identifier.kind
        WHEN 'email' THEN NOT EXISTS (
            SELECT FROM contacts_identifierlink AS link
            WHERE link.first_id = identifier.id AND link.basis = 'claimed_email'
        ) AND NOT EXISTS (
            SELECT FROM contacts_identifierlink AS link
            WHERE link.second_id = identifier.id AND link.basis = 'claimed_email'
        )
        WHEN 'user_id' THEN NOT EXISTS (
            SELECT FROM contacts_receipt AS receipt
            WHERE receipt.identifier_id = identifier.id
                AND receipt.source_id IN (
                    SELECT id FROM contacts_source
                    WHERE kind IN ('browser', 'mobile') AND trusted_at IS NULL
                )
        ) OR EXISTS (
            SELECT FROM contacts_receipt AS receipt
            WHERE receipt.identifier_id = identifier.id
                AND receipt.source_id NOT IN (
                    SELECT id FROM contacts_source
                    WHERE kind IN ('browser', 'mobile') AND trusted_at IS NULL
                )
        )
    END
"""


def state_known(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Go through all identifiers, a batch at a time."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM contacts_identifier")
        [last] = cursor.fetchone()
        for after in range(0, last, BATCH):
            cursor.execute(STATE, {"after": after, "until": after + BATCH})


class Migration(migrations.Migration):
    """Those who are known."""

    atomic = False

    dependencies = [("contacts", "0008_contacts_by_time_zone")]

    operations = [
        migrations.RunPython(state_known, migrations.RunPython.noop),
    ]
