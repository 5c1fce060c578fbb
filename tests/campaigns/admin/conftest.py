"""Flows and users that the tests of the campaign's pages begin with."""

import pytest

from campaigns.emails.starters import starter_content
from campaigns.flows.edits import new_step
from campaigns.models import Campaign
from tests.factories.campaigns import (
    make_audience,
    make_campaign,
    make_contact,
    make_reachable,
)
from tests.factories.contacts import make_user

EDIT = ("campaigns.view_campaign", "campaigns.change_campaign")
PUBLISH = (*EDIT, "campaigns.publish_campaign")


@pytest.fixture
def flow() -> Campaign:
    """
    A draft with three steps and a branch.

    wait → check (yes: inside; no: –) → last
    """
    check = new_step("branch", key="check", name="Check")
    check["yes"] = [new_step("delay", key="inside", name="Inside")]
    return make_campaign(
        name="Autumn",
        steps=[
            new_step("delay", key="wait", name="Wait"),
            check,
            new_step("email", key="last", name="Last"),
        ],
    )


@pytest.fixture
def editor(client):
    """A client whose user may edit campaigns and see people, but not publish."""
    client.force_login(make_user(*EDIT, "contacts.view_contact", username="editor"))
    return client


@pytest.fixture
def publisher(client):
    """A client whose user may edit and publish campaigns."""
    client.force_login(make_user(*PUBLISH, username="publisher"))
    return client


@pytest.fixture
def onlooker(client):
    """A client whose user may look at campaigns only."""
    client.force_login(make_user("campaigns.view_campaign", username="onlooker"))
    return client


@pytest.fixture
def ready():
    """A draft that may start: two who may be asked, one who never agreed."""
    steps = [
        new_step("email", key="ask", name="Ask", content=starter_content("thank_you"))
    ]
    campaign = make_campaign(name="Autumn", steps=steps)
    audience = make_audience(
        make_reachable(first_name="Ana", locale="de"),
        make_reachable(first_name="李", locale="zh-Hant"),
        make_contact(first_name="Bo"),
    )
    campaign.draft["trigger"] |= {"audience": audience.pk, "existing": True}
    # The pages read the clock: nobody is asleep.
    campaign.draft["settings"] |= {"quiet_from": "00:00", "quiet_until": "00:00"}
    campaign.save()
    return campaign
