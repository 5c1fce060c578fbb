"""A plan is carried out some contacts at a time, whatever happens in between."""

from datetime import timedelta

import pytest

from campaigns.changing.carry_out import carry_out
from campaigns.engine import lifecycle
from campaigns.flows.edits import (
    new_step,
    update_step,
)
from campaigns.models import Enrollment, PublishPlan, StepRun, VersionMove
from contacts import work
from tests.factories.campaigns import NOW, make_reachable
from tests.factories.plans_in_flight import (
    DAY,
    HOUR,
    edit,
    letter,
    make_flight,
    publish_with,
    run_plans,
)

pytestmark = pytest.mark.django_db
LATER = NOW + HOUR


def wait_days(key, days, **values):
    return new_step(
        "delay", key=key, name=key, **{"amount": days, "unit": "days", **values}
    )


def passes():
    return list(
        Enrollment.objects.order_by("contact_id").values_list(
            "version__number", "step_key", "due_at", "began_at", "state"
        )
    )


def make_crowd(size):
    campaign = make_flight(
        [wait_days("wait", 3), letter("mail")],
        *(make_reachable() for _ in range(size)),
    )
    edit(campaign, update_step(campaign.draft, "wait", amount=1))
    at = NOW + 2 * DAY
    wishes = {"wait": {"kind": "carry", "times": "anew"}}
    publish_with(campaign, wishes, now=at, spread_minutes=60)
    return campaign, at


def test_a_plan_is_carried_out_in_parts_and_twice_is_once():
    campaign, at = make_crowd(7)
    plan = work.claim(PublishPlan, now=at)

    rounds = 1
    while carry_out(plan, now=at, size=3):
        rounds += 1
    before = passes()
    plan.last_contact_id = 0
    carry_out(plan, now=at, size=3)

    assert rounds == 3
    assert (plan.moved_count, plan.done_count) == (7, 7)
    assert passes() == before
    assert VersionMove.objects.count() == 7


def test_a_part_that_dies_has_done_nothing(monkeypatch):
    campaign, at = make_crowd(5)
    plan = work.claim(PublishPlan, now=at)
    assert carry_out(plan, now=at, size=2)

    def die(*args, **kwargs):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("campaigns.changing.carry_out.beat", die)
        with pytest.raises(RuntimeError, match="killed"):
            carry_out(plan, now=at, size=2)
    assert VersionMove.objects.count() == 2
    later = at + timedelta(minutes=5)
    run_plans(later)

    plan.refresh_from_db()
    assert (plan.state, plan.moved_count, plan.attempts) == ("done", 5, 2)
    assert (
        VersionMove.objects.count() == StepRun.objects.filter(outcome="moved").count()
    )
    assert {row[0] for row in passes()} == {2}


def test_a_campaign_that_is_stopped_in_between_moves_nobody_more():
    campaign, at = make_crowd(5)
    plan = work.claim(PublishPlan, now=at)
    carry_out(plan, now=at, size=2)
    lifecycle.stop(campaign=campaign, user=None, now=at)

    assert carry_out(plan, now=at, size=2) is False
    assert VersionMove.objects.count() == 2


def test_a_pause_in_between_stops_nobody_from_being_moved():
    campaign, at = make_crowd(5)
    plan = work.claim(PublishPlan, now=at)
    carry_out(plan, now=at, size=2)
    lifecycle.pause(campaign=campaign, user=None, now=at)
    while carry_out(plan, now=at + HOUR, size=2):
        pass

    due = [row[2] for row in passes()]
    assert {row[0] for row in passes()} == {2}
    assert all(at <= one < at + HOUR for one in due)


def test_another_publishing_ends_a_plan_where_it_is():
    campaign, at = make_crowd(5)
    plan = work.claim(PublishPlan, now=at)
    carry_out(plan, now=at, size=2)
    edit(campaign, update_step(campaign.draft, "wait", amount=2))
    publish_with(campaign, {}, now=at)

    run_plans(at + HOUR)

    plan.refresh_from_db()
    assert (plan.state, plan.moved_count) == ("canceled", 2)
    assert sorted(row[0] for row in passes()) == [1, 1, 1, 2, 2]
