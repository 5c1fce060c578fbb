"""
Find the receipts of a person by an index.

Built while messages go on arriving. One that was stopped halfway leaves an index that serves
nobody, so each is dropped first, and the migration can simply run again.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

INDEXES = [
    models.Index(
        fields=["identifier_id", "-id"],
        name="receipt_of_identifier",
        condition=models.Q(identifier_id__isnull=False),
    ),
    models.Index(
        fields=["user_id"],
        name="receipt_refused_user",
        condition=~models.Q(state="accepted") & ~models.Q(user_id=""),
    ),
    models.Index(
        fields=["anonymous_id"],
        name="receipt_refused_anonymous",
        condition=~models.Q(state="accepted") & ~models.Q(anonymous_id=""),
    ),
]


def steps(index: models.Index) -> list[migrations.operations.base.Operation]:
    """Drop what is left of the index, and build it without stopping anybody."""
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}"
    return [
        migrations.RunSQL(drop, migrations.RunSQL.noop),
        AddIndexConcurrently("receipt", index),
    ]


class Migration(migrations.Migration):
    """Three indexes, one after the other."""

    atomic = False

    dependencies = [("contacts", "0005_link_identifiers")]

    operations = [step for index in INDEXES for step in steps(index)]
