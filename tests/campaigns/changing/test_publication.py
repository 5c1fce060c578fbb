"""What else changes when another version is the published one."""

import pytest

from campaigns.changing.publication import put_in_place
from campaigns.models import Moment
from tests.factories.campaigns import NOW, make_campaign, make_contact, make_version

pytestmark = pytest.mark.django_db
DATE = {"attribute": "renewal", "offset_days": -3, "at": "09:00", "yearly": False}


def replace_by(campaign, **trigger):
    campaign.refresh_from_db()
    campaign.draft["trigger"] |= trigger
    campaign.revision += 1
    campaign.save()
    version = make_version(campaign)
    put_in_place(campaign, version, now=NOW)
    campaign.refresh_from_db()
    return version


def plan_moment(campaign, waits_for):
    return Moment.objects.create(
        contact=make_contact(),
        campaign=campaign,
        key=f"{waits_for}:1",
        moment_at=NOW,
        came_at=NOW,
        waits_for=waits_for,
        due_at=NOW,
    )


@pytest.mark.parametrize(
    ("trigger", "is_one_shot"),
    [
        ({"kind": "manual", "one_shot": True}, True),
        ({"kind": "manual", "one_shot": False}, False),
        ({"kind": "audience", "one_shot": True}, False),
    ],
)
def test_it_is_one_shot_as_its_version_says(trigger, is_one_shot):
    campaign = make_campaign(state="running")

    version = replace_by(campaign, **trigger)

    assert (campaign.published, campaign.is_one_shot) == (version, is_one_shot)
    replace_by(campaign, kind="manual", one_shot=False)
    assert campaign.is_one_shot is False


def test_dates_are_looked_up_again_if_others_are_meant():
    campaign = make_campaign(state="running", trigger={"kind": "date", "date": DATE})
    planned = plan_moment(campaign, "date")
    come = plan_moment(campaign, "ramp")

    replace_by(campaign)
    assert set(Moment.objects.all()) == {planned, come}
    assert not campaign.start_runs.exists()

    replace_by(campaign, date={**DATE, "offset_days": -5})
    assert set(Moment.objects.all()) == {come}
    assert campaign.start_runs.get().source == {"dates": True}


def test_another_trigger_drops_what_was_planned():
    campaign = make_campaign(state="running", trigger={"kind": "date", "date": DATE})
    plan_moment(campaign, "date")

    replace_by(campaign, kind="manual")

    assert not Moment.objects.exists()
    assert not campaign.start_runs.exists()


@pytest.mark.parametrize("state", ["draft", "stopped"])
def test_a_campaign_that_does_not_run_plans_nothing(state):
    campaign = make_campaign(state=state, trigger={"kind": "manual"})

    replace_by(campaign, kind="date", date=DATE)

    assert not campaign.start_runs.exists()
