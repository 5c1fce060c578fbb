"""Each thing that may become of people in flight."""

import pytest

from campaigns.changing.plan import effects_of, waiting_people
from campaigns.changing.standing import Setting
from campaigns.engine import lifecycle
from campaigns.flows.edits import (
    MAIN,
    Place,
    insert_step,
    new_step,
    remove_step,
    update_step,
)
from campaigns.models import Enrollment, Message, PublishPlan, StepRun
from tests.factories.campaigns import NOW, make_reachable
from tests.factories.contacts import make_user
from tests.factories.flows import place_of, story_of, walk
from tests.factories.plans_in_flight import (
    DAY,
    HOUR,
    choose,
    edit,
    letter,
    make_flight,
    publish_with,
    run_plans,
)

pytestmark = pytest.mark.django_db
LATER = NOW + HOUR


def wait_days(key, days, **values):
    return new_step(
        "delay", key=key, name=key, **{"amount": days, "unit": "days", **values}
    )


def passes():
    return list(
        Enrollment.objects.order_by("contact_id").values_list(
            "version__number", "step_key", "due_at", "began_at", "state"
        )
    )


def test_who_is_not_named_finishes_on_the_old_version():
    campaign = make_flight([wait_days("wait", 3), letter("mail")])
    before = passes()
    edit(campaign, update_step(campaign.draft, "wait", amount=1))

    publish_with(campaign, {}, now=LATER)
    run_plans(LATER)

    plan = PublishPlan.objects.get()
    assert (plan.state, plan.moved_count) == ("done", 0)
    assert passes() == before
    assert campaign.draft["steps"][0]["amount"] == 1


def test_who_sits_out_a_delay_goes_on_with_the_new_flow():
    campaign = make_flight([wait_days("wait", 3), letter("mail")])
    edit(
        campaign,
        insert_step(campaign.draft, new_step("note", key="x"), Place("", MAIN, 1)),
    )

    publish_with(campaign, {"wait": {"kind": "carry"}}, now=LATER)
    run_plans(LATER)

    assert passes() == [(2, "x", NOW + 3 * DAY, None, "active")] * 3
    assert [
        (one.place, one.count, one.version.number)
        for one in waiting_people(campaign, now=LATER)
    ] == [("wait", 3, 2)]


@pytest.mark.parametrize(
    ("days", "due"),
    [(5, NOW + 5 * DAY), (2, NOW + 2 * DAY), (1, NOW + 1.5 * DAY)],
)
def test_a_delay_is_reckoned_anew_from_its_beginning(days, due):
    at = NOW + 1.5 * DAY
    campaign = make_flight([wait_days("wait", 3), letter("mail")])
    edit(campaign, update_step(campaign.draft, "wait", amount=days))

    publish_with(campaign, {"wait": {"kind": "carry", "times": "anew"}}, now=at)
    run_plans(at)

    assert passes() == [(2, "mail", due, None, "active")] * 3


def test_in_a_pause_no_time_passes_for_a_delay():
    campaign = make_flight([wait_days("wait", 3), letter("mail")])
    lifecycle.pause(campaign=campaign, user=None, now=NOW + DAY)
    lifecycle.resume(campaign=campaign, user=None, now=NOW + 2 * DAY)
    edit(campaign, update_step(campaign.draft, "wait", amount=5))
    lifecycle.pause(campaign=campaign, user=None, now=NOW + 3 * DAY)
    campaign.refresh_from_db()

    at = NOW + 4 * DAY
    publish_with(campaign, {"wait": {"kind": "carry", "times": "anew"}}, now=at)
    run_plans(at)
    lifecycle.resume(campaign=campaign, user=None, now=NOW + 5 * DAY)

    assert passes() == [(2, "mail", NOW + (5 + 1 + 2) * DAY, None, "active")] * 3


def test_in_a_pause_people_are_released_once_it_ends():
    campaign = make_flight([wait_days("wait", 3), letter("mail")])
    edit(campaign, update_step(campaign.draft, "wait", amount=1))
    lifecycle.pause(campaign=campaign, user=None, now=NOW + 2 * DAY)
    campaign.refresh_from_db()

    at = NOW + 3 * DAY
    wishes = {"wait": {"kind": "carry", "times": "anew"}}
    publish_with(campaign, wishes, now=at, spread_minutes=60)
    run_plans(at)
    lifecycle.resume(campaign=campaign, user=None, now=NOW + 5 * DAY)

    due = [row[2] for row in passes()]
    assert all(NOW + 5 * DAY <= one < NOW + 5 * DAY + HOUR for one in due)
    assert len(set(due)) == 3


