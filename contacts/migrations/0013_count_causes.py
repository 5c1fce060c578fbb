"""
Count why messages were refused, and how plans were broken, from indexes alone.

Built while messages go on arriving. One that was stopped halfway leaves an index that serves
nobody, so it is dropped first, and the migration can simply run again.
"""

from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
)
from django.db import migrations, models

REFUSED = ~models.Q(state="accepted")
INDEXES = (
    (
        "receipt",
        models.Index(
            fields=["received_at"],
            include=["source", "state", "kind", "name", "reason", "id"],
            name="receipt_refused_causes",
            condition=REFUSED,
        ),
    ),
    (
        "receipt",
        models.Index(
            fields=["received_at"],
            include=["source", "state", "kind", "name", "reason"],
            name="receipt_refused_emptied",
            condition=REFUSED & models.Q(payload__isnull=True),
        ),
    ),
    (
        "violation",
        models.Index(
            fields=["received_at"],
            include=["source", "kind", "name", "problem", "path", "reaction", "id"],
            name="violation_causes",
        ),
    ),
)


class Migration(migrations.Migration):
    """Three indexes, one of which does what two did."""

    atomic = False

    dependencies = [("contacts", "0012_consent_channels")]

    operations = [
        operation
        for model, index in INDEXES
        for operation in (
            migrations.RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}",
                migrations.RunSQL.noop,
            ),
            AddIndexConcurrently(model, index),
        )
    ] + [
        RemoveIndexConcurrently("violation", "violation_by_cause"),
        RemoveIndexConcurrently("violation", "violation_by_time"),
    ]
