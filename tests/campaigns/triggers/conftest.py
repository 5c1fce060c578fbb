from datetime import datetime, timedelta

import pytest

from campaigns.engine import enroll, lifecycle
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment, Moment, Refusal
from contacts import events
from tests.factories.campaigns import NOW, make_campaign, make_version


@pytest.fixture
def running():
    """Start a campaign with a trigger."""

    def make(state="running", **trigger):
        campaign = make_campaign(
            steps=[new_step("delay", key="delay")], trigger=trigger
        )
        campaign.published = make_version(campaign)
        campaign.save()
        if state != "draft":
            lifecycle.start(campaign=campaign, user=None, now=NOW)
        return campaign

    return make


@pytest.fixture
def happens():
    """Let something happen to a contact."""

    def record(contact, name="Account Created", *, at=NOW, key="", told=None, **more):
        fact = events.Fact(
            contact.pk,
            name,
            at,
            key or f"{name} {at.isoformat()} {more}",
            more.pop("properties", {}),
            is_historical=more.pop("is_historical", False),
        )
        return events.record(fact, now=told or max(at, NOW))

    return record


@pytest.fixture
def take():
    """Take all moments, until there is nothing more to take."""

    def run(now: datetime = NOW + timedelta(minutes=1)) -> int:
        count = 0
        while taken := enroll.enroll_moments(now=now):
            count += taken
        return count

    return run


@pytest.fixture
def books():
    """What has become of all moments: contact and key, sorted."""

    def read() -> dict[str, list]:
        refused = Refusal.objects.order_by("contact_id", "moment_key")
        waiting = Moment.objects.order_by("contact_id", "key")
        return {
            "enrolled": list(
                Enrollment.objects.order_by("contact_id", "entry_key").values_list(
                    "contact_id", "entry_key"
                )
            ),
            "refused": list(refused.values_list("contact_id", "reason")),
            "waiting": list(waiting.values_list("contact_id", "waits_for")),
        }

    return read