def test_who_waits_for_something_waits_for_it_on_the_new_version():
    until = new_step("wait_until", key="until", name="Until", amount=7, unit="days")
    until["condition"] = {"kind": "list", "list": 10**9, "operator": "on"}
    until["condition"] = {
        "kind": "attribute",
        "name": "plan",
        "operator": "is",
        "value": "pro",
    }
    campaign = make_flight([until, letter("mail")])
    edit(campaign, update_step(campaign.draft, "until", amount=9))

    publish_with(campaign, {"until": {"kind": "carry", "times": "keep"}}, now=LATER)
    run_plans(LATER)

    assert passes() == [(2, "until", NOW + 9 * DAY, NOW, "active")] * 3
    walk(NOW + 9 * DAY)
    assert set(StepRun.objects.filter(visit=1).values_list("outcome", flat=True)) == {
        "timeout"
    }


def test_people_are_mapped_to_a_step_and_spread():
    campaign = make_flight([wait_days("wait", 3), letter("mail")])
    edit(campaign, update_step(campaign.draft, "wait", amount=30))
    wishes = {"wait": {"kind": "map", "target": "mail", "times": "anew"}}

    publish_with(campaign, wishes, now=LATER, spread_minutes=24 * 60)
    run_plans(LATER)

    due = [row[2] for row in passes()]
    assert {row[:2] for row in passes()} == {(2, "mail")}
    assert all(LATER <= one < LATER + DAY for one in due)
    assert len(set(due)) == 3
    walk(LATER + DAY)
    assert Message.objects.filter(version__number=2).count() == 3


def test_who_is_mapped_may_wait_to_the_end_first():
    campaign = make_flight([wait_days("wait", 3), letter("mail")])
    edit(campaign, remove_step(campaign.draft, "wait"))

    wishes = {"wait": {"kind": "map", "target": "mail", "times": "keep"}}
    publish_with(campaign, wishes, now=LATER)
    run_plans(LATER)

    assert passes() == [(2, "mail", NOW + 3 * DAY, None, "active")] * 3


def test_people_leave_and_what_was_not_sent_is_called_off():
    campaign = make_flight(
        [letter("mail"), wait_days("wait", 3), new_step("exit", key="x")]
    )
    assert Message.objects.filter(state="queued").count() == 3
    edit(campaign, remove_step(campaign.draft, "wait"))

    publish_with(campaign, {"wait": {"kind": "exit"}}, now=LATER)
    run_plans(LATER)

    assert set(Enrollment.objects.values_list("state", "end_reason", "ended_at")) == {
        ("exited", "new_version", LATER)
    }
    assert set(Message.objects.values_list("state", "cause")) == {
        ("canceled", "new_version")
    }
    assert PublishPlan.objects.get().exited_count == 3


def test_nobody_gets_a_mail_twice_in_one_pass():
    ana = make_reachable()
    campaign = make_flight([letter("mail"), wait_days("wait", 3), letter("more")], ana)
    edit(campaign, update_step(campaign.draft, "wait", amount=9))

    wishes = {"wait": {"kind": "map", "target": "mail", "times": "anew"}}
    publish_with(campaign, wishes, now=LATER)
    run_plans(LATER)
    walk(LATER)

    assert story_of(ana) == [
        ("mail", "sent"),
        ("wait", "waited"),
        ("mail", "moved"),
        ("mail", "had_before"),
        ("wait", "waited"),
    ]
    assert Message.objects.count() == 1
    assert place_of(ana) == ("active", "more", LATER + 9 * DAY)


def test_who_is_in_the_middle_of_an_ask_may_finish_or_leave():
    ask = new_step("email", key="ask", name="Ask", content=letter("x")["content"])
    ask["in_app"] = {"hours": 24, "variants": {"en": {"title": "Hi", "text": "You"}}}
    campaign = make_flight([ask, wait_days("wait", 3)])
    edit(campaign, update_step(campaign.draft, "ask", name="Ask them"))

    [waiting] = waiting_people(campaign, now=LATER)
    kinds = ("carry", "map", "exit")
    allowed = {
        kind: len(
            choose(campaign, LATER, {"ask": {"kind": kind, "target": "wait"}}).actions
        )
        for kind in kinds
    }

    assert (waiting.place, waiting.is_open, waiting.count) == ("ask", True, 3)
    assert allowed == {"carry": 0, "map": 0, "exit": 1}


