"""Goals that are reached: each once for a pass, credited to what came before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from campaigns.engine import lifecycle, reaching
from campaigns.engine.advance import advance_round
from campaigns.engine.notice import notice_changes
from campaigns.models import GoalReached
from contacts import events
from contacts.models import Reaction
from tests.factories.campaigns import (
    NOW,
    make_ask,
    make_contact,
    make_enrollment,
    make_message,
    make_version,
)
from tests.factories.goals import happened, make_tracking, touch, tracked

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def happen(contact, name, at, now=None, key=""):
    events.record(
        events.Fact(contact.pk, name, at, key or f"{name}{at}"), now=now or at
    )
    notice_changes(now=now or at)


def reached():
    fields = ("goal", "occurred_at", "touch", "touched_at")
    return list(GoalReached.objects.order_by("pk").values_list(*fields))


def test_what_happens_after_an_ask_is_credited_to_it_and_ends_no_pass():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign, step_key="wait")
    ask, _ = touch(enrollment, NOW + HOUR)

    happen(enrollment.contact, "order_completed", NOW + DAY)

    row = GoalReached.objects.get()
    assert reached() == [("bought", NOW + DAY, "delivered", NOW + HOUR)]
    assert (row.contact_id, row.enrollment_id, row.campaign, row.version) == (
        enrollment.contact_id,
        enrollment.pk,
        campaign,
        campaign.published,
    )
    assert (row.ask_id, row.message_id, row.noted_at) == (ask.pk, None, NOW + DAY)
    enrollment.refresh_from_db()
    assert enrollment.state == "active"


def test_what_happens_before_any_ask_is_noted_and_not_credited():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign)

    happen(enrollment.contact, "order_completed", NOW + HOUR)
    touch(enrollment, NOW + 2 * HOUR)
    happen(enrollment.contact, "order_completed", NOW + DAY)

    assert reached() == [("bought", NOW + HOUR, "none", None)]


def test_a_goal_counts_once_for_a_pass():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign)
    touch(enrollment, NOW)

    for days in (1, 2, 3):
        happen(enrollment.contact, "order_completed", NOW + days * DAY)

    assert reached() == [("bought", NOW + DAY, "delivered", NOW)]


def test_the_latest_message_before_it_gets_the_credit():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign)
    touch(enrollment, NOW)
    later, _ = make_ask(campaign, enrollment=enrollment, visit=2), None
    make_message(later, state="accepted", finished_at=NOW + DAY)
    last = make_ask(campaign, enrollment=enrollment, visit=3)
    make_message(last, state="accepted", finished_at=NOW + 3 * DAY)

    happen(enrollment.contact, "order_completed", NOW + 2 * DAY)

    assert reached() == [("bought", NOW + 2 * DAY, "delivered", NOW + DAY)]
    assert GoalReached.objects.get().ask_id == later.pk


@pytest.mark.parametrize(("days", "count"), [(14, 1), (14.001, 0)])
def test_the_window_begins_with_the_message(days, count):
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign)
    touch(enrollment, NOW + 30 * DAY)

    happen(enrollment.contact, "order_completed", NOW + (30 + days) * DAY)

    assert GoalReached.objects.count() == count


def test_a_goal_can_be_reached_after_the_pass_and_after_the_campaign():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign, step_key="wait")
    touch(enrollment, NOW)
    lifecycle.stop(campaign=campaign, user=None, now=NOW + DAY)

    happen(enrollment.contact, "order_completed", NOW + 2 * DAY)

    enrollment.refresh_from_db()
    assert enrollment.state == "exited"
    assert reached() == [("bought", NOW + 2 * DAY, "delivered", NOW)]


def test_a_goal_can_be_reached_while_the_campaign_is_paused():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign)
    touch(enrollment, NOW)
    lifecycle.pause(campaign=campaign, user=None, now=NOW + HOUR)

    happen(enrollment.contact, "order_completed", NOW + DAY)

    assert reached() == [("bought", NOW + DAY, "delivered", NOW)]


@pytest.mark.parametrize(
    ("late", "expected"), [(7 * DAY - HOUR, 1), (7 * DAY, 0), (9 * DAY, 0)]
)
def test_what_is_told_more_than_a_week_late_is_left_out(late, expected):
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign)
    touch(enrollment, NOW)

    happen(enrollment.contact, "order_completed", NOW + DAY, now=NOW + DAY + late)

    assert GoalReached.objects.count() == expected


def test_what_is_told_late_dates_a_goal_back_and_keeps_what_it_was():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign)
    touch(enrollment, NOW + HOUR)
    happen(enrollment.contact, "order_completed", NOW + 3 * DAY)

    happen(enrollment.contact, "order_completed", NOW + 2 * DAY, now=NOW + 4 * DAY)
    row = GoalReached.objects.get()
    assert (row.occurred_at, row.dated_from, row.dated_at) == (
        NOW + 2 * DAY,
        NOW + 3 * DAY,
        NOW + 4 * DAY,
    )
    # Before the ask: then it is not credited any more.
    happen(enrollment.contact, "order_completed", NOW + HOUR / 2, now=NOW + 5 * DAY)
    row.refresh_from_db()
    assert (row.touch, row.touched_at, row.ask_id, row.dated_from) == (
        "none",
        None,
        None,
        NOW + 3 * DAY,
    )


def test_of_two_passes_the_later_one_gets_it():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    contact = make_contact()
    first = make_enrollment(campaign, contact=contact, state="completed")
    second = make_enrollment(
        campaign, contact=contact, entry_key="episode:2", moment_at=NOW + DAY
    )
    touch(first, NOW)

    happen(contact, "order_completed", NOW + 2 * DAY)

    assert list(GoalReached.objects.values_list("enrollment_id", "touch")) == [
        (second.pk, "none")
    ]


def test_the_primary_goal_ends_the_pass_and_is_noted():
    campaign = make_tracking(goal={"condition": happened("order_completed")})
    enrollment = make_enrollment(campaign, step_key="wait")
    touch(enrollment, NOW)

    happen(enrollment.contact, "order_completed", NOW + DAY)

    enrollment.refresh_from_db()
    assert enrollment.state == "converted"
    assert reached() == [("goal", NOW + DAY, "delivered", NOW)]


def test_the_primary_goal_is_noted_also_where_a_batch_finds_it():
    campaign = make_tracking(goal={"condition": happened("order_completed")})
    enrollment = make_enrollment(campaign, step_key="wait")
    events.record(
        events.Fact(enrollment.contact_id, "order_completed", NOW + HOUR, "1"),
        now=NOW + 20 * DAY,
    )

    advance_round(now=NOW + 20 * DAY)
    notice_changes(now=NOW + 20 * DAY)

    assert reached() == [("goal", NOW + HOUR, "none", None)]


def test_old_passes_keep_the_goals_of_their_version():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    old = make_enrollment(campaign)
    campaign.draft["goals"] = [tracked("came", happened("signed_up"))]
    campaign.revision += 1
    campaign.published = make_version(campaign)
    campaign.save()
    new = make_enrollment(campaign)
    lifecycle.watch.watch_campaign(campaign)

    for contact in (old.contact, new.contact):
        happen(contact, "order_completed", NOW + DAY)
        happen(contact, "signed_up", NOW + DAY)

    rows = GoalReached.objects.order_by("pk")
    assert list(rows.values_list("contact_id", "goal")) == [
        (old.contact_id, "bought"),
        (new.contact_id, "came"),
    ]


def test_what_a_dying_worker_had_in_hand_is_noted_by_the_next(monkeypatch):
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollment = make_enrollment(campaign)
    touch(enrollment, NOW)
    events.record(
        events.Fact(enrollment.contact_id, "order_completed", NOW + DAY, "1"),
        now=NOW + DAY,
    )
    note = reaching.note_goals

    def die(*args, **kwargs):
        note(*args, **kwargs)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("campaigns.engine.reaching.note_goals", die)
        with pytest.raises(KeyboardInterrupt):
            notice_changes(now=NOW + DAY)
    assert not GoalReached.objects.exists()

    notice_changes(now=NOW + DAY)
    assert GoalReached.objects.count() == 1
    assert not Reaction.objects.filter(consumer="campaigns.goals").exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_note_it_once():
    campaign = make_tracking(tracked("bought", happened("order_completed")))
    enrollments = [make_enrollment(campaign) for _ in range(20)]
    told = [
        events.Fact(one.contact_id, "order_completed", NOW + DAY, f"{one.pk}:{number}")
        for one in enrollments
        for number in range(3)
    ]
    events.record_many(told, now=NOW + DAY)
    ids = [one.contact_id for one in enrollments]
    barrier = Barrier(2)

    def worker(_):
        try:
            barrier.wait(timeout=20)
            reaching.note_goals(ids, now=NOW + DAY)
            notice_changes(now=NOW + DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(worker, range(2)))

    assert GoalReached.objects.count() == 20
    assert GoalReached.objects.filter(dated_at=None).count() == 20
