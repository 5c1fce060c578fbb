"""Seal the secrets with which products vouch for people; their servers notice nothing."""

from typing import Any

from django.db import migrations, models

from contacts.sealed import seal, unseal

# Never change it: what is sealed for another purpose can't be opened.
PURPOSE = "campaigns.in_app_site:{key}"


def seal_all(apps: Any, schema_editor: Any) -> None:
    """Seal what was readable."""
    for site in apps.get_model("campaigns", "InAppSite").objects.order_by("pk"):
        purpose = PURPOSE.format(key=site.key)
        site.sealed_secret = seal(site.secret, purpose=purpose)
        site.save(update_fields=["sealed_secret"])


def open_all(apps: Any, schema_editor: Any) -> None:
    """Write the secrets as they were."""
    for site in apps.get_model("campaigns", "InAppSite").objects.order_by("pk"):
        purpose = PURPOSE.format(key=site.key)
        site.secret = unseal(site.sealed_secret, purpose=purpose)
        site.save(update_fields=["secret"])


class Migration(migrations.Migration):
    """Let the sealed secret take the place of the readable one."""

    dependencies = [("campaigns", "0022_kinds_of_asks")]

    operations = [
        migrations.AddField(
            "inappsite",
            "sealed_secret",
            models.TextField(default=""),
            preserve_default=False,
        ),
        # On the way back it is there, and empty, before it is written.
        migrations.AlterField(
            "inappsite", "secret", models.CharField(max_length=80, default="")
        ),
        migrations.RunPython(seal_all, open_all),
        migrations.RemoveField("inappsite", "secret"),
    ]