def test_the_journal_says_to_which_version_and_by_whom():
    user = make_user(username="ana")
    campaign = make_flight([wait_days("wait", 3), letter("mail")])
    edit(campaign, update_step(campaign.draft, "wait", amount=5))

    wishes = {"wait": {"kind": "carry", "times": "anew"}}
    publish_with(campaign, wishes, now=LATER, user=user)
    run_plans(LATER)

    moved = StepRun.objects.filter(outcome="moved").order_by("contact_id")
    assert [(one.step_key, one.visit, one.details) for one in moved] == [
        (
            "wait",
            1,
            {
                "version": 2,
                "by": "ana",
                "since": "2026-11-20T12:00:00+00:00",
                "until": "2026-11-25T12:00:00+00:00",
            },
        )
    ] * 3


def test_what_is_promised_is_what_happens():
    first = [make_reachable() for _ in range(4)]
    campaign = make_flight([wait_days("wait", 3), wait_days("rest", 5)], *first)
    walk(NOW + 3 * DAY)
    second = make_reachable()
    Enrollment.objects.create(
        contact=second,
        campaign=campaign,
        version=campaign.published,
        entry_key="once",
        moment_at=NOW,
        enrolled_at=NOW,
        step_key="wait",
        due_at=NOW + 3 * DAY,
    )
    walk(NOW + 3 * DAY)
    at = NOW + 4.5 * DAY
    draft = update_step(campaign.draft, "rest", amount=1)
    edit(campaign, update_step(draft, "wait", amount=2))
    wishes = {
        "wait": {"kind": "carry", "times": "anew"},
        "rest": {"kind": "carry", "times": "anew"},
    }
    choice = choose(campaign, at, wishes, spread_minutes=60)
    setting = Setting(campaign, campaign.draft, 60, at, at)

    effects = {
        action.place: effect
        for action, effect in zip(
            choice.actions, effects_of(setting, choice.actions), strict=True
        )
    }
    publish_with(campaign, wishes, now=at, spread_minutes=60)
    run_plans(at)

    moved = Enrollment.objects.filter(version__number=2)
    for place, key in (("wait", "rest"), ("rest", "")):
        own = moved.filter(step_key=key)
        due = [one.due_at for one in own]
        effect = effects[place]
        assert effect.count == len(due)
        assert effect.soon == sum(one <= at + HOUR for one in due)
        assert effect.last_at == max(due)
    assert (effects["wait"].count, effects["wait"].released) == (1, 0)
    assert (effects["rest"].count, effects["rest"].released) == (4, 4)


def test_unsent_mails_get_the_new_words_with_the_people():
    campaign = make_flight([letter("mail"), wait_days("wait", 3), letter("more")])
    first = Message.objects.order_by("pk").first()
    Message.objects.filter(pk=first.pk).update(state="accepted")
    content = letter("mail")["content"]
    content["variants"]["en"]["subject"] = "Thanks a lot"
    edit(campaign, update_step(campaign.draft, "mail", content=content))

    wishes = {"wait": {"kind": "carry"}}
    publish_with(campaign, wishes, now=LATER, fixes_mails=True)
    run_plans(LATER)

    plan = PublishPlan.objects.get()
    assert (plan.mails_count, plan.moved_count) == (2, 3)
    assert list(
        Message.objects.order_by("pk").values_list("version__number", flat=True)
    ) == [1, 2, 2]


def test_only_words_make_mails_change_their_version():
    campaign = make_flight([letter("mail"), wait_days("wait", 3)])
    edit(campaign, update_step(campaign.draft, "wait", amount=2))

    publish_with(campaign, {}, now=LATER, fixes_mails=True)
    run_plans(LATER)

    plan = PublishPlan.objects.get()
    assert (plan.fixes_mails, plan.mails_count) == (False, 0)
    assert set(Message.objects.values_list("version__number", flat=True)) == {1}
