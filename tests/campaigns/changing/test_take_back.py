"""A publishing that is taken back within ten minutes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from campaigns.changing.carry_on import carry_on
from campaigns.changing.carry_out import carry_out
from campaigns.changing.take_back import TooLate, gone_on, put_back, take_back, undoable
from campaigns.engine import lifecycle
from campaigns.flows.edits import new_step, remove_step, update_step
from campaigns.models import (
    CampaignChange,
    Enrollment,
    Message,
    PublishPlan,
    StepRun,
    VersionMove,
)
from campaigns.publishing import publish
from contacts import work
from tests.factories.campaigns import NOW, make_enrollment, make_reachable
from tests.factories.contacts import make_user
from tests.factories.flows import place_of, walk
from tests.factories.plans_in_flight import (
    DAY,
    HOUR,
    edit,
    letter,
    make_flight,
    publish_with,
    run_plans,
)

LATER = NOW + HOUR
SOON = LATER + timedelta(minutes=5)
MAPPED = {"wait": {"kind": "map", "target": "mail", "times": "anew"}}


def wait_days(key, days):
    return new_step("delay", key=key, name=key, amount=days, unit="days")


def make_published(*people, wishes=MAPPED, **more):
    campaign = make_flight([wait_days("wait", 3), letter("mail")], *people)
    edit(campaign, update_step(campaign.draft, "wait", amount=9))
    publish_with(campaign, wishes, now=LATER, **more)
    campaign.refresh_from_db()
    return campaign


def undo(campaign, now=SOON, user=None):
    plan = PublishPlan.objects.filter(undoes=None).latest("pk")
    made = take_back(campaign=campaign, plan_id=plan.pk, user=user, now=now)
    campaign.refresh_from_db()
    return made


def stands():
    return list(
        Enrollment.objects.order_by("contact_id").values_list(
            "version__number", "step_key", "due_at", "began_at", "state", "end_reason"
        )
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wishes",
    [
        MAPPED,
        {"wait": {"kind": "carry", "times": "anew"}},
        {"wait": {"kind": "exit"}},
        {},
    ],
)
def test_everybody_stands_again_where_he_stood(wishes):
    user = make_user(username="ana")
    campaign = make_flight([wait_days("wait", 3), letter("mail")])
    before = stands()
    edit(campaign, update_step(campaign.draft, "wait", amount=9))
    draft = campaign.draft
    publish_with(campaign, wishes, now=LATER)
    run_plans(LATER)
    campaign.refresh_from_db()
    assert (stands() == before) is (not wishes)

    made = undo(campaign, user=user)
    run_plans(SOON)

    made.refresh_from_db()
    assert stands() == before
    assert (made.state, made.moved_count) == ("done", 3 if wishes else 0)
    assert list(gone_on(made)) == []
    assert campaign.published.number == 1
    assert campaign.draft == draft
    change = CampaignChange.objects.latest("pk")
    assert (change.change, change.changed_by, change.details) == (
        "unpublished",
        user,
        {"version": 2, "back_to": 1},
    )
    walk(NOW + 3 * DAY)
    assert Message.objects.filter(version__number=1).count() == 3


@pytest.mark.django_db
def test_who_has_gone_on_stays_and_is_named():
    ana, bo = make_reachable(), make_reachable()
    campaign = make_published(ana, bo, spread_minutes=24 * 60)
    run_plans(LATER)
    Enrollment.objects.filter(contact=bo).update(due_at=LATER)
    walk(LATER)

    made = undo(campaign)
    run_plans(SOON)

    made.refresh_from_db()
    assert (made.moved_count, made.total_count) == (1, 2)
    assert [one.contact for one in gone_on(made)] == [bo]
    assert place_of(ana) == ("active", "mail", NOW + 3 * DAY)
    assert [row[0] for row in stands()] == [1, 2]
    walk(NOW + 3 * DAY)
    assert Message.objects.filter(contact=bo).count() == 1


@pytest.mark.django_db
def test_who_has_entered_since_finishes_on_the_new_version():
    campaign = make_published()
    run_plans(LATER)
    new = make_enrollment(campaign, step_key="wait")

    undo(campaign)
    run_plans(SOON)

    new.refresh_from_db()
    assert new.version.number == 2


@pytest.mark.django_db
def test_a_plan_that_is_under_way_ends_and_is_taken_back():
    campaign = make_published(*(make_reachable() for _ in range(5)))
    plan = work.claim(PublishPlan, now=LATER)
    carry_out(plan, now=LATER, size=2)

    made = undo(campaign)
    run_plans(SOON + timedelta(minutes=5))

    plan.refresh_from_db()
    made.refresh_from_db()
    assert (plan.state, plan.moved_count) == ("canceled", 2)
    assert (made.state, made.moved_count) == ("done", 2)
    assert {row[0] for row in stands()} == {1}


@pytest.mark.django_db
def test_people_are_put_back_in_parts_and_twice_is_once():
    campaign = make_published(*(make_reachable() for _ in range(5)))
    run_plans(LATER)
    undo(campaign)
    made = work.claim(PublishPlan, now=SOON)

    rounds = 1
    while put_back(made, now=SOON, size=2):
        rounds += 1
    made.last_contact_id = 0
    put_back(made, now=SOON)

    assert (rounds, made.moved_count) == (3, 5)
    assert VersionMove.objects.filter(kind="back").count() == 5
    assert StepRun.objects.filter(outcome="moved").count() == 10


@pytest.mark.django_db
def test_it_is_too_late_after_ten_minutes_and_after_another_publishing():
    campaign = make_published()
    assert undoable(campaign, now=LATER + timedelta(minutes=9, seconds=59))
    assert undoable(campaign, now=LATER + timedelta(minutes=10)) is None
    first = PublishPlan.objects.get()

    with pytest.raises(TooLate):
        undo(campaign, now=LATER + timedelta(minutes=10))
    edit(campaign, update_step(campaign.draft, "wait", amount=8))
    publish_with(campaign, {}, now=SOON)
    with pytest.raises(TooLate):
        take_back(campaign=campaign, plan_id=first.pk, user=None, now=SOON)
    campaign.refresh_from_db()
    undo(campaign)
    with pytest.raises(TooLate):
        undo(campaign)


@pytest.mark.django_db
def test_what_was_taken_back_is_published_again_as_the_same_version():
    campaign = make_published()
    run_plans(LATER)
    undo(campaign)
    run_plans(SOON)

    version = publish(
        campaign=campaign, revision=campaign.revision, user=None, now=SOON
    )

    campaign.refresh_from_db()
    assert version.number == 2
    assert campaign.published == version
    assert undoable(campaign, now=SOON).from_version.number == 1


@pytest.mark.django_db
def test_a_pause_in_between_does_not_shorten_the_wait():
    campaign = make_published()
    run_plans(LATER)
    lifecycle.pause(campaign=campaign, user=None, now=LATER)
    lifecycle.resume(campaign=campaign, user=None, now=LATER + timedelta(minutes=4))

    undo(campaign)
    run_plans(SOON)

    assert {row[2] for row in stands()} == {NOW + 3 * DAY + timedelta(minutes=4)}


@pytest.mark.django_db
def test_who_was_taken_out_with_a_mail_called_off_stays_out():
    ana, bo = make_reachable(), make_reachable()
    campaign = make_flight(
        [letter("mail"), wait_days("wait", 3), letter("more")], ana, bo
    )
    Message.objects.filter(contact=ana).update(state="accepted")
    edit(campaign, remove_step(campaign.draft, "wait"))
    publish_with(campaign, {"wait": {"kind": "exit"}}, now=LATER)
    run_plans(LATER)
    campaign.refresh_from_db()

    made = undo(campaign)
    run_plans(SOON)

    assert [one.contact for one in gone_on(made)] == [bo]
    assert place_of(ana) == ("active", "more", NOW + 3 * DAY)
    assert place_of(bo) == ("exited", "more", None)


@pytest.mark.django_db
def test_mails_get_their_former_words_back():
    campaign = make_flight([letter("mail"), wait_days("wait", 3)])
    content = letter("mail")["content"]
    content["variants"]["en"]["subject"] = "Thanks a lot"
    edit(campaign, update_step(campaign.draft, "mail", content=content))
    publish_with(campaign, {}, now=LATER, fixes_mails=True)
    run_plans(LATER)
    campaign.refresh_from_db()
    Message.objects.filter(pk=Message.objects.latest("pk").pk).update(state="accepted")

    made = undo(campaign)
    run_plans(SOON)

    made.refresh_from_db()
    assert made.mails_count == 2
    assert list(
        Message.objects.order_by("pk").values_list("version__number", flat=True)
    ) == [1, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_two_workers_and_an_undo_that_race_leave_everybody_somewhere():
    campaign = make_published(*(make_reachable() for _ in range(40)))
    plan = PublishPlan.objects.get()
    barrier = Barrier(3)

    def carry():
        try:
            barrier.wait(timeout=20)
            while work.advance_one(
                PublishPlan,
                carry_on,
                now=LATER,
            ):
                pass
        finally:
            connection.close()

    def back():
        try:
            barrier.wait(timeout=20)
            take_back(campaign=campaign, plan_id=plan.pk, user=None, now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(carry), pool.submit(carry), pool.submit(back)]:
            future.result()
    run_plans(LATER + timedelta(minutes=5))

    assert {row[:4] for row in stands()} == {(1, "mail", NOW + 3 * DAY, None)}
    moved = VersionMove.objects.exclude(kind="back").count()
    assert VersionMove.objects.filter(kind="back").count() == moved
    assert StepRun.objects.filter(outcome="moved").count() == 2 * moved
