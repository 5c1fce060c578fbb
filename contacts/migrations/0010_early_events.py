"""
Find the events that came before their time.

Built while messages go on arriving. One that was stopped halfway leaves an index that serves
nobody, so it is dropped first, and the migration can simply run again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

INDEX = models.Index(
    fields=["name", "occurred_at"],
    name="event_came_early",
    condition=models.Q(received_at__lt=models.F("occurred_at")),
)
DROP = f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX.name}"


class Migration(migrations.Migration):
    """One index."""

    atomic = False

    dependencies = [("contacts", "0009_state_known_identifiers")]

    operations = [
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
        AddIndexConcurrently("event", INDEX),
    ]
