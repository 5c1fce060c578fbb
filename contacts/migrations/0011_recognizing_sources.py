"""Let public sources recognize people whom a file brought; links keep whether they did."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A switch, and a basis."""

    dependencies = [
        ("contacts", "0010_early_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="source",
            name="recognizes",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AlterField(
            model_name="identifierlink",
            name="basis",
            field=models.CharField(
                choices=[
                    ("together", "Came in one message"),
                    ("alias", "One replaced the other"),
                    ("email", "Has the email address"),
                    ("by_hand", "Merged by hand"),
                    ("claimed_alias", "Claims to replace the other"),
                    ("claimed_email", "Claims the email address"),
                    ("recognized_email", "Recognized by the email address"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="merge",
            name="cause",
            field=models.CharField(
                choices=[
                    ("together", "Came in one message"),
                    ("alias", "One replaced the other"),
                    ("email", "Has the email address"),
                    ("by_hand", "Merged by hand"),
                    ("claimed_alias", "Claims to replace the other"),
                    ("claimed_email", "Claims the email address"),
                    ("recognized_email", "Recognized by the email address"),
                ],
                max_length=20,
            ),
        ),
    ]
