"""
Everybody at once: from the trigger through a branch and an ask into the outbox.

The limit is writing the rows that are there in the end once, by plain statements into tables
with the same indexes, and moving the enrollments as often by one UPDATE each. The size is
``GREENLIGHT_OUTBOX_PEOPLE`` (1,000,000).
"""

import os

import pytest
from django.db import connection

from campaigns.engine import enroll, lifecycle
from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.models import (
    Ask,
    AskBudget,
    Enrollment,
    Message,
    MessageTag,
    StepRun,
)
from contacts.models import Event
from referrals.models import Advocate
from tests.benchmarks.meter import Meter, Peak, measure
from tests.benchmarks.report import report
from tests.benchmarks.test_engine_at_scale import PRO, execute, make_people
from tests.factories.campaigns import NOW, make_audience, make_campaign, make_version

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

PEOPLE = int(os.environ.get("GREENLIGHT_OUTBOX_PEOPLE", "1000000"))
WRITTEN = (Enrollment, StepRun, Ask, AskBudget, Message, MessageTag, Advocate, Event)


def begin():
    """A campaign that marks nobody out: both sides of its branch lead to the ask."""
    audience = make_audience()
    campaign = make_campaign(
        steps=[
            new_step("branch", key="check", condition=PRO),
            new_step("email", key="ask"),
        ],
        trigger={"audience": audience.pk},
        settings={"quiet_from": "00:00", "quiet_until": "00:00"},
    )
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=NOW)
    execute(
        "INSERT INTO audiences_membershipreaction (contact_id, consumer, audience_id, episode,"
        " change, changed_at, created_at)"
        " SELECT id, %s, %s, 1, 'entered', %s, %s FROM contacts_contact ORDER BY id",
        f"campaign:{campaign.pk}",
        audience.pk,
        NOW,
        NOW,
    )
    execute("ANALYZE audiences_membershipreaction")


def run():
    while enroll.enroll_moments(now=NOW):
        advance_round(now=NOW)
    while advance_round(now=NOW):
        pass


def write_again():
    """Write the same rows with the same indexes once, and move them twice."""
    for model in WRITTEN:
        table = model._meta.db_table
        execute(f"CREATE TABLE again_{table} (LIKE {table} INCLUDING ALL)")
        columns = ", ".join(
            f'"{field.column}"' for field in model._meta.concrete_fields
        )
        execute(
            f"INSERT INTO again_{table} ({columns}) OVERRIDING SYSTEM VALUE"
            f" SELECT {columns} FROM {table}"
        )
    for _ in range(2):
        execute("UPDATE again_campaigns_enrollment SET visit = visit + 1")


def drop():
    for model in WRITTEN:
        execute(f"DROP TABLE IF EXISTS again_{model._meta.db_table}")


def test_everybody_reaches_the_outbox():
    make_people(PEOPLE)
    begin()

    with Peak() as peak, Meter() as meter:
        run()
    product = meter.cost

    assert Ask.objects.count() == Message.objects.count() == PEOPLE
    assert Enrollment.objects.filter(state="completed").count() == PEOPLE
    try:
        limit = measure(write_again)
    finally:
        drop()
    connection.close()
    report(
        "Trigger to outbox / the same rows written once",
        limit.cpu,
        product.cpu,
        f"processor time; {PEOPLE:,} people in {product.wall / 60:.1f} minutes,"
        f" {PEOPLE / product.wall:,.0f} a second, {peak.grown_mb:.0f} MB at the peak",
    )
