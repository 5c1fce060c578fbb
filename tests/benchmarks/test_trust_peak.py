"""
From the moment of trust to the mail: an event is posted, and the ask is at the mail server.

The whole site runs, with traffic beside. ``GREENLIGHT_BENCHMARK_SECONDS`` says for how long.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.emails.starters import starter_content
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.messaging.compile import compile_content
from campaigns.models import Message
from contacts import consents
from tests.benchmarks.test_live_latency import SECONDS, measure
from tests.chaos.drive import free_port, start
from tests.factories.campaigns import make_campaign, make_version
from tests.factories.contacts import make_contact

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

GOAL_SECONDS = 2.0
# Each waits 0.2 seconds after the one before; nobody is asked twice.
PROBES = int(SECONDS * 5) + 50


@pytest.fixture
def mails(processes, tmp_path):
    """A mail server; its port, and the file in which it writes down what it accepts."""
    port, accepted = free_port(), tmp_path / "accepted"
    server = start(processes, "mail_server.py", port, accepted, 0, 0, 0)
    assert server.stdout.readline() == "ready\n"
    return port, accepted


def make_people(now):
    contacts = [
        make_contact(
            email=f"probe{number}@example.com",
            user_id=f"u{number}",
            attributes={"plan": "pro"},
            now=now,
        )
        for number in range(PROBES)
    ]
    ids = [contact.pk for contact in contacts]
    consents.grant(ids, source="test", statement="Agreed", now=now)


def begin(now):
    """Start a campaign that asks whoever gave a nine or a ten, if he is on the plan "pro"."""
    ask = new_step(
        "email", key="ask", content=compile_content(starter_content("both_sides"))
    )
    plan = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
    campaign = make_campaign(
        steps=[new_step("branch", key="check", condition=plan, yes=[ask])],
        trigger={"kind": "event", "event": {"name": "Probe", "filters": []}},
        settings={"quiet_from": "00:00", "quiet_until": "00:00"},
    )
    campaign.published = make_version(campaign)
    campaign.save()
    lifecycle.start(campaign=campaign, user=None, now=now)


def test_mail_leaves_within_two_seconds(mails):
    port, accepted = mails
    now = timezone.now() - timedelta(minutes=1)
    make_people(now)
    begin(now)

    def has_mail(number):
        return f" probe{number}@" in accepted.read_text()

    measure(
        "trust peak to mail",
        has_mail,
        goal=GOAL_SECONDS,
        GREENLIGHT_SMTP_HOST="127.0.0.1",
        GREENLIGHT_SMTP_PORT=str(port),
    )

    assert set(Message.objects.values_list("state", flat=True)) == {"accepted"}
