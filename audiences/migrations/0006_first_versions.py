"""Write down what the audiences that are there are, as their first known version."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 500


def write(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Write a version for each audience that has none with its number."""
    versions = apps.get_model("audiences", "AudienceVersion").objects
    audiences = apps.get_model("audiences", "Audience").objects.order_by("pk")
    model = versions.model
    rows = [
        model(
            audience_id=audience.pk,
            number=audience.rule_version,
            rule=audience.rule,
            counts_from=audience.counts_from,
            created_at=audience.created_at,
            created_by_id=audience.created_by_id,
        )
        for audience in audiences.iterator(chunk_size=BATCH)
    ]
    versions.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("audiences", "0005_judged")]

    # A version more harms nothing: there is nothing to take back.
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
