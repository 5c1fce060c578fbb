"""One person through the draft, or through what is published, from any start."""

import json
from datetime import timedelta

import pytest

from campaigns.emails.starters import starter_content
from campaigns.flows.edits import new_step
from campaigns.models import CampaignVersion, Enrollment, Message
from campaigns.seeing.preview import preview
from contacts.attributes import assert_now
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)
from tests.factories.connections import make_connection, webhook_step

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
IS_PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def ask_step(**values):
    content = starter_content("thank_you")
    return new_step("email", key="ask", name="Invite", content=content, **values)


def go(campaign, contact, **changes):
    values = {"version": None, "start_at": NOW, "now": NOW}
    return preview(campaign=campaign, contact=contact, **values | changes)


def test_the_draft_is_run_with_its_mails_and_nothing_remains():
    campaign = make_campaign(steps=[ask_step()], trigger={"audience": None})
    contact = make_reachable(first_name="Ana", time_zone="Europe/Berlin")

    shown = go(campaign, contact)

    assert (shown.zone, shown.zone_is_own, shown.findings) == (
        "Europe/Berlin",
        True,
        (),
    )
    [stop] = shown.journey.stops
    [mail] = stop.mails
    assert (stop.outcome, mail.problem) == ("asked", "")
    assert "Ana" in mail.shown.text
    assert not CampaignVersion.objects.exists()
    assert not Enrollment.objects.exists()


def test_what_has_to_be_mended_first():
    campaign = make_campaign(steps=[new_step("branch", key="b", name="Pro?")])

    shown = go(campaign, make_contact())

    assert shown.journey is None
    assert {one.step_key for one in shown.findings} == {"b"}


def test_a_start_in_the_past_has_the_person_of_then():
    branch = new_step(
        "branch", key="pro", name="Pro?", condition=IS_PRO, yes=[ask_step()]
    )
    campaign = make_campaign(steps=[branch])
    contact = make_reachable(created_at=NOW - 9 * DAY)
    for days, plan in ((5, "pro"), (1, "free")):
        assert_now(
            contact_id=contact.pk,
            values={"plan": plan},
            cause="by_hand",
            now=NOW - days * DAY,
        )

    outcomes = [
        go(campaign, contact, start_at=NOW - days * DAY).journey.stops[0].outcome
        for days in (6, 3, 0)
    ]

    assert outcomes == ["no", "yes", "no"]


def test_a_published_version_goes_on_beside_the_pass_that_is_on():
    campaign = make_campaign(
        steps=[new_step("delay", key="wait", name="Rest", amount=1)], state="running"
    )
    contact = make_reachable()
    real = make_enrollment(campaign, contact=contact, step_key="wait")
    campaign.draft["steps"] = []
    campaign.save()

    shown = go(campaign, contact, version=CampaignVersion.objects.get())

    assert [stop.outcome for stop in shown.journey.stops][:1] == ["waited"]
    assert Enrollment.objects.get() == real
    assert Enrollment.objects.get().state == "active"


def test_what_another_system_would_get_is_shown_and_nothing_leaves():
    connection = make_connection()
    wait = {"amount": 1, "unit": "days"}
    campaign = make_campaign(steps=[webhook_step(connection, wait=wait)])
    contact = make_contact(first_name="Ana", email="ana@example.com")

    shown = go(campaign, contact)

    first, last = shown.journey.stops
    [mail] = first.mails
    told = json.loads(mail.passed_on)["data"]
    assert told["contact"] == {
        "id": contact.pk,
        "user_ids": [],
        "email": "ana@example.com",
        "first_name": "Ana",
        "last_name": "",
        "attributes": {},
    }
    assert (first.outcome, last.outcome) == ("stayed", "delivered")
    assert not Message.objects.exists()
