"""Nobody gets the same thing twice because a plan has put him before its step again."""

import pytest

from campaigns.engine.again import had_before
from campaigns.flows.edits import new_step
from campaigns.models import PublishPlan, StepRun, VersionMove
from campaigns.seeing.journey import candidate_of
from campaigns.steps.base import Batch
from tests.factories.campaigns import NOW, make_campaign, make_enrollment

pytestmark = pytest.mark.django_db


def look(campaign, step, *passes):
    batch = Batch(
        campaign, campaign.published, step, [candidate_of(one) for one in passes], NOW
    )
    return had_before(batch)


def had(enrollment, outcome, key="mail"):
    StepRun.objects.create(
        contact=enrollment.contact,
        enrollment_id=enrollment.pk,
        campaign=enrollment.campaign,
        step_key=key,
        visit=enrollment.visit,
        ran_at=NOW,
        outcome=outcome,
    )


def move(enrollment):
    campaign = enrollment.campaign
    plan, _ = PublishPlan.objects.get_or_create(
        campaign=campaign,
        from_version=campaign.published,
        to_version=campaign.published,
        defaults={"created_at": NOW},
    )
    VersionMove.objects.create(
        contact=enrollment.contact,
        plan=plan,
        enrollment_id=enrollment.pk,
        visit=enrollment.visit,
        kind="map",
        moved_at=NOW,
        from_version=campaign.published,
        to_version=campaign.published,
        new_step_key="mail",
    )


@pytest.fixture
def campaign():
    return make_campaign(state="running")


@pytest.mark.parametrize("kind", ["email", "task", "webhook"])
def test_who_was_moved_and_had_it_goes_on(campaign, kind):
    twice, moved, first = (make_enrollment(campaign) for _ in range(3))
    had(twice, "sent")
    move(twice)
    move(moved)
    # Nobody comes twice to a step who was never moved.
    had(first, "sent")

    outcome = look(campaign, new_step(kind, key="mail"), twice, moved, first)

    assert outcome is not None
    assert outcome.word == "had_before"
    assert [one.enrollment_id for one in outcome.candidates] == [twice.pk]


@pytest.mark.parametrize("outcome", ["held", "unseen", "moved", "had_before"])
def test_what_reached_nobody_does_not_count(campaign, outcome):
    enrollment = make_enrollment(campaign)
    had(enrollment, outcome)
    move(enrollment)

    assert look(campaign, new_step("email", key="mail"), enrollment) is None


def test_another_step_or_one_that_reaches_nobody_does_not_count(campaign):
    enrollment = make_enrollment(campaign)
    had(enrollment, "sent", key="other")
    move(enrollment)

    assert look(campaign, new_step("email", key="mail"), enrollment) is None
    assert look(campaign, new_step("delay", key="other"), enrollment) is None
