"""Since when somebody trusted calls a person by an address or a user id."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column."""

    dependencies = [("contacts", "0006_receipts_of_person")]

    operations = [
        migrations.AddField(
            "identifier",
            "stated_at",
            models.DateTimeField(blank=True, null=True),
        ),
    ]
