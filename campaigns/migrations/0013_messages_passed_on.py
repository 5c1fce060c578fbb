"""
Find what is to be passed on to other systems, and what they did not take.

Built while messages go on leaving. One that was stopped halfway leaves an index that serves
nobody, so it is dropped first, and the migration can simply run again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

INDEXES = (
    models.Index(
        fields=["campaign", "due_at", "id"],
        condition=models.Q(
            state="queued", channel__in=("other", "push", "sms", "webhook")
        ),
        name="messages_to_pass_on",
    ),
    models.Index(
        fields=["connection", "-finished_at", "-id"],
        condition=models.Q(state__in=["failed", "refused"], connection__isnull=False),
        name="messages_not_taken",
    ),
)


class Migration(migrations.Migration):
    """Two small indexes."""

    atomic = False

    dependencies = [("campaigns", "0012_connections")]

    operations = [
        operation
        for index in INDEXES
        for operation in (
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}",
                migrations.RunSQL.noop,
            ),
            AddIndexConcurrently("message", index),
        )
    ]
