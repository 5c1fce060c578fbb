from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referrals", "0022_gifts_wait_for_addresses")]

    operations = [
        migrations.AddField(
            model_name="referral",
            name="friend_shown_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
