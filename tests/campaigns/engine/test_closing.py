"""Let nobody in any more, and finish when nobody is inside."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from audiences.models import Membership, MembershipReaction, WatchedAudience
from campaigns.engine import closing, lifecycle
from campaigns.engine.advance import advance_round
from campaigns.engine.by_hand import NotRunning, enroll_one, enroll_these
from campaigns.engine.enroll import (
    enroll_members,
    enroll_moments,
    enroll_moments_of,
)
from campaigns.engine.history import WrongState, lock
from campaigns.engine.running import hold_running
from campaigns.flows.edits import new_step
from campaigns.models import Campaign, Enrollment, Moment, Refusal, StartRun
from contacts.background import Backlog
from contacts.work import advance_one
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_message,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


def make_running(**changes):
    return make_campaign(
        steps=[new_step("delay", key="wait", amount=1, unit="days")],
        state="running",
        **changes,
    )


def close(campaign):
    closing.close(campaign=campaign, user=None, now=NOW)
    campaign.refresh_from_db()


def test_who_is_inside_goes_on_and_then_it_is_finished():
    campaign = make_running()
    make_enrollment(campaign, step_key="wait")
    close(campaign)

    assert (campaign.state, campaign.closed_at) == ("stopping", NOW)
    assert advance_round(now=NOW) == 1
    assert closing.to_finish(NOW) == Backlog(0, None)
    assert closing.finish_empty(now=NOW) == 0
    assert advance_round(now=LATER) == 1
    assert closing.to_finish(LATER) == Backlog(1, LATER)
    assert closing.finish_empty(now=LATER) == 1

    campaign.refresh_from_db()
    assert (campaign.state, campaign.stopped_at) == ("finished", LATER)
    assert Enrollment.objects.get().state == "completed"
    changes = campaign.changes.order_by("pk")
    assert list(changes.values_list("change", "changed_at", "details")) == [
        ("closed", NOW, {"inside": 1}),
        ("finished", LATER, {"passes": 1}),
    ]
    assert closing.finish_empty(now=LATER) == 0


def test_nobody_is_let_in_any_more():
    audience = make_audience()
    campaign = make_running(trigger={"audience": audience.pk})
    contact, waiting = make_contact(), make_contact()
    Moment.objects.create(
        contact=waiting,
        campaign=campaign,
        key="episode:1",
        moment_at=NOW,
        came_at=NOW,
        waits_for="data",
        due_at=NOW,
    )
    WatchedAudience.objects.create(
        consumer=f"campaign:{campaign.pk}", audience=audience
    )
    MembershipReaction.objects.create(
        contact=contact,
        consumer=f"campaign:{campaign.pk}",
        audience=audience,
        episode=1,
        change="entered",
        changed_at=NOW,
    )
    make_enrollment(campaign)
    close(campaign)
    Membership.objects.create(contact=contact, audience=audience, entered_at=NOW)

    assert enroll_moments(now=LATER) == 0
    assert enroll_moments_of(campaign.pk, now=LATER) == 0
    assert not MembershipReaction.objects.exists()
    assert not WatchedAudience.objects.exists()
    assert list(Refusal.objects.values_list("contact", "reason")) == [
        (waiting.pk, "stopped")
    ]
    with pytest.raises(NotRunning):
        enroll_one(campaign=campaign, contact_id=contact.pk, key="a", at=NOW, now=LATER)
    assert Enrollment.objects.count() == 1


def test_an_enrolling_that_goes_on_is_canceled():
    campaign = make_running()
    run = StartRun.objects.create(
        campaign=campaign, version=campaign.published, total_count=5, created_at=NOW
    )
    close(campaign)

    run.refresh_from_db()
    assert run.state == "canceled"


def test_it_is_not_finished_before_the_last_message_has_left():
    campaign = make_running()
    message = make_message(make_ask(campaign))
    Enrollment.objects.update(state="completed", ended_at=NOW, due_at=None)
    close(campaign)

    for state in ("queued", "waiting", "claimed", "handing_over"):
        type(message).objects.update(state=state)
        assert closing.finish_empty(now=LATER) == 0
    type(message).objects.update(state="accepted")
    assert closing.finish_empty(now=LATER) == 1


def test_a_closed_campaign_can_be_paused_resumed_and_stopped():
    campaign = make_running()
    make_enrollment(campaign, step_key="wait")
    close(campaign)
    lifecycle.pause(campaign=campaign, user=None, now=NOW)
    assert advance_round(now=NOW) == 0
    with pytest.raises(NotRunning):
        enroll_one(
            campaign=campaign, contact_id=make_contact().pk, key="a", at=NOW, now=NOW
        )

    lifecycle.resume(campaign=campaign, user=None, now=LATER)
    campaign.refresh_from_db()
    assert campaign.state == "stopping"
    assert enroll_moments_of(campaign.pk, now=LATER) == 0

    lifecycle.stop(campaign=campaign, user=None, now=LATER)
    campaign.refresh_from_db()
    assert campaign.state == "stopped"
    assert Enrollment.objects.get().end_reason == "campaign_stopped"


@pytest.mark.parametrize("state", ["draft", "stopping", "stopped", "finished"])
def test_only_a_running_campaign_has_an_entrance_to_close(state):
    closed_at = NOW if state == "stopping" else None
    campaign = make_campaign(state=state, closed_at=closed_at)

    with pytest.raises(WrongState, match="no entrance to close"):
        close(campaign)


@pytest.mark.django_db(transaction=True)
def test_a_close_waits_for_who_is_being_let_in():
    campaign = make_running()

    def close_it():
        try:
            closing.close(campaign=campaign, user=None, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            held = hold_running(campaign.pk)
            closed = pool.submit(close_it)
            make_enrollment(held[campaign.pk])
            assert Campaign.objects.get().state == "running"
        closed.result(timeout=20)

    # The note counts who came in while it waited.
    assert campaign.changes.get().details == {"inside": 1}
    with transaction.atomic():
        assert lock(campaign).state == "stopping"


def make_one_shot(**changes):
    return make_running(is_one_shot=True, trigger={"kind": "manual"}, **changes)


def test_one_shot_is_finished_when_all_are_through_whom_a_hand_let_in():
    campaign = make_one_shot()
    other = make_running(trigger={"kind": "manual"})
    make_enrollment(other, step_key="wait")
    assert closing.finish_empty(now=NOW) == 0
    contacts = [make_contact(), make_contact()]
    ids = [contact.pk for contact in contacts]
    enroll_these(campaign=campaign, source={"contacts": ids}, user=None, now=NOW)
    assert closing.finish_empty(now=NOW) == 0
    while advance_one(StartRun, enroll_members, now=NOW):
        pass

    while advance_round(now=NOW):
        pass
    assert closing.finish_empty(now=NOW) == 0
    while advance_round(now=LATER):
        pass
    assert [closing.finish_empty(now=LATER) for _ in range(2)] == [1, 0]

    campaign.refresh_from_db()
    assert (campaign.state, campaign.closed_at) == ("finished", LATER)
    assert Enrollment.objects.filter(campaign=campaign).count() == 2
    other.refresh_from_db()
    assert other.state == "running"
    with pytest.raises(NotRunning):
        enroll_one(campaign=campaign, contact_id=ids[0], key="k", at=LATER, now=LATER)


def test_one_shot_that_was_given_nobody_or_still_waits_goes_on():
    make_one_shot()
    waiting = make_one_shot()
    enrollment = make_enrollment(waiting, step_key="", state="completed")
    Moment.objects.create(
        contact=enrollment.contact,
        campaign=waiting,
        key="api:2",
        moment_at=NOW,
        came_at=NOW,
        due_at=NOW,
    )
    leaving = make_one_shot()
    make_message(make_ask(leaving))
    Enrollment.objects.filter(campaign=leaving).update(state="completed")

    assert closing.to_finish(NOW) == Backlog(0, None)

    Moment.objects.all().delete()
    assert closing.finish_empty(now=NOW) == 1
    waiting.refresh_from_db()
    assert waiting.state == "finished"


def test_a_paused_campaign_lets_those_inside_finish_too():
    campaign = make_running()
    enrollment = make_enrollment(campaign, step_key="wait", due_at=LATER)
    lifecycle.pause(campaign=campaign, user=None, now=NOW)

    lifecycle.let_finish(campaign=campaign, user=None, now=LATER)

    campaign.refresh_from_db()
    enrollment.refresh_from_db()
    assert (campaign.state, campaign.closed_at, campaign.paused_at) == (
        "stopping",
        LATER,
        None,
    )
    assert enrollment.due_at == LATER + timedelta(days=1)
    with pytest.raises(WrongState):
        lifecycle.let_finish(campaign=campaign, user=None, now=LATER)
    lifecycle.pause(campaign=campaign, user=None, now=LATER)
    with pytest.raises(WrongState):
        lifecycle.let_finish(campaign=campaign, user=None, now=LATER)
