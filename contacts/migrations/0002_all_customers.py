"""The list "All customers", which exists from the start."""

from django.db import migrations


def create_everyone(apps, schema_editor):
    ContactList = apps.get_model("contacts", "ContactList")
    ContactList.objects.get_or_create(
        kind="everyone",
        defaults={
            "name": "All customers",
            "description": "Everybody. New contacts are on it at once.",
        },
    )


def delete_everyone(apps, schema_editor):
    apps.get_model("contacts", "ContactList").objects.filter(kind="everyone").delete()


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]

    operations = [migrations.RunPython(create_everyone, delete_everyone)]
