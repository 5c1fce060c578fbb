"""Who enters a campaign, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from audiences.models import Membership, MembershipReaction
from campaigns.engine import enroll, entry, lifecycle
from campaigns.flows.edits import new_step
from campaigns.models import Enrollment, Refusal, StartRun
from contacts import work
from contacts.models import Doorbell
from contacts.models.work import WorkState
from tests.factories.campaigns import (
    NOW,
    make_audience,
    make_campaign,
    make_contact,
    make_enrollment,
    make_version,
)

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
DELAY = new_step("delay", key="delay")


def make_published(audience, **trigger):
    campaign = make_campaign(
        steps=[DELAY], trigger={"audience": audience.pk, "existing": True} | trigger
    )
    campaign.published = make_version(campaign)
    campaign.save()
    return campaign


def start(campaign, now=NOW):
    return lifecycle.start(campaign=campaign, user=None, now=now)


def run_start(now=NOW):
    while work.advance_one(StartRun, enroll.enroll_members, now=now):
        pass


def make_moment(campaign, contact, *, episode=1, change="entered", at=LATER):
    return MembershipReaction.objects.create(
        contact=contact,
        consumer=f"campaign:{campaign.pk}",
        audience_id=campaign.published.definition["trigger"]["audience"],
        episode=episode,
        change=change,
        changed_at=at,
    )


def enrolled():
    return list(
        Enrollment.objects.order_by("contact_id", "pk").values_list(
            "contact_id", "entry_key", "step_key", "due_at", "state"
        )
    )


def test_a_start_enrolls_every_member_once(monkeypatch):
    monkeypatch.setattr(enroll, "CHUNK", 2)
    contacts = [make_contact() for _ in range(5)]
    stranger = make_contact()
    run = start(make_published(make_audience(*contacts)))

    run_start()

    run.refresh_from_db()
    assert enrolled() == [
        (contact.pk, "once", "delay", NOW, "active") for contact in contacts
    ]
    assert stranger.pk not in {row[0] for row in enrolled()}
    assert (run.state, run.done_count, run.total_count) == (WorkState.DONE, 5, 5)
    assert (run.enrolled_count, run.refused_count) == (5, 0)


def test_a_start_that_is_killed_in_a_range_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(enroll, "CHUNK", 2)
    contacts = [make_contact() for _ in range(5)]
    start(make_published(make_audience(*contacts)))
    beat = enroll.beat

    def die(run, **values):
        if run.last_contact_id == contacts[3].pk:
            raise SystemExit
        beat(run, **values)

    monkeypatch.setattr(enroll, "beat", die)
    with pytest.raises(SystemExit):
        run_start()
    in_between = Enrollment.objects.count()
    monkeypatch.setattr(enroll, "beat", beat)
    run_start(now=NOW + timedelta(minutes=5))

    run = StartRun.objects.get()
    assert in_between == 2
    assert [row[0] for row in enrolled()] == [contact.pk for contact in contacts]
    assert (run.state, run.done_count, run.enrolled_count) == (WorkState.DONE, 5, 5)


def test_members_who_were_in_it_before_are_refused_with_the_reason():
    old, active, fresh = [make_contact() for _ in range(3)]
    campaign = make_published(make_audience(old, active, fresh))
    before = {"version": campaign.published, "enrolled_at": NOW - timedelta(days=9)}
    make_enrollment(campaign, contact=old, state="completed", **before)
    make_enrollment(campaign, contact=active, entry_key="hand", **before)

    run = start(campaign)
    run_start()

    run.refresh_from_db()
    assert (run.enrolled_count, run.refused_count) == (1, 2)
    assert dict(Refusal.objects.values_list("contact_id", "reason")) == {
        old.pk: "already_enrolled",
        active.pk: "still_active",
    }


def test_a_campaign_for_new_entries_leaves_members_alone():
    campaign = make_published(make_audience(make_contact()), existing=False)

    assert start(campaign) is None
    run_start()

    assert enrolled() == []


@pytest.mark.parametrize(
    ("frequency", "keys"), [("once", ["once"]), ("every_entry", ["episode:1"])]
)
def test_a_moment_enrolls_once_however_often_it_is_told(frequency, keys):
    contact = make_contact()
    campaign = make_published(make_audience(), existing=False, frequency=frequency)
    start(campaign)
    make_moment(campaign, contact)

    first = enroll.enroll_moments(now=LATER)
    make_moment(campaign, contact)
    second = enroll.enroll_moments(now=LATER)

    assert (first, second) == (1, 1)
    assert [row[1] for row in enrolled()] == keys
    assert Enrollment.objects.get().moment_at == LATER
    assert MembershipReaction.objects.count() == 0
    assert Refusal.objects.count() == 0


def test_a_second_stay_enrolls_again_only_if_every_entry_counts():
    once, every = [
        make_published(make_audience(), existing=False, frequency=frequency)
        for frequency in ("once", "every_entry")
    ]
    contact = make_contact()
    for campaign in (once, every):
        start(campaign)
        make_moment(campaign, contact)
    enroll.enroll_moments(now=LATER)
    Enrollment.objects.update(state="completed")
    for campaign in (once, every):
        make_moment(campaign, contact, episode=2, at=LATER + timedelta(hours=1))

    enroll.enroll_moments(now=LATER + timedelta(hours=1))

    assert [(row[1], row[4]) for row in enrolled()] == [
        ("once", "completed"),
        ("episode:1", "completed"),
        ("episode:2", "active"),
    ]
    refusal = Refusal.objects.get()
    assert (refusal.campaign_id, refusal.moment_key, refusal.reason) == (
        once.pk,
        "episode:2",
        "already_enrolled",
    )


def test_a_moment_during_an_active_pass_is_refused_and_shown():
    contact = make_contact()
    campaign = make_published(make_audience(), existing=False, frequency="every_entry")
    start(campaign)
    make_moment(campaign, contact)
    make_moment(campaign, contact, episode=2, at=LATER + timedelta(minutes=1))

    enroll.enroll_moments(now=LATER)

    assert [row[1] for row in enrolled()] == ["episode:1"]
    refusal = Refusal.objects.get()
    assert (refusal.moment_key, refusal.reason) == ("episode:2", "still_active")


@pytest.mark.parametrize(("change", "rung"), [("entered", True), ("left", False)])
def test_who_has_entered_is_moved_at_once(
    change, rung, django_capture_on_commit_callbacks
):
    campaign = make_published(make_audience(), existing=False)
    start(campaign)
    make_moment(campaign, make_contact(), change=change)

    with django_capture_on_commit_callbacks(execute=True):
        enroll.enroll_moments(now=LATER)

    bell = Doorbell.objects.filter(slice_name="campaigns.advance")
    assert bell.exclude(rung_at=None).exists() is rung


def test_leaving_the_audience_enrolls_nobody():
    campaign = make_published(make_audience(), existing=False)
    start(campaign)
    make_moment(campaign, make_contact(), change="left")

    enroll.enroll_moments(now=LATER)

    assert enrolled() == []
    assert MembershipReaction.objects.count() == 0


def test_moments_of_a_paused_campaign_wait():
    campaign = make_published(make_audience(), existing=False)
    start(campaign)
    contact = make_contact()
    make_moment(campaign, contact)
    lifecycle.pause(campaign=campaign, user=None, now=LATER)

    paused = (enroll.enroll_moments(now=LATER), enroll.moments_backlog(LATER).count)
    lifecycle.resume(campaign=campaign, user=None, now=LATER)
    waiting = enroll.moments_backlog(LATER).count
    enroll.enroll_moments(now=LATER)

    assert (paused, waiting) == ((0, 0), 1)
    assert [row[0] for row in enrolled()] == [contact.pk]


def test_a_moment_that_fails_is_there_again(monkeypatch):
    campaign = make_published(make_audience(), existing=False)
    start(campaign)
    make_moment(campaign, make_contact())
    monkeypatch.setattr(entry, "ENROLL_MOMENTS", "SELECT 1 / 0")

    with pytest.raises(Exception, match="division by zero"):
        enroll.enroll_moments(now=LATER)

    assert MembershipReaction.objects.count() == 1


def test_a_member_and_his_moment_are_one_enrollment():
    """Who enters while the start runs is seen by both, and enrolled by one."""
    contact = make_contact()
    audience = make_audience()
    campaign = make_published(audience)
    start(campaign)
    Membership.objects.create(contact=contact, audience=audience, entered_at=LATER)
    make_moment(campaign, contact)

    run_start(now=LATER)
    enroll.enroll_moments(now=LATER)

    assert [row[0] for row in enrolled()] == [contact.pk]
    assert Refusal.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_start_survives_a_moment_that_is_faster():
    """The moment is written, not committed, when the start comes to the same contact."""
    contacts = [make_contact() for _ in range(3)]
    campaign = make_published(make_audience(*contacts))
    start(campaign)
    make_moment(campaign, contacts[1])

    def start_elsewhere():
        try:
            run_start(now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            enroll.enroll_moments_of(campaign.pk, now=LATER)
            running = pool.submit(start_elsewhere)
            with pytest.raises(TimeoutError):
                running.result(timeout=0.5)
        running.result(timeout=20)

    run = StartRun.objects.get()
    assert [row[0] for row in enrolled()] == [contact.pk for contact in contacts]
    assert (run.state, run.enrolled_count, run.refused_count) == (WorkState.DONE, 2, 0)


def test_no_more_moments_are_taken_than_a_batch_holds(repeated_subqueries, monkeypatch):
    monkeypatch.setattr(enroll, "MOMENTS", 4)
    campaign = make_published(make_audience(), existing=False)
    start(campaign)
    contacts = [make_contact() for _ in range(6)]
    for contact in contacts:
        make_moment(campaign, contact)

    taken = [enroll.enroll_moments_of(campaign.pk, now=LATER) for _ in range(3)]

    assert taken == [4, 2, 0]
    assert [row[0] for row in enrolled()] == [contact.pk for contact in contacts]


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_moment(monkeypatch):
    monkeypatch.setattr(enroll, "MOMENTS", 4)
    campaign = make_published(make_audience(), existing=False)
    start(campaign)
    contacts = [make_contact() for _ in range(6)]
    for contact in contacts:
        make_moment(campaign, contact)

    def enroll_elsewhere():
        try:
            return enroll.enroll_moments_of(campaign.pk, now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        mine = enroll.enroll_moments_of(campaign.pk, now=LATER)
        other = pool.submit(enroll_elsewhere).result(timeout=20)

    assert [mine, other] == [4, 2]
    assert [row[0] for row in enrolled()] == [contact.pk for contact in contacts]
    assert Refusal.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_pause_waits_for_the_moments_that_are_being_taken_and_then_holds():
    audience = make_audience()
    campaign = make_published(audience, existing=False)
    start(campaign)
    make_moment(campaign, make_contact())

    def pause():
        try:
            lifecycle.pause(campaign=campaign, user=None, now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            taken = enroll.enroll_moments_of(campaign.pk, now=LATER)
            waiting = pool.submit(pause)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
        waiting.result(timeout=20)
    make_moment(campaign, make_contact())

    assert (taken, enroll.enroll_moments_of(campaign.pk, now=LATER)) == (1, 0)
    assert Enrollment.objects.count() == 1
