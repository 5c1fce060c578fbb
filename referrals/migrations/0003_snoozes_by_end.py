"""
Find by its end who said "not now".

One that was stopped halfway leaves an index that serves nobody, so it is dropped first, and
the migration can simply run again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

INDEX = models.Index(
    fields=["snoozed_until"],
    name="ask_snoozed_until",
    condition=models.Q(snoozed_until__isnull=False),
)
DROP = f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX.name}"


class Migration(migrations.Migration):
    """One index."""

    atomic = False

    dependencies = [("referrals", "0002_collection")]

    operations = [
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
        AddIndexConcurrently("askpreference", INDEX),
    ]
