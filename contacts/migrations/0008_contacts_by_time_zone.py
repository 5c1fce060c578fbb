"""
Find contacts by their time zone.

Built while people go on arriving. One that was stopped halfway leaves an index that serves
nobody, so it is dropped first, and the migration can simply run again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

INDEX = models.Index(
    fields=["time_zone"],
    name="contact_time_zone",
    condition=~models.Q(time_zone=""),
)
DROP = f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX.name}"


class Migration(migrations.Migration):
    """One index."""

    atomic = False

    dependencies = [("contacts", "0007_stated_identifiers")]

    operations = [
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
        AddIndexConcurrently("contact", INDEX),
    ]
