"""Let a list be one of customers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0015_service_messages"),
    ]

    operations = [
        migrations.AddField(
            model_name="contactlist",
            name="customers_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
