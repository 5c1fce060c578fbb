"""
Enrolling against one plain INSERT … SELECT, advancing against one plain UPDATE.

The limit and the product write the same table with the same indexes, in one run. What counts
is the time of the processors, ours and the backend's: the clock on the wall depends on who
else is at work. Sizes: ``GREENLIGHT_ENROLL_ROWS`` (1,000,000), ``GREENLIGHT_ADVANCE_ROWS``
(300,000), ``GREENLIGHT_ASK_ROWS`` (50,000).
"""

import os
import time
from datetime import timedelta

import pytest
from django.db import connection

from campaigns.engine import enroll, lifecycle
from campaigns.engine.advance import LIGHT_SIZE, advance_batch, advance_round
from campaigns.engine.places import Place
from campaigns.flows.edits import new_step
from campaigns.models import Ask, Enrollment, Message, StartRun, StepRun
from contacts import work
from tests.benchmarks.meter import Cost, measure
from tests.benchmarks.report import report
from tests.chaos.drive import database_url, start
from tests.factories.campaigns import NOW, make_audience, make_campaign, make_version

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

ENROLL_ROWS = int(os.environ.get("GREENLIGHT_ENROLL_ROWS", "1000000"))
ADVANCE_ROWS = int(os.environ.get("GREENLIGHT_ADVANCE_ROWS", "300000"))
ASK_ROWS = int(os.environ.get("GREENLIGHT_ASK_ROWS", "50000"))

PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def make_people(count: int) -> None:
    """Contacts of whom every third is on the plan pro, all of whom agreed to get email."""
    execute(
        "INSERT INTO contacts_contact (email, first_name, last_name, locale, time_zone,"
        " attributes) SELECT 'person' || n || '@example.com', 'First', 'Last', 'en',"
        " (ARRAY['Europe/Berlin', 'America/New_York', ''])[1 + n %% 3],"
        " jsonb_build_object('plan', CASE WHEN n %% 3 = 0 THEN 'pro' ELSE 'free' END)"
        " FROM generate_series(1, %s) AS n",
        count,
    )
    execute(
        "INSERT INTO contacts_consent (contact_id, channel, state, changed_at)"
        " SELECT id, 'email', 'granted', %s FROM contacts_contact",
        NOW,
    )
    execute("ANALYZE contacts_contact, contacts_consent")


def empty(*models: type) -> None:
    tables = ", ".join(model._meta.db_table for model in models)
    execute(f"TRUNCATE {tables}")


def insert_enrollments(campaign, step_key: str) -> None:
    """The limit of enrolling: the same rows, one statement, nothing looked at."""
    execute(
        "INSERT INTO campaigns_enrollment (contact_id, campaign_id, version_id, entry_key,"
        " moment_at, enrolled_at, state, step_key, visit, due_at, attempts, end_reason,"
        " error) SELECT contact.id, %s, %s, 'once', %s, %s, 'active', %s, 0, %s, 0, '', ''"
        " FROM contacts_contact AS contact",
        campaign.pk,
        campaign.published.pk,
        NOW,
        NOW,
        step_key,
        NOW,
    )


def update_enrollments() -> None:
    """The limit of advancing: the same columns, one statement, no journal."""
    execute(
        "UPDATE campaigns_enrollment SET step_key = 'after', visit = visit + 1, due_at = %s,"
        " attempts = 0, error = '' WHERE state = 'active' AND due_at <= %s",
        NOW + timedelta(days=3),
        NOW,
    )


def say(rows: int, limit: Cost, product: Cost) -> str:
    return (
        f"processor time; {rows:,} rows, {rows / product.wall:,.0f} a second,"
        f" on the wall {limit.wall / product.wall:.2f}"
    )


