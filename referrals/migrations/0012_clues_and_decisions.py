"""Keep clues and decisions by hand, and what a program wants of both."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audiences", "0008_keep_moments_of_lists"),
        ("contacts", "0014_other_channel"),
        ("referrals", "0011_visits_by_time"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="program",
            name="click_choice",
            field=models.CharField(
                choices=[
                    ("last", "The last one before the sign-up"),
                    ("first", "The first one"),
                ],
                default="last",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="code_beats_click",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="program",
            name="counts_history",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="program",
            name="customers_audience",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="audiences.audience",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="customers_before",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="program",
            name="customers_list",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="contacts.contactlist",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="excludes_paid_ads",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="referral",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="stagerule",
            name="position",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="Clue",
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
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("click", "Click id"),
                            ("code", "Code"),
                            ("coupon", "Coupon"),
                            ("device", "Address of a page with our click id"),
                            ("email", "Accepted introduction"),
                            ("ad", "Click on an ad"),
                        ],
                        max_length=10,
                    ),
                ),
                ("value", models.CharField(max_length=100)),
                ("key", models.CharField(blank=True, max_length=200)),
                ("event", models.CharField(blank=True, max_length=200)),
                ("seen_at", models.DateTimeField()),
                ("is_historical", models.BooleanField(default=False)),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="contacts.contact",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contact", "source", "value", "key"), name="clue_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditDecision",
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
                ("referral_id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("given", "Credit given"),
                            ("moved", "Credit moved to another advocate"),
                            ("withdrawn", "Credit withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("from_contact_id", models.BigIntegerField(blank=True, null=True)),
                ("to_contact_id", models.BigIntegerField(blank=True, null=True)),
                ("reason", models.TextField()),
                ("decided_at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="contacts.contact",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="referrals.program",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["-decided_at", "-id"], name="credit_decisions_newest"
                    )
                ],
            },
        ),
    ]
