"""Moving what is due."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audiences import selection
from campaigns.asks.holds import Candidate
from campaigns.engine import lifecycle
from campaigns.engine.advance import advance_batch, advance_round
from campaigns.engine.move import NobodyMoved, move
from campaigns.engine.places import Place
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
from campaigns.steps.base import Batch
from campaigns.steps.branch import BranchStep
from campaigns.steps.delay import DelayStep
from contacts.models import Doorbell, Event
from referrals.models import Advocate
from tests.factories.campaigns import (
    NOW,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
    make_version,
)

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


@pytest.mark.parametrize("is_ask", [True, False])
def test_what_was_decided_leaves_at_once(is_ask, django_capture_on_commit_callbacks):
    campaign = make_campaign(steps=[ASK | {"ask": is_ask}], state="running")
    make_enrollment(campaign, contact=make_reachable(), step_key="ask")
    make_enrollment(campaign, contact=make_contact(), step_key="ask")

    with django_capture_on_commit_callbacks(execute=True):
        advance_all()

    assert Doorbell.objects.get(slice_name="campaigns.send").rung_at is not None


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


def test_a_tick_twice_at_once_moves_each_once():
    campaign = make_campaign(steps=[DELAY], state="running")
    make_enrollment(campaign, step_key="delay")

    first = advance_round(now=NOW)
    second = advance_round(now=NOW)

    assert (first, second, StepRun.objects.count()) == (1, 0, 1)


def test_who_stands_elsewhere_takes_the_whole_batch_back():
    """An enrollment that is not where it was claimed is a defect, never a half step."""
    campaign = make_campaign(steps=[DELAY], state="running")
    enrollment = make_enrollment(campaign, step_key="delay", visit=3)
    batch = Batch(
        campaign,
        campaign.published,
        DELAY,
        [Candidate(enrollment.pk, enrollment.contact_id, 2, 0)],
        NOW,
    )

    with pytest.raises(NobodyMoved, match="expected 1 enrollments to move, 0 did"):
        move(batch, DelayStep().run(batch))


def test_one_bad_row_never_stops_the_rest(monkeypatch):
    campaign = make_campaign(steps=[DELAY], state="running")
    enrollments = [make_enrollment(campaign, step_key="delay") for _ in range(7)]
    bad = enrollments[4]
    run = DelayStep.run

    def fail_for_one(self, batch):
        if any(one.enrollment_id == bad.pk for one in batch.candidates):
            raise ValueError("bad zone")
        return run(self, batch)

    monkeypatch.setattr(DelayStep, "run", fail_for_one)

    advance_round(now=NOW)

    bad.refresh_from_db()
    assert StepRun.objects.count() == 6
    assert (bad.state, bad.visit, bad.attempts, bad.error, bad.due_at) == (
        "active",
        0,
        1,
        "ValueError: bad zone",
        NOW + timedelta(minutes=2),
    )


def test_an_error_before_any_row_is_claimed_comes_to_light(monkeypatch):
    campaign = make_campaign(steps=[DELAY], state="running")
    make_enrollment(campaign, step_key="delay")

    def fail(*args):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr("campaigns.engine.advance._claim", fail)

    with pytest.raises(RuntimeError, match="a bug of ours"):
        advance_round(now=NOW)


def test_a_row_that_always_fails_is_given_up_and_shown():
    missing = make_campaign(steps=[DELAY], state="running")
    make_campaign(steps=[DELAY | {"key": "gone"}], state="running")
    enrollment = make_enrollment(missing, step_key="gone")
    other = make_version_with(missing, DELAY | {"key": "gone"})
    moment = NOW
    for _ in range(8):
        advance_round(now=moment)
        moment += timedelta(hours=9)

    enrollment.refresh_from_db()
    assert other.number == 2
    assert (enrollment.state, enrollment.end_reason, enrollment.due_at) == (
        "failed",
        "error",
        None,
    )
    assert enrollment.error == "StepMissing: expected a step 'gone' in version 1"


def make_version_with(campaign, *steps):
    document = campaign.draft | {"steps": list(steps)}
    type(campaign).objects.filter(pk=campaign.pk).update(draft=document, revision=2)
    campaign.refresh_from_db()
    return make_version(campaign)


def test_each_stays_on_the_version_it_began_with():
    campaign = make_campaign(steps=[DELAY], state="running")
    old = make_enrollment(campaign, step_key="delay")
    new_version = make_version_with(campaign, DELAY | {"amount": 10})
    new = make_enrollment(campaign, step_key="delay", version=new_version)

    advance_round(now=NOW)

    assert dict(Enrollment.objects.values_list("pk", "due_at")) == {
        old.pk: NOW + timedelta(days=3),
        new.pk: NOW + timedelta(days=10),
    }


def test_nothing_is_half_done_after_a_crash(monkeypatch):
    """The journal is written, and then the process dies before it commits."""
    campaign = make_campaign(steps=[ASK], state="running")
    make_enrollment(campaign, contact=make_reachable(), step_key="ask")

    def die(*args):
        raise SystemExit

    monkeypatch.setattr("campaigns.engine.advance.move", die)
    with pytest.raises(SystemExit):
        advance_round(now=NOW)
    after_crash = (
        Ask.objects.count(),
        Message.objects.count(),
        MessageTag.objects.count(),
        Event.objects.count(),
        Advocate.objects.count(),
    )
    monkeypatch.undo()
    advance_all()

    assert after_crash == (0, 0, 0, 0, 0)
    assert (Ask.objects.count(), Message.objects.count()) == (1, 1)


def test_a_lost_connection_is_not_the_fault_of_a_row(monkeypatch):
    campaign = make_campaign(steps=[DELAY], state="running")
    enrollment = make_enrollment(campaign, step_key="delay")

    def lose(*args, **kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("campaigns.engine.goals.let_go", lose)
    with pytest.raises(OperationalError):
        advance_round(now=NOW)

    enrollment.refresh_from_db()
    assert (enrollment.attempts, enrollment.error) == (0, "")


def test_a_batch_costs_the_same_for_more_people():
    campaign = make_campaign(steps=[BRANCH], state="running")

    def queries_for(people):
        for _ in range(people):
            make_enrollment(campaign, step_key="branch")
        with CaptureQueriesContext(connection) as queries:
            moved = advance_batch(Place(campaign.pk, "branch", people, NOW), now=NOW)
        assert moved == people
        return len(queries)

    queries_for(1)
    assert queries_for(1) == queries_for(5)


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_row():
    """While one worker has a batch in hand, the other takes the rest and waits for nobody."""
    campaign = make_campaign(steps=[DELAY], state="running")
    for _ in range(4):
        make_enrollment(campaign, step_key="delay")
    place = Place(campaign.pk, "delay", 4, NOW)

    def other_worker():
        try:
            return advance_batch(place, now=NOW)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        mine = advance_batch(place, now=NOW, size=3)
        theirs = pool.submit(other_worker).result(timeout=20)

    assert (mine, theirs, StepRun.objects.count()) == (3, 1, 4)


@pytest.mark.django_db(transaction=True)
def test_a_pause_waits_for_the_batch_that_moves_and_then_holds():
    campaign = make_campaign(steps=[DELAY], state="running")
    make_enrollment(campaign, step_key="delay")
    place = Place(campaign.pk, "delay", 1, NOW)

    def pause():
        try:
            lifecycle.pause(campaign=campaign, user=None, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            moved = advance_batch(place, now=NOW)
            waiting = pool.submit(pause)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        waiting.result(timeout=20)
    Enrollment.objects.update(step_key="delay", due_at=NOW)

    assert (moved, advance_batch(place, now=NOW)) == (1, 0)


def test_a_branch_describes_its_condition():
    assert BranchStep().describe(BRANCH) == selection.describe(PRO)
