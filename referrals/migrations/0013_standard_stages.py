"""
Give programs the standard meanings of events, and let their referrals be looked at.

What was reached before is worked out anew from the events, so nothing is lost if this is
undone.
"""

from django.db import migrations
from django.utils import timezone

from referrals.standard_stages import STANDARD_STAGES

CONSUMER = "referrals"
# Lets the credit of every friend be looked at; once each, however often this runs.
LOOK_AT_ALL = """
INSERT INTO contacts_reaction (
    contact_id, consumer, event_id, name, occurred_at, created_at
)
SELECT DISTINCT contact_id, 'referrals', 0, 'look_again', %s::timestamptz, %s::timestamptz
FROM referrals_referral
ON CONFLICT (contact_id, consumer, event_id) DO NOTHING
"""


def write_rules(apps, schema_editor):
    """Write the rules of each program that has none, and watch for their events."""
    program_model = apps.get_model("referrals", "Program")
    rule_model = apps.get_model("referrals", "StageRule")
    watched_model = apps.get_model("contacts", "WatchedEvent")
    rule_model.objects.bulk_create(
        rule_model(
            program=program,
            means=means,
            event=event,
            key_property=key,
            amount_property=amount,
            currency_property=currency,
            position=position,
        )
        for program in program_model.objects.filter(stage_rules=None)
        for position, (means, event, key, amount, currency) in enumerate(
            STANDARD_STAGES
        )
    )
    if not program_model.objects.exists():
        return
    watched_model.objects.bulk_create(
        [
            watched_model(consumer=CONSUMER, name=name)
            for name in sorted({event for _, event, *_ in STANDARD_STAGES})
        ],
        ignore_conflicts=True,
    )
    now = timezone.now()  # noqa: TID251 - there is no other clock here
    schema_editor.execute(LOOK_AT_ALL, [now, now])


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [("referrals", "0012_clues_and_decisions")]

    operations = [migrations.RunPython(write_rules, migrations.RunPython.noop)]