def test_enrolling():
    make_people(ENROLL_ROWS)
    audience = make_audience()
    execute(
        "INSERT INTO audiences_membership (contact_id, audience_id, episode, entered_at)"
        " SELECT id, %s, 1, %s FROM contacts_contact",
        audience.pk,
        NOW,
    )
    execute("ANALYZE audiences_membership")
    campaign = make_campaign(
        steps=[new_step("delay", key="first")],
        trigger={"audience": audience.pk, "existing": True},
    )
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=NOW)

    def start() -> None:
        while work.advance_one(StartRun, enroll.enroll_members, now=NOW):
            pass

    limit = measure(lambda: insert_enrollments(campaign, "first"))
    empty(Enrollment)
    product = measure(start)

    assert Enrollment.objects.count() == ENROLL_ROWS
    report(
        "Enroll the members of an audience / INSERT … SELECT",
        limit.cpu,
        product.cpu,
        say(ENROLL_ROWS, limit, product),
    )


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("delay", new_step("delay", key="first", amount=3)),
        (
            "calendar delay",
            new_step("delay", key="first", amount=3, unit="calendar_days", at="09:00"),
        ),
        ("branch", new_step("branch", key="first", condition=PRO)),
    ],
)
def test_advancing(name, step):
    make_people(ADVANCE_ROWS)
    campaign = make_campaign(
        steps=[step, new_step("delay", key="after")], state="running"
    )

    def advance() -> None:
        # One step each: who goes on at once is not worked on again.
        while advance_batch(Place(campaign.pk, "first", 1, NOW), now=NOW):
            pass

    insert_enrollments(campaign, "first")
    execute("VACUUM ANALYZE campaigns_enrollment")
    limit = measure(update_enrollments)
    empty(Enrollment)
    insert_enrollments(campaign, "first")
    execute("VACUUM ANALYZE campaigns_enrollment")
    product = measure(advance)

    assert StepRun.objects.filter(step_key="first").count() == ADVANCE_ROWS
    report(
        f"Advance through a {name} / UPDATE",
        limit.cpu,
        product.cpu,
        say(ADVANCE_ROWS, limit, product),
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_advancing_by_the_clock(processes, workers):
    make_people(ADVANCE_ROWS)
    campaign = make_campaign(
        steps=[
            new_step("branch", key="first", condition=PRO),
            new_step("delay", key="after"),
        ],
        state="running",
    )
    insert_enrollments(campaign, "first")
    execute("VACUUM ANALYZE campaigns_enrollment")
    limit = measure(update_enrollments)
    empty(Enrollment)
    insert_enrollments(campaign, "first")
    execute("VACUUM ANALYZE campaigns_enrollment")
    movers = [
        start(
            processes,
            "racer.py",
            campaign.pk,
            "first",
            NOW.isoformat(),
            LIGHT_SIZE,
            DATABASE_URL=database_url(),
            DJANGO_SETTINGS_MODULE="tests.settings",
        )
        for _ in range(workers)
    ]
    for mover in movers:
        assert mover.stdout.readline() == "ready\n"

    began = time.perf_counter()
    for mover in movers:
        mover.stdin.write("go\n")
        mover.stdin.flush()
    for mover in movers:
        assert mover.stdout.readline() == "done\n"
    wall = time.perf_counter() - began

    assert StepRun.objects.filter(step_key="first").count() == ADVANCE_ROWS
    report(
        f"Advance by {workers} workers / UPDATE, on the wall",
        limit.wall,
        wall,
        f"{ADVANCE_ROWS:,} rows, {ADVANCE_ROWS / wall:,.0f} a second",
    )


def test_asking():
    make_people(ASK_ROWS)
    campaign = make_campaign(
        steps=[new_step("email", key="first")],
        state="running",
        settings={"quiet_from": "00:00", "quiet_until": "00:00"},
    )
    insert_enrollments(campaign, "first")
    execute("VACUUM ANALYZE campaigns_enrollment")
    limit = measure(update_enrollments)
    empty(Enrollment)
    insert_enrollments(campaign, "first")
    execute("VACUUM ANALYZE campaigns_enrollment")

    def ask() -> None:
        while advance_round(now=NOW):
            pass

    product = measure(ask)

    assert Ask.objects.count() == Message.objects.count() == ASK_ROWS
    report(
        "Decide asks, with budget, advocate and message / UPDATE",
        limit.cpu,
        product.cpu,
        say(ASK_ROWS, limit, product),
    )
