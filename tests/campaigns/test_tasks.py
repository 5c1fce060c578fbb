"""Each task drains its slice, and the sweep sees when there is something to do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audiences.models import MembershipReaction
from campaigns import tasks
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment
from contacts.background import SLICES
from tests.factories.campaigns import (
    make_audience,
    make_campaign,
    make_contact,
    make_version,
)

pytestmark = [pytest.mark.django_db(transaction=True)]


def due(name):
    return SLICES[name].due(timezone.now()).count


def test_a_campaign_runs_from_its_start_to_its_end_in_the_background():
    member, newcomer = make_contact(), make_contact()
    delay = new_step("delay", key="d", amount=1, unit="minutes")
    audience = make_audience(member)
    campaign = make_campaign(
        steps=[delay], trigger={"audience": audience.pk, "existing": True}
    )
    campaign.published = make_version(campaign)
    campaign.save()
    slices = ("campaigns.start", "campaigns.moments", "campaigns.advance")
    before = [due(name) for name in slices]

    lifecycle.start(campaign=campaign, user=None, now=timezone.now())
    started = [due(name) for name in slices]
    tasks.start_campaigns()
    MembershipReaction.objects.create(
        contact=newcomer,
        consumer=f"campaign:{campaign.pk}",
        audience=audience,
        episode=1,
        change="entered",
        changed_at=timezone.now(),
    )
    entering = [due(name) for name in slices]
    tasks.enroll_moments()
    entered = [due(name) for name in slices]
    tasks.advance_due()
    waiting = [due(name) for name in slices]
    Enrollment.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    tasks.advance_due()
    tasks.react()

    assert [before, started, entering, entered, waiting] == [
        [0, 0, 0],
        [1, 0, 0],
        [0, 1, 1],
        [0, 0, 2],
        [0, 0, 0],
    ]
    assert set(Enrollment.objects.values_list("contact_id", "state")) == {
        (member.pk, "completed"),
        (newcomer.pk, "completed"),
    }
    assert due("campaigns.reactions") == 0
