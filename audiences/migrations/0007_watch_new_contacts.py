"""Hear of contacts that are made anew, where there are audiences already."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def watch(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Watch for them as if a rule were saved today; nothing without audiences."""
    live = apps.get_model("audiences", "Audience").objects.filter(archived_at=None)
    if live.exists():
        apps.get_model("contacts", "WatchedEvent").objects.get_or_create(
            consumer="audiences", name="contact_remade"
        )


class Migration(migrations.Migration):
    dependencies = [
        ("audiences", "0006_first_versions"),
        ("contacts", "0003_collection"),
    ]

    # Watching again, or more than is needed, harms nothing: there is nothing to take back.
    operations = [migrations.RunPython(watch, migrations.RunPython.noop)]
