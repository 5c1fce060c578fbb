"""Bodies wait for a second; compressing them would cost more than all the rest."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0003_collection"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE contacts_inboxbody ALTER COLUMN body SET STORAGE EXTERNAL",
            "ALTER TABLE contacts_inboxbody ALTER COLUMN body SET STORAGE EXTENDED",
        ),
    ]
