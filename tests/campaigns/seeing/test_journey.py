"""One person sent through a flow with the clock moved on, and nothing of it remains."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.flows.edits import new_step
from campaigns.models import (
    Ask,
    AskBudget,
    CampaignVersion,
    Enrollment,
    Hold,
    Message,
    StepRun,
)
from campaigns.seeing.journey import begin, travel
from campaigns.seeing.scratch import scratch
from contacts.models import Event
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)

pytestmark = pytest.mark.django_db

WAIT = new_step("delay", key="wait", name="Rest", amount=2)
ASK = new_step("email", key="ask", name="Invite", if_held="wait")
IS_PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
BRANCH = new_step("branch", key="branch", name="Pro?", condition=IS_PRO, yes=[ASK])


def go(campaign, contact, *, at=NOW, **how):
    with scratch():
        pass_ = begin(campaign.published, contact, at=at)
        return travel(campaign, pass_, now=at, **how)


def told(journey):
    return [
        (stop.step["key"] if stop.step else "", stop.outcome, stop.at, stop.until)
        for stop in journey.stops
    ]


def test_the_engine_moves_the_person_and_nothing_remains():
    campaign = make_campaign(steps=[WAIT, ASK], state="running")
    contact = make_reachable()
    before = Event.objects.count()

    journey = go(campaign, contact)

    later = NOW + timedelta(days=2)
    assert told(journey) == [
        ("wait", "waited", NOW, later),
        ("ask", "asked", later, None),
    ]
    assert (journey.asked_at, journey.is_cut) == (later, False)
    models = (Ask, AskBudget, Enrollment, Hold, Message, StepRun)
    assert [model.objects.count() for model in models] == [0] * 6
    assert Event.objects.count() == before


def test_a_guardrail_holds_until_the_morning_where_the_person_lives():
    campaign = make_campaign(steps=[ASK], state="running")
    contact = make_reachable(time_zone="Asia/Tokyo")
    night = datetime(2026, 11, 20, 23, tzinfo=ZoneInfo("Asia/Tokyo"))
    morning = datetime(2026, 11, 21, 8, tzinfo=ZoneInfo("Asia/Tokyo"))

    journey = go(campaign, contact, at=night)

    assert told(journey) == [
        ("ask", "held", night, morning),
        ("ask", "asked", morning, None),
    ]
    held, passed = journey.stops
    assert [line.code for line in held.verdicts.against] == ["quiet_hours"]
    assert passed.verdicts.against == []


def test_each_branch_says_what_decided_it():
    campaign = make_campaign(steps=[BRANCH], state="running")
    pro = make_reachable(attributes={"plan": "pro"})

    journeys = [go(campaign, contact) for contact in (pro, make_reachable())]

    assert [[stop.outcome for stop in one.stops] for one in journeys] == [
        ["yes", "asked"],
        ["no"],
    ]
    [condition] = journeys[0].stops[0].conditions
    assert condition.explanation.tree.found == "pro"


def test_who_can_never_be_asked_leaves():
    campaign = make_campaign(steps=[ASK], state="running")

    journey = go(campaign, make_contact())

    assert [stop.outcome for stop in journey.stops] == ["held"]
    assert (journey.asked_at, journey.enrollment.end_reason) == (None, "no_consent")


@pytest.mark.parametrize(
    ("answer", "held_for"),
    [("", ["cap"]), ("not_now", ["snoozed", "cap"]), ("never", ["never", "cap"])],
)
def test_an_assumed_answer_comes_after_an_hour(answer, held_for):
    second = new_step("email", key="again", name="Again", if_held="skip")
    campaign = make_campaign(steps=[ASK, WAIT, second], state="running")

    journey = go(campaign, make_reachable(), answer=answer)

    answers = [(stop.at, stop.answer) for stop in journey.stops if stop.answer]
    labels = {"not_now": "Not now", "never": "Don't ask me again"}
    assert answers == ([(NOW + timedelta(hours=1), labels[answer])] if answer else [])
    again = journey.stops[-1]
    assert [line.code for line in again.verdicts.against] == held_for


def test_a_pass_that_is_on_goes_on_from_where_it_stands():
    campaign = make_campaign(steps=[WAIT, ASK], state="running")
    later = NOW + timedelta(days=2)
    enrollment = make_enrollment(
        campaign, contact=make_reachable(), step_key="ask", visit=1, due_at=later
    )

    with scratch():
        journey = travel(campaign, enrollment, now=NOW)

    assert told(journey) == [("ask", "asked", later, None)]
    enrollment.refresh_from_db()
    assert (enrollment.state, enrollment.due_at) == ("active", later)


def test_a_flow_that_holds_for_ever_is_cut():
    long = new_step("delay", key="wait", name="Rest", amount=300)
    campaign = make_campaign(
        steps=[long, {**long, "key": "more"}, ASK], state="running"
    )

    journey = go(campaign, make_reachable())

    assert (journey.is_cut, journey.asked_at, len(journey.stops)) == (True, None, 2)
    assert CampaignVersion.objects.count() == 1
