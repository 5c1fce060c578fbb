"""Goals and exits of those who are waiting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from audiences.models import MembershipReaction
from campaigns.engine import notice
from campaigns.engine.advance import advance_round
from campaigns.engine.watch import GOALS
from campaigns.flows.edits import new_step
from campaigns.models import Ask, AskBudget, Enrollment, Message, StepRun
from contacts.events import Fact, record
from contacts.models import Contact, Event, Reaction, WatchedEvent
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_reachable,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
BEFORE = NOW - timedelta(days=10)
ORDERED = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}
CHURNED = {"kind": "attribute", "name": "churned", "operator": "is", "value": True}
STEPS = [
    new_step("email", key="ask"),
    new_step("delay", key="wait"),
    new_step("delay", key="more"),
]


def make_running(**changes):
    WatchedEvent.objects.get_or_create(consumer=GOALS, name="order_completed")
    return make_campaign(steps=STEPS, state="running", **changes)


def order(contact, at=LATER, key="1"):
    record(Fact(contact.pk, "order_completed", at, key), now=at)


def states():
    return dict(Enrollment.objects.values_list("contact_id", "state"))


def test_an_event_ends_the_pass_at_once_and_calls_back_the_mail():
    campaign = make_running(goal={"condition": ORDERED})
    buyer, other = make_reachable(), make_reachable()
    for contact in (buyer, other):
        make_enrollment(campaign, contact=contact, step_key="ask")
    advance_round(now=NOW)
    order(buyer)

    taken = notice.notice_changes(now=LATER)

    enrollment = Enrollment.objects.get(contact=buyer)
    assert taken == 1
    assert states() == {buyer.pk: "converted", other.pk: "active"}
    assert (enrollment.goal_met_at, enrollment.ended_at, enrollment.due_at) == (
        LATER,
        LATER,
        None,
    )
    assert dict(Message.objects.values_list("contact_id", "cause")) == {
        buyer.pk: "exited_goal",
        other.pk: "",
    }
    assert dict(Ask.objects.values_list("contact_id", "refunded_at")) == {
        buyer.pk: LATER,
        other.pk: None,
    }
    assert AskBudget.objects.get(contact=buyer).next_on is None
    event = Event.objects.get(name="campaign_converted")
    assert (event.contact_id, event.key) == (buyer.pk, str(enrollment.pk))
    assert Reaction.objects.filter(consumer=GOALS).count() == 0


def test_what_happened_before_the_moment_is_no_goal():
    campaign = make_running(goal={"condition": ORDERED})
    contact = make_contact()
    make_enrollment(campaign, contact=contact, step_key="wait", due_at=LATER)
    order(contact, at=BEFORE)

    notice.notice_changes(now=LATER)
    notice.notice_everybody(now=LATER)

    assert states() == {contact.pk: "active"}


def test_an_audience_counts_if_it_is_entered_after_the_moment():
    early, late = make_contact(), make_contact()
    audience = make_audience(early, entered_at=BEFORE)
    audience.membership_set.create(contact=late, entered_at=LATER)
    inside = {"kind": "audience", "audience": audience.pk, "operator": "in"}
    campaign = make_running(goal={"condition": inside})
    for contact in (early, late):
        make_enrollment(campaign, contact=contact, step_key="wait", due_at=LATER)
        MembershipReaction.objects.create(
            contact=contact,
            consumer=GOALS,
            audience=audience,
            episode=1,
            change="entered",
            changed_at=LATER,
        )

    taken = notice.notice_changes(now=LATER)

    assert (taken, MembershipReaction.objects.count()) == (2, 0)
    assert states() == {early.pk: "active", late.pk: "converted"}


def test_who_completed_the_flow_still_converts_within_the_window():
    campaign = make_running(goal={"condition": ORDERED, "window_days": 30})
    inside, outside = make_contact(), make_contact()
    for contact, days in ((inside, 29), (outside, 31)):
        entered = LATER - timedelta(days=days)
        make_enrollment(
            campaign,
            contact=contact,
            state="completed",
            ended_at=NOW,
            moment_at=entered,
            enrolled_at=entered,
            due_at=None,
        )
        order(contact)

    notice.notice_changes(now=LATER)

    assert states() == {inside.pk: "converted", outside.pk: "completed"}
    assert Enrollment.objects.get(contact=inside).ended_at == NOW


def test_an_exit_is_read_as_it_stands_and_found_for_everybody():
    campaign = make_running(exit={"condition": CHURNED})
    leaving = make_contact(attributes={"churned": True})
    staying = make_contact(attributes={"churned": None})
    for contact in (leaving, staying):
        make_enrollment(campaign, contact=contact, step_key="wait", due_at=LATER)

    looked = notice.notice_everybody(now=NOW)

    assert looked == 1
    assert states() == {leaving.pk: "exited", staying.pk: "active"}
    assert Enrollment.objects.get(contact=leaving).end_reason == "exit_condition"


def test_everybody_is_looked_at_every_five_minutes():
    campaign = make_running(exit={"condition": CHURNED})
    contact = make_contact()
    make_enrollment(campaign, contact=contact, step_key="wait", due_at=LATER)
    notice.notice_everybody(now=NOW)
    Contact.objects.update(attributes={"churned": True})

    soon = notice.notice_everybody(now=NOW + timedelta(minutes=4))
    then = notice.notice_everybody(now=NOW + timedelta(minutes=5))

    assert (soon, then) == (0, 1)
    assert states() == {contact.pk: "exited"}


def test_a_look_that_dies_is_made_up_when_its_lease_is_over(monkeypatch):
    campaign = make_running(exit={"condition": CHURNED})
    contact = make_contact(attributes={"churned": True})
    make_enrollment(campaign, contact=contact, step_key="wait", due_at=LATER)

    def die(version, now):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(notice, "_ways_out", die)
        with pytest.raises(SystemExit):
            notice.notice_everybody(now=NOW)
    assert notice.backlog(NOW).count == 0
    assert notice.notice_everybody(now=NOW + timedelta(seconds=59)) == 0
    assert states() == {contact.pk: "active"}

    later = NOW + timedelta(minutes=1)
    assert notice.backlog(later).count == 1
    assert notice.notice_everybody(now=later) == 1

    assert states() == {contact.pk: "exited"}
    campaign.refresh_from_db()
    assert (campaign.goals_checked_at, campaign.goals_lease_until) == (later, None)


def test_goal_and_exit_go_before_any_step():
    """The step is due, and so is the end of the pass: nothing moves any more."""
    campaign = make_running(goal={"condition": ORDERED}, exit={"condition": CHURNED})
    buyer = make_reachable()
    leaver = make_reachable(attributes={"churned": True})
    for contact in (buyer, leaver):
        make_enrollment(campaign, contact=contact, step_key="ask", due_at=LATER)
    order(buyer)

    advance_round(now=LATER)

    assert states() == {buyer.pk: "converted", leaver.pk: "exited"}
    assert StepRun.objects.count() == Ask.objects.count() == 0


def test_the_goal_goes_before_the_exit():
    campaign = make_running(goal={"condition": ORDERED}, exit={"condition": CHURNED})
    both = make_contact(attributes={"churned": True})
    make_enrollment(campaign, contact=both, step_key="wait", due_at=LATER)
    order(both)

    notice.notice_everybody(now=LATER)

    assert states() == {both.pk: "converted"}


def test_the_backlog_counts_what_waits():
    campaign = make_running(goal={"condition": ORDERED})
    empty = notice.backlog(NOW)
    notice.notice_everybody(now=NOW)
    order(make_contact())

    waiting = notice.backlog(NOW)

    assert (empty.count, empty.oldest) == (1, NOW)
    assert waiting.count == 1
    assert notice.backlog(NOW + timedelta(minutes=6)).count == 2
    campaign.refresh_from_db()
    assert campaign.goals_checked_at == NOW


def make_changes(count):
    audience = make_audience()
    for _ in range(count):
        MembershipReaction.objects.create(
            contact=make_contact(),
            consumer=GOALS,
            audience=audience,
            episode=1,
            change="entered",
            changed_at=LATER,
        )


def test_no_more_changes_are_taken_than_a_batch_holds(repeated_subqueries, monkeypatch):
    monkeypatch.setattr(notice, "BATCH", 4)
    make_changes(6)

    assert [notice.notice_changes(now=LATER) for _ in range(3)] == [4, 2, 0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_change(monkeypatch):
    monkeypatch.setattr(notice, "BATCH", 4)
    make_changes(6)

    def notice_elsewhere():
        try:
            return notice.notice_changes(now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        mine = notice.notice_changes(now=LATER)
        other = pool.submit(notice_elsewhere).result(timeout=20)

    assert [mine, other, MembershipReaction.objects.count()] == [4, 2, 0]
