"""
Find the passes that an error has stopped, or keeps back.

Built while people go on moving. One that was stopped halfway leaves an index that serves
nobody, so it is dropped first, and the migration can simply run again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

INDEXES = (
    models.Index(
        fields=["-ended_at", "-id"],
        condition=models.Q(state="failed"),
        name="enrollments_failed",
    ),
    models.Index(
        fields=["due_at", "id"],
        condition=models.Q(state="active", attempts__gt=0),
        name="enrollments_failing",
    ),
)


class Migration(migrations.Migration):
    """Two small indexes."""

    atomic = False

    dependencies = [("campaigns", "0008_redo")]

    operations = [
        operation
        for index in INDEXES
        for operation in (
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}",
                migrations.RunSQL.noop,
            ),
            AddIndexConcurrently("enrollment", index),
        )
    ]
