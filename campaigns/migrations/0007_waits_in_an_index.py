"""
Find the passes that stay at a step.

Built while people go on moving. One that was stopped halfway leaves an index that serves
nobody, so it is dropped first, and the migration can simply run again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """One small index."""

    atomic = False

    dependencies = [
        ("campaigns", "0006_moments"),
        ("contacts", "0012_consent_channels"),
    ]

    operations = [
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS enrollments_that_stay",
            migrations.RunSQL.noop,
        ),
        AddIndexConcurrently(
            "enrollment",
            models.Index(
                condition=models.Q(("began_at__isnull", False), ("state", "active")),
                fields=["campaign", "step_key"],
                name="enrollments_that_stay",
            ),
        ),
    ]
