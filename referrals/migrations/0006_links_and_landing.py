"""Names of links, tags of visits, places, pauses, traps for machines, and mailed offers."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0014_other_channel"),
        ("referrals", "0005_introductions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LandingPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("word", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=80)),
                ("destination_url", models.CharField(max_length=2000)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now()
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OfferMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("advocate_id", models.BigIntegerField()),
                ("address", models.CharField(blank=True, max_length=254)),
                ("digest", models.CharField(max_length=64)),
                ("visitor_key", models.CharField(blank=True, max_length=32)),
                ("language", models.CharField(max_length=8)),
                ("place", models.CharField(blank=True, max_length=40)),
                ("click_id", models.CharField(blank=True, max_length=22)),
                ("statement", models.TextField(blank=True)),
                ("version", models.CharField(max_length=20)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("silent", "Not sent: the address wants no mail"),
                            ("failed", "Could not be sent"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="TrapHit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("hit_at", models.DateTimeField()),
                ("address_hash", models.CharField(blank=True, max_length=32)),
                ("visitor_key", models.CharField(max_length=32)),
            ],
        ),
        migrations.AddField(
            model_name="advocate",
            name="blocked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="advocate",
            name="blocked_because",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=300
            ),
        ),
        migrations.AddField(
            model_name="advocate",
            name="blocked_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="advocate",
            name="name_shown_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="program",
            name="expires_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="program",
            name="friend_conditions",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="program",
            name="paused_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="program",
            name="paused_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("hand", "Paused by hand"),
                    ("budget", "The budget is used up"),
                ],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="paused_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="privacy_url",
            field=models.URLField(
                blank=True, db_default="", default="", max_length=500
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="tag_template",
            field=models.CharField(
                blank=True,
                db_default="utm_source=referral&utm_medium={channel}&utm_campaign={program}",
                default="utm_source=referral&utm_medium={channel}&utm_campaign={program}",
                max_length=500,
            ),
        ),
        migrations.AddField(
            model_name="referralcode",
            name="created_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="referralcode",
            name="kind",
            field=models.CharField(
                choices=[
                    ("drawn", "Drawn by us"),
                    ("chosen", "Chosen"),
                    ("imported", "From another tool"),
                ],
                db_default="drawn",
                default="drawn",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="asset",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="place",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=40
            ),
        ),
        migrations.AddField(
            model_name="visit",
            name="tell_due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="advocate",
            name="code",
            field=models.CharField(max_length=50),
        ),
        migrations.AlterField(
            model_name="referralcode",
            name="code",
            field=models.CharField(max_length=50, unique=True),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("tell_due_at__isnull", False)),
                fields=["tell_due_at", "id"],
                name="visits_to_tell",
            ),
        ),
        migrations.AddField(
            model_name="landingplace",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="places",
                to="referrals.program",
            ),
        ),
        migrations.AddField(
            model_name="offermail",
            name="contact",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="contacts.contact",
            ),
        ),
        migrations.AddField(
            model_name="offermail",
            name="program",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="referrals.program",
            ),
        ),
        migrations.AddField(
            model_name="traphit",
            name="contact",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="contacts.contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="landingplace",
            constraint=models.UniqueConstraint(
                fields=("program", "word"), name="place_once_per_program"
            ),
        ),
        migrations.AddIndex(
            model_name="offermail",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["due_at", "id"],
                name="offers_to_send",
            ),
        ),
        migrations.AddConstraint(
            model_name="offermail",
            constraint=models.UniqueConstraint(
                fields=("contact", "advocate_id", "digest"), name="offer_mailed_once"
            ),
        ),
        migrations.AddIndex(
            model_name="traphit",
            index=models.Index(
                fields=["contact", "-hit_at"], name="trap_hits_of_contact"
            ),
        ),
    ]
