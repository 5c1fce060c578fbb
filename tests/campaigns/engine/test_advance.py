"""Moving what is due."""

from datetime import timedelta

import pytest

from campaigns.engine.advance import advance_round
from campaigns.flows.edits import new_step
from campaigns.models import (
    Ask,
    AskBudget,
    Campaign,
    Enrollment,
    Hold,
    Message,
    MessageTag,
    StepRun,
)
from contacts import consents
from contacts.models import Event
from referrals.models import Advocate
from tests.factories.campaigns import NOW, make_campaign, make_contact, make_enrollment

pytestmark = pytest.mark.django_db

PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}
DELAY = new_step("delay", key="delay", name="Wait 3 days", amount=3)
ASK = new_step("email", key="ask", name="Invite")
BRANCH = new_step(
    "branch",
    key="branch",
    name="On pro?",
    condition=PRO,
    yes=[new_step("email", key="yes", name="Invite pro")],
    no=[new_step("delay", key="no", name="Wait", amount=1, unit="hours")],
)


def make_reachable(**changes):
    contact = make_contact(**changes)
    consents.grant([contact.pk], source="test", statement="", now=NOW)
    return contact


def advance_all(now=NOW):
    while advance_round(now=now):
        pass


def test_a_delay_waits_and_completes_behind_it():
    campaign = make_campaign(steps=[DELAY], state="running")
    enrollment = make_enrollment(campaign, step_key="delay")

    advance_all()
    enrollment.refresh_from_db()
    waiting = (enrollment.state, enrollment.step_key, enrollment.due_at)
    advance_all(NOW + timedelta(days=3))
    enrollment.refresh_from_db()

    assert waiting == ("active", "", NOW + timedelta(days=3))
    assert (enrollment.state, enrollment.visit) == ("completed", 1)
    run = StepRun.objects.get()
    assert (run.step_key, run.outcome, run.ran_at) == ("delay", "waited", NOW)


def test_a_branch_sends_each_to_a_side_once():
    campaign = make_campaign(steps=[BRANCH, DELAY], state="running")
    pro = make_contact(attributes={"plan": "pro"})
    other = make_contact(attributes={"plan": None})
    for contact in (pro, other):
        make_enrollment(campaign, contact=contact, step_key="branch")

    advance_round(now=NOW)

    assert set(Enrollment.objects.values_list("contact_id", "step_key", "visit")) == {
        (pro.pk, "yes", 1),
        (other.pk, "no", 1),
    }
    assert set(StepRun.objects.values_list("contact_id", "outcome")) == {
        (pro.pk, "yes"),
        (other.pk, "no"),
    }


def test_an_ask_is_written_as_a_whole():
    campaign = make_campaign(steps=[ASK], state="running")
    contact = make_reachable()
    enrollment = make_enrollment(campaign, contact=contact, step_key="ask")

    advance_all()

    enrollment.refresh_from_db()
    ask = Ask.objects.get()
    message = Message.objects.get()
    budget = AskBudget.objects.get()
    assert enrollment.state == "completed"
    assert (ask.contact_id, ask.enrollment_id, ask.visit) == (
        contact.pk,
        enrollment.pk,
        0,
    )
    assert (message.state, message.address, message.ask_id) == (
        "queued",
        contact.email,
        ask.pk,
    )
    assert MessageTag.objects.get().message_id == message.pk
    assert (budget.last_asked_on, budget.next_on) == (
        NOW.date(),
        NOW.date() + timedelta(days=90),
    )
    assert Advocate.objects.get().contact_id == contact.pk
    assert Event.objects.get(name="ask_made").key == str(ask.pk)


def test_who_may_not_be_asked_is_held_with_the_reason():
    leaving = ASK | {"if_held": "exit"}
    campaign = make_campaign(steps=[leaving], state="running")
    enrollment = make_enrollment(campaign, step_key="ask")

    advance_all()

    enrollment.refresh_from_db()
    hold = Hold.objects.get()
    assert (enrollment.state, enrollment.end_reason) == ("exited", "no_consent")
    assert (hold.reason, hold.then, hold.until) == ("no_consent", "exit", None)
    assert Ask.objects.count() == 0


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_nothing_moves_unless_it_runs(state):
    campaign = make_campaign(steps=[DELAY], state=state)
    make_enrollment(campaign, step_key="delay")
    running = make_campaign(steps=[DELAY], state=Campaign.State.RUNNING)
    moving = make_enrollment(running, step_key="delay")

    advance_all()

    assert list(StepRun.objects.values_list("enrollment_id", flat=True)) == [moving.pk]
