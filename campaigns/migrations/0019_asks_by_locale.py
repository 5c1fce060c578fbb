from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("campaigns", "0018_what_reports_sort_asks_by"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="ask",
            index=models.Index(fields=["locale"], name="asks_by_locale"),
        ),
    ]
