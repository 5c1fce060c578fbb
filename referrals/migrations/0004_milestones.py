"""What brings a referral to a stage, what is taken back, and what is due of it."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0014_other_channel"),
        ("referrals", "0003_snoozes_by_end"),
    ]

    operations = [
        migrations.CreateModel(
            name="Milestone",
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
                    "stage",
                    models.CharField(
                        choices=[
                            ("lead", "Lead"),
                            ("qualified", "Qualified"),
                            ("opportunity", "Opportunity"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                        ],
                        max_length=12,
                    ),
                ),
                ("key", models.CharField(max_length=200)),
                ("occurred_at", models.DateTimeField()),
                ("event_id", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField(blank=True, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("refunded_minor", models.BigIntegerField(default=0)),
                ("canceled_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Refund",
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
                ("order_key", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=200)),
                ("amount_minor", models.BigIntegerField(blank=True, null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("occurred_at", models.DateTimeField()),
                ("is_cancel", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="StageRule",
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
                    "means",
                    models.CharField(
                        choices=[
                            ("lead", "Lead"),
                            ("qualified", "Qualified"),
                            ("opportunity", "Opportunity"),
                            ("won", "Won"),
                            ("lost", "Lost"),
                            ("refund", "Refund"),
                            ("cancel", "Cancel"),
                        ],
                        max_length=12,
                    ),
                ),
                ("event", models.CharField(max_length=200)),
                ("filters", models.JSONField(blank=True, default=list)),
                ("key_property", models.CharField(blank=True, max_length=100)),
                ("amount_property", models.CharField(blank=True, max_length=100)),
                ("currency_property", models.CharField(blank=True, max_length=100)),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="referral",
            name="channel",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="referral",
            name="counts_from",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="fraud_state",
            field=models.CharField(
                choices=[
                    ("unjudged", "Not checked yet"),
                    ("clear", "Clear"),
                    ("held", "Held for review"),
                    ("rejected", "Rejected"),
                ],
                default="unjudged",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="judge_due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="lost_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="reversed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="rewards_due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="referral",
            name="source",
            field=models.CharField(
                choices=[
                    ("click", "Click on the link"),
                    ("code", "Typed code"),
                    ("coupon", "Coupon"),
                    ("device", "Same device as a visit"),
                    ("email", "Accepted an introduction"),
                    ("hand", "By hand"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("judge_due_at__isnull", False)),
                fields=["judge_due_at"],
                name="referrals_judge_due",
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(("rewards_due_at__isnull", False)),
                fields=["rewards_due_at"],
                name="referrals_rewards_due",
            ),
        ),
        migrations.AddField(
            model_name="milestone",
            name="contact",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="contacts.contact",
            ),
        ),
        migrations.AddField(
            model_name="milestone",
            name="program",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="referrals.program",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="contact",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="contacts.contact",
            ),
        ),
        migrations.AddField(
            model_name="stagerule",
            name="program",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stage_rules",
                to="referrals.program",
            ),
        ),
        migrations.AddIndex(
            model_name="milestone",
            index=models.Index(
                fields=["program", "stage", "occurred_at"], name="milestones_of_program"
            ),
        ),
        migrations.AddConstraint(
            model_name="milestone",
            constraint=models.UniqueConstraint(
                fields=("contact", "referral_id", "stage", "key"),
                name="milestone_counts_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.UniqueConstraint(
                fields=("contact", "order_key", "key"), name="refund_counts_once"
            ),
        ),
        migrations.AddIndex(
            model_name="stagerule",
            index=models.Index(fields=["event"], name="stage_rules_of_event"),
        ),
    ]
