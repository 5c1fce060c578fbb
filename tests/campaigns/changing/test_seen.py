"""Who was moved is told, counted and checked as he stands."""

from datetime import timedelta

import pytest

from campaigns.changing.take_back import take_back
from campaigns.engine.again import HAD_BEFORE
from campaigns.flows.edits import Place, insert_step, new_step, update_step
from campaigns.models import Enrollment, PublishPlan, StepRun
from campaigns.reports.steps import count_standing, count_steps, standing
from campaigns.seeing.balance.chains import look_at_chains
from campaigns.seeing.place import put_back
from campaigns.seeing.then import standing_at
from campaigns.seeing.trace import look_into, trace_passes
from tests.factories.campaigns import NOW, make_reachable
from tests.factories.contacts import make_user
from tests.factories.flows import walk
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
SOON = LATER + timedelta(minutes=5)


@pytest.fixture
def moved():
    """Ana, who has had a mail, and was mapped back to it from a wait; by a user."""
    ana = make_reachable()
    wait = new_step("delay", key="wait", name="Rest", amount=3, unit="days")
    campaign = make_flight([letter("mail"), wait, letter("more")], ana)
    draft = update_step(campaign.draft, "wait", amount=9, name="Rest longer")
    edit(campaign, insert_step(draft, new_step("note", key="n"), Place("", "main", 2)))
    wishes = {"wait": {"kind": "map", "target": "mail", "times": "anew"}}
    publish_with(campaign, wishes, now=LATER, user=make_user(username="bo"))
    run_plans(LATER)
    campaign.refresh_from_db()
    return campaign, ana


def places(campaign):
    return sorted(standing(campaign).values_list("place", flat=True))


def test_people_are_counted_where_they_were_put(moved):
    campaign, _ = moved

    assert places(campaign) == ["mail"]
    assert count_standing(campaign) == {"mail": 1}
    assert count_steps(campaign)["mail"].outcomes == {"sent": 1}
    walk(LATER)
    assert places(campaign) == ["wait"]
    assert count_standing(campaign) == {"wait": 1}
    assert count_steps(campaign)["mail"].outcomes == {"sent": 1, HAD_BEFORE: 1}


def test_who_is_carried_over_is_still_seen_in_his_delay():
    wait = new_step("delay", key="wait", name="Rest", amount=3, unit="days")
    campaign = make_flight([wait, letter("more")])
    edit(
        campaign,
        insert_step(campaign.draft, new_step("note", key="n"), Place("", "main", 1)),
    )
    publish_with(campaign, {"wait": {"kind": "carry"}}, now=LATER)
    run_plans(LATER)

    assert places(campaign) == ["wait"] * 3
    assert count_standing(campaign) == {"wait": 3}


def test_the_journal_of_who_was_moved_is_still_a_way(moved):
    campaign, _ = moved
    walk(LATER)
    plan = PublishPlan.objects.get()
    take_back(campaign=campaign, plan_id=plan.pk, user=None, now=SOON)
    run_plans(SOON)
    walk(LATER + 10 * DAY)

    found = look_at_chains(campaign.pk)

    assert (found.whole.count, found.broken, found.rows) == (1, 0, ())


def test_a_step_behind_a_move_that_is_no_way_is_found(moved):
    campaign, ana = moved
    walk(LATER)
    StepRun.objects.filter(contact=ana, visit=4).update(step_key="n")

    found = look_at_chains(campaign.pk)

    assert [row.text for row in found.rows] == [
        "went from “mail” to “n”, which is no way"
    ]


def test_the_trace_tells_of_the_move_and_looks_into_steps_as_they_were(moved):
    campaign, ana = moved
    walk(LATER)

    [trace] = trace_passes(campaign, ana, until=LATER + DAY)

    assert [
        (entry.at, entry.text, entry.visit)
        for entry in trace.entries
        if "mail" not in entry.text.lower() or entry.visit is not None
    ] == [
        (NOW, "Entered the campaign (version 1)", None),
        (NOW, "“mail”: gets the message", 0),
        (NOW, "“Rest longer”: waits", 1),
        (LATER, "Moved to version 2 by bo", None),
        (LATER, "“mail”: has had it already, and goes on without it", 3),
        (LATER, "“Rest longer”: waits", 4),
    ]
    enrollment = Enrollment.objects.get()
    then = look_into(enrollment, visit=1, at=NOW)
    now = look_into(enrollment, visit=4, at=LATER)
    assert (then.stop.step["name"], then.agrees) == ("Rest", True)
    assert (now.stop.step["name"], now.agrees) == ("Rest longer", True)


def test_he_stood_on_the_former_version_before(moved):
    _, ana = moved
    walk(LATER)

    put_back(ana.pk, at=LATER - timedelta(minutes=1))

    one = Enrollment.objects.get()
    assert (one.version.number, one.step_key, one.due_at) == (1, "more", NOW + 3 * DAY)


def test_what_was_published_at_a_time_is_known_after_it_was_taken_back(moved):
    campaign, _ = moved
    plan = PublishPlan.objects.get()
    take_back(campaign=campaign, plan_id=plan.pk, user=None, now=SOON)

    numbers = [
        standing_at(campaign, at).version.number
        for at in (LATER - HOUR, LATER, SOON, SOON + DAY)
    ]

    assert numbers == [1, 2, 1, 1]
