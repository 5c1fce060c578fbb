"""Find whose click id, code or order it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0014_other_channel"),
        ("referrals", "0015_portal_mails"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="clue",
            index=models.Index(fields=["value"], name="clues_by_value"),
        ),
        migrations.AddIndex(
            model_name="milestone",
            index=models.Index(fields=["key"], name="milestones_by_key"),
        ),
    ]
