"""Waits for something, with a time-out."""

from datetime import timedelta

import pytest

from campaigns.engine.lifecycle import pause, resume
from campaigns.engine.notice import notice_changes, notice_everybody
from campaigns.engine.watch import GOALS, mentioned
from campaigns.flows.edits import new_step
from campaigns.steps.wait_until import WaitUntilStep
from contacts.events import Fact, record
from contacts.models import WatchedEvent
from tests.factories.campaigns import NOW, make_contact
from tests.factories.flows import enroll_in, place_of, story_of, walk

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ORDERED = {
    "kind": "event",
    "name": "order_completed",
    "operator": "at_least",
    "count": 1,
    "window": {"kind": "ever"},
    "filters": [],
}
PRO = {"kind": "attribute", "name": "plan", "operator": "is", "value": "pro"}


def make_wait(condition, **changes):
    values = {
        "key": "wait",
        "condition": condition,
        "amount": 3,
        "met": [new_step("note", key="happened")],
        "timeout": [new_step("note", key="too late")],
    }
    return new_step("wait_until", **values | changes)


def order(contact, at, key="1"):
    record(Fact(contact.pk, "order_completed", at, key), now=at)


def test_who_has_what_is_waited_for_goes_on_at_once_and_others_stay():
    pro, other = make_contact(attributes={"plan": "pro"}), make_contact()
    enroll_in([make_wait(PRO)], pro, other)

    walk()

    assert story_of(pro) == [("wait", "met"), ("happened", "passed")]
    assert story_of(other) == []
    assert place_of(other) == ("active", "wait", NOW + 3 * DAY)


def test_when_the_time_runs_out_the_other_side_is_taken():
    other = make_contact()
    enroll_in([make_wait(PRO)], other)
    walk()

    walk(NOW + 3 * DAY)

    assert story_of(other) == [("wait", "timeout"), ("too late", "passed")]


def test_an_event_ends_the_wait_at_once_for_who_had_it():
    WatchedEvent.objects.create(consumer=GOALS, name="order_completed")
    buyer, other = make_contact(), make_contact()
    enroll_in([make_wait(ORDERED)], buyer, other)
    walk()
    order(buyer, NOW + HOUR)

    notice_changes(now=NOW + HOUR)

    assert place_of(buyer) == ("active", "wait", NOW + HOUR)
    assert place_of(other) == ("active", "wait", NOW + 3 * DAY)
    walk(NOW + HOUR)
    assert story_of(buyer) == [("wait", "met"), ("happened", "passed")]


def test_another_event_lets_the_wait_go_on():
    WatchedEvent.objects.create(consumer=GOALS, name="logged_in")
    contact = make_contact()
    enroll_in([make_wait(ORDERED)], contact)
    walk()
    record(Fact(contact.pk, "logged_in", NOW + HOUR, "1"), now=NOW + HOUR)

    notice_changes(now=NOW + HOUR)

    assert place_of(contact) == ("active", "wait", NOW + 3 * DAY)


@pytest.mark.parametrize(("since", "story"), [("here", []), ("ever", ["met"])])
def test_an_earlier_event_counts_only_where_the_step_says_so(since, story):
    contact = make_contact()
    order(contact, NOW - DAY)
    enroll_in([make_wait(ORDERED, since=since, met=[])], contact)

    walk()

    assert [outcome for _, outcome in story_of(contact)] == story


def test_what_happens_while_nobody_works_counts_from_when_the_step_was_due():
    contact = make_contact()
    enroll_in([make_wait(ORDERED, met=[])], contact)
    order(contact, NOW + HOUR)

    walk(NOW + 5 * HOUR)

    assert story_of(contact) == [("wait", "met")]


def test_an_attribute_that_changes_is_noticed_when_everybody_is_looked_at():
    changed, other = make_contact(), make_contact()
    enroll_in([make_wait(PRO)], changed, other)
    walk()
    changed.attributes = {"plan": "pro"}
    changed.save()

    notice_everybody(now=NOW + HOUR)
    walk(NOW + HOUR)

    assert story_of(changed) == [("wait", "met"), ("happened", "passed")]
    assert story_of(other) == []


def test_a_look_in_between_does_not_make_the_wait_longer():
    contact = make_contact()
    enroll_in([make_wait(PRO, timeout=[])], contact)
    walk()
    contact.enrollment_set.update(due_at=NOW + DAY)

    walk(NOW + DAY)

    assert place_of(contact) == ("active", "wait", NOW + 3 * DAY)


def test_a_pause_makes_the_wait_longer():
    contact = make_contact()
    campaign = enroll_in([make_wait(PRO, timeout=[])], contact)
    walk()
    pause(campaign=campaign, user=None, now=NOW + DAY)
    resume(campaign=campaign, user=None, now=NOW + 3 * DAY)
    contact.enrollment_set.update(due_at=NOW + 4 * DAY)

    walk(NOW + 4 * DAY)

    assert place_of(contact) == ("active", "wait", NOW + 5 * DAY)


def test_a_pause_after_which_the_times_are_kept_makes_no_wait_longer():
    contact = make_contact()
    campaign = enroll_in([make_wait(PRO, timeout=[])], contact)
    walk()
    pause(campaign=campaign, user=None, now=NOW + DAY)
    resume(campaign=campaign, user=None, now=NOW + 2 * DAY, keeps_times=True)

    walk(NOW + 3 * DAY)

    assert story_of(contact) == [("wait", "timeout")]


def test_what_happens_in_a_pause_counts():
    buyer = make_contact()
    campaign = enroll_in([make_wait(ORDERED)], buyer)
    walk()
    pause(campaign=campaign, user=None, now=NOW + HOUR)
    order(buyer, NOW + DAY)
    resume(campaign=campaign, user=None, now=NOW + 9 * DAY)
    notice_everybody(now=NOW + 9 * DAY)
    walk(NOW + 9 * DAY)

    assert story_of(buyer) == [("wait", "met"), ("happened", "passed")]


def test_who_came_just_before_a_pause_waits_behind_it():
    other = make_contact()
    campaign = enroll_in([make_wait(PRO)], other)
    pause(campaign=campaign, user=None, now=NOW)
    resume(campaign=campaign, user=None, now=NOW + 9 * DAY)
    walk(NOW + 9 * DAY)

    assert story_of(other) == []
    assert place_of(other) == ("active", "wait", NOW + 12 * DAY)


def test_what_waits_mention_is_watched():
    campaign = enroll_in([make_wait(ORDERED)])

    assert mentioned(campaign.draft) == ({"order_completed"}, set())


def test_the_card_says_how_long_at_most():
    assert WaitUntilStep().describe(make_wait(PRO)) == "for at most 3 days"
    assert (
        WaitUntilStep().describe(make_wait(PRO, amount=1, unit="hours"))
        == "for at most 1 hour"
    )
