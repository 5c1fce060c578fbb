from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("referrals", "0010_visit_counts"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="visit",
            index=BrinIndex(
                fields=["visited_at"], name="visits_by_time", pages_per_range=16
            ),
        ),
    ]
