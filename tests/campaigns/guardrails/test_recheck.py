"""The last look before a message leaves."""

from datetime import timedelta

import pytest

from campaigns.engine import lifecycle
from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.guardrails.recheck import recheck
from campaigns.models import Campaign, Enrollment, Message
from contacts import consents
from contacts.events import Fact, record
from contacts.models import Consent, ConsentChange, Contact
from referrals import preferences
from tests.factories.campaigns import NOW, make_campaign, make_contact, make_enrollment

pytestmark = pytest.mark.django_db

ORDERED = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def message():
    campaign = make_campaign(state="running", steps=[new_step("email", key="ask")])
    definition = campaign.published.definition
    definition["goal"]["condition"] = ORDERED
    type(campaign.published).objects.update(definition=definition)
    contact = make_contact()
    consents.grant([contact.pk], source="test", statement="", now=NOW)
    make_enrollment(campaign, contact=contact, step_key="ask")
    advance_round(now=NOW)
    return Message.objects.select_related("campaign", "version", "contact").get()


def reasons(message, now=LATER):
    return [one.reason for one in recheck(message, now=now).objections]


def test_nothing_has_changed(message):
    assert reasons(message) == []


def test_unsubscribed_since(message):
    consents.withdraw(contact=message.contact, source="test", now=LATER)

    assert reasons(message) == ["unsubscribed"]


def test_suppressed_since(message):
    consents.suppress(address=message.address, reason="bounced", now=LATER)

    assert reasons(message) == ["suppressed"]


def test_answered_since(message):
    preferences.never(contact_id=message.contact_id, now=LATER)
    preferences.snooze(contact_id=message.contact_id, days=60, now=LATER)

    assert reasons(message) == ["never", "snoozed"]


def test_goal_reached_since(message):
    record(Fact(message.contact_id, "order_completed", LATER, "1"), now=LATER)

    assert reasons(message) == ["exited_goal"]


def test_goal_reached_before_the_moment_does_not_count(message):
    record(
        Fact(message.contact_id, "order_completed", NOW - timedelta(days=1), "1"),
        now=LATER,
    )

    assert reasons(message) == []


def test_paused_since_waits(message):
    lifecycle.pause(campaign=message.campaign, user=None, now=LATER)

    verdict = recheck(message, now=LATER)

    assert (verdict.reason, verdict.is_timing) == ("campaign_paused", True)


def test_stopped_since(message):
    Campaign.objects.update(state=Campaign.State.STOPPED)

    assert reasons(message) == ["campaign_stopped"]


def test_night_has_fallen_since(message):
    verdict = recheck(message, now=NOW + timedelta(hours=9))

    assert (verdict.reason, verdict.is_timing, verdict.possible_at) == (
        "quiet_hours",
        True,
        NOW.replace(hour=8) + timedelta(days=1),
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": "converted", "end_reason": "goal"}, ["exited_goal"]),
        ({"state": "exited", "end_reason": "exit_condition"}, ["exited_condition"]),
        ({"state": "exited", "end_reason": "campaign_stopped"}, ["campaign_stopped"]),
        # A later step has held him; what was decided before still goes.
        ({"state": "exited", "end_reason": "cap"}, []),
    ],
)
def test_the_pass_has_ended_since(message, changes, expected):
    Enrollment.objects.update(**changes)

    assert reasons(message) == expected


def test_the_exit_condition_holds_since(message):
    churned = {"kind": "attribute", "name": "churned", "operator": "is", "value": True}
    message.version.definition["exit"]["condition"] = churned
    Contact.objects.update(attributes={"churned": True})

    assert reasons(message) == ["exited_condition"]


def test_the_contact_was_deleted_since(message):
    Consent.objects.all().delete()
    ConsentChange.objects.all().delete()
    Contact.objects.all()._raw_delete("default")

    assert reasons(message) == ["gone"]
